"""Whom a burst shows, and when nobody may say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from brain.core.verdict import Conclusion, conclude
from doorbus.messages import Decision, Reason
from matching.decision import Fault, Match, MatchRule, match
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors

RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.15, coherence=0.2, rival=0.4)
DIMENSIONS = 8


def unit(rows: ArrayLike) -> Vectors:
    vectors = np.asarray(rows, np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def axis(number: int) -> Vectors:
    return np.eye(DIMENSIONS, dtype=np.float32)[number : number + 1]


def near(number: int, crops: int, spread: float = 0.1, seed: int = 0) -> Vectors:
    noise = np.random.default_rng(seed).normal(0, spread, (crops, DIMENSIONS))
    return unit(axis(number) + noise)


GALLERY = Gallery.build(1, DIMENSIONS, {"r-a": near(0, 3), "r-b": near(1, 3), "r-c": near(2, 3)})


@st.composite
def bursts(
    draw: st.DrawFn, strangest: int = 5, least_share: float = 0, most_spread: float = 0.6
) -> Vectors:
    """Crops around residents (0 to 2), between them, and far from all (3 to 5)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    crops = draw(st.integers(1, 24))
    first, second = draw(st.integers(0, strangest)), draw(st.integers(0, strangest))
    share = draw(st.floats(least_share, 1))
    base = np.where(rng.random((crops, 1)) < share, axis(first), axis(second))
    return unit(base + rng.normal(0, draw(st.floats(0.01, most_spread)), (crops, DIMENSIONS)))


faults = st.lists(st.sampled_from(list(Fault)), max_size=8)


def test_twenty_crops_of_a_resident_match() -> None:
    assert match(near(0, 20), [], GALLERY, RULE) == Match(Reason.MATCH, "r-a")


def test_somebody_far_from_everybody_is_unknown() -> None:
    assert match(near(5, 20), [], GALLERY, RULE) == Match(Reason.UNKNOWN)


def test_an_empty_gallery_knows_nobody() -> None:
    nobody = Gallery.build(0, DIMENSIONS, {})

    assert match(near(0, 20), [], nobody, RULE).reason is Reason.NO_RESIDENTS


def test_twins_in_the_gallery_are_ambiguous() -> None:
    twins = GALLERY.with_resident(2, "r-twin", GALLERY.of("r-a"))

    assert match(near(0, 20), [], twins, RULE).reason is Reason.AMBIGUOUS


def test_half_one_resident_and_half_another_is_ambiguous() -> None:
    both = np.vstack([near(0, 10), near(1, 10)])

    assert match(both, [], GALLERY, RULE).reason is Reason.AMBIGUOUS


def test_a_single_crop_of_somebody_else_spoils_the_burst() -> None:
    burst = np.vstack([near(0, 19), -axis(5)])

    assert match(burst, [], GALLERY, RULE).reason is Reason.NOT_ONE_PERSON


def test_crops_that_lean_to_others_are_no_agreement() -> None:
    leaning = unit([[0.5, 0.8, 0, 0, 0.3, 0, 0, 0], [0.5, 0, 0.8, 0, 0, 0.3, 0, 0]] * 5)
    burst = np.vstack([near(0, 10, 0.05), leaning])

    assert match(burst, [], GALLERY, RULE).reason is Reason.AMBIGUOUS


@pytest.mark.parametrize(("crops", "matches"), [(4, False), (5, True)])
def test_a_few_crops_are_too_few(crops: int, matches: bool) -> None:
    assert (match(near(0, crops), [], GALLERY, RULE).reason is Reason.MATCH) is matches


@pytest.mark.parametrize(("unusable", "matches"), [(5, True), (6, False)])
def test_three_quarters_of_the_crops_must_be_usable(unusable: int, matches: bool) -> None:
    found = match(near(0, 20 - unusable), [Fault.NO_FACE] * unusable, GALLERY, RULE)

    assert (found.reason is Reason.MATCH) is matches


def test_the_commonest_fault_is_the_reason() -> None:
    burst = [Fault.NO_FACE] * 3 + [Fault.SEVERAL_FACES] * 5

    assert match(near(0, 2), burst, GALLERY, RULE).reason is Reason.SEVERAL_FACES


def test_the_fused_embedding_has_unit_length_even_of_opposites() -> None:
    assert np.linalg.norm(fuse(near(0, 7))) == pytest.approx(1)
    assert np.isfinite(fuse(np.vstack([axis(0), -axis(0)]))).all()


@given(bursts(), faults, st.randoms())
def test_the_order_of_frames_does_not_matter(
    burst: Vectors, unusable: list[Fault], random: object
) -> None:
    order = list(range(len(burst)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis's own Random

    shuffled = match(burst[order], unusable[::-1], GALLERY, RULE)

    assert shuffled == match(burst, unusable, GALLERY, RULE)


@given(bursts(strangest=2, least_share=0.9, most_spread=0.3), faults, st.integers(1, 10))
def test_more_evidence_of_the_same_person_never_lowers_acceptance(
    burst: Vectors, unusable: list[Fault], more: int
) -> None:
    found = match(burst, unusable, GALLERY, RULE)
    assume(found.resident is not None)
    assert found.resident is not None
    own = GALLERY.of(found.resident)
    best = own[int((own @ fuse(burst)[0]).argmax())]
    # Of the same person: as near to every crop as these are asked to be to each other.
    assume(float((burst @ best).min()) >= RULE.coherence)

    with_more = np.vstack([burst, np.repeat(best[None], more, axis=0)])

    assert match(with_more, unusable, GALLERY, RULE) == found


@given(bursts(), faults)
def test_a_stricter_rule_never_accepts_more(burst: Vectors, unusable: list[Fault]) -> None:
    strict = MatchRule(
        threshold=0.7,
        margin=0.1,
        floor=0.3,
        agreement=0.9,
        least_crops=8,
        coherence=0.3,
        stray=0.5,
        rival=0.2,
    )

    if match(burst, unusable, GALLERY, strict).reason is Reason.MATCH:
        assert match(burst, unusable, GALLERY, RULE).reason is Reason.MATCH


@given(bursts(), faults)
def test_the_order_of_residents_does_not_matter(burst: Vectors, unusable: list[Fault]) -> None:
    turned = Gallery.build(
        1, DIMENSIONS, {name: GALLERY.of(name) for name in reversed(GALLERY.residents)}
    )

    assert match(burst, unusable, turned, RULE) == match(burst, unusable, GALLERY, RULE)


@given(bursts(), faults)
def test_a_grant_is_for_somebody_in_the_gallery_and_nobody_else_is_named(
    burst: Vectors, unusable: list[Fault]
) -> None:
    found = match(burst, unusable, GALLERY, RULE)

    assert (found.resident in GALLERY.residents) is (found.reason is Reason.MATCH)


# --- from a match to a conclusion -----------------------------------------------------------------


def test_a_resident_against_whom_nothing_speaks_is_let_in() -> None:
    found = Match(Reason.MATCH, "r-a")

    assert conclude(found, None) == Conclusion(Decision.GRANT, Reason.MATCH, "r-a")


def test_what_speaks_against_a_resident_is_the_reason() -> None:
    told = conclude(Match(Reason.MATCH, "r-a"), Reason.OUT_OF_HOURS)

    assert told == Conclusion(Decision.DENY, Reason.OUT_OF_HOURS, "r-a")


@given(st.sampled_from([reason for reason in Reason if reason is not Reason.MATCH]))
def test_nothing_but_a_match_grants(reason: Reason) -> None:
    assert conclude(Match(reason), None) == Conclusion(Decision.DENY, reason)


@given(
    bursts(strangest=2),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.data(),
)
def test_a_burst_with_a_probe_that_is_no_number_never_matches(
    probes: Vectors, nothing: float, data: st.DataObject
) -> None:
    poisoned = probes.copy()
    row = data.draw(st.integers(0, len(probes) - 1))
    columns = data.draw(st.sampled_from([slice(None), slice(0, 1), slice(3, 5)]))
    poisoned[row, columns] = nothing

    assert match(poisoned, [], GALLERY, MatchRule(-1, -1, -1)).resident is None


@pytest.mark.parametrize("poisoned", [1, 15, 20])
@pytest.mark.parametrize("nothing", [np.nan, 0.0])
def test_a_resident_whose_vectors_are_partly_nothing_is_not_let_in(
    poisoned: int, nothing: float
) -> None:
    probes = near(0, 20)
    probes[:poisoned] = nothing

    assert match(probes, [], GALLERY, RULE) == Match(Reason.BRAIN_ERROR)


@pytest.mark.parametrize("weight", [0.0, np.nan, np.inf, -1.0])
def test_what_cannot_be_weighed_does_not_match(weight: float) -> None:
    weights = np.full(20, weight, np.float32)

    assert match(near(0, 20), [], GALLERY, RULE, weights) == Match(Reason.BRAIN_ERROR)


def test_a_limit_that_is_no_number_lets_nobody_in() -> None:
    nothing = float("nan")
    rules = [
        replace(RULE, threshold=nothing),
        replace(RULE, margin=nothing),
        replace(RULE, floor=nothing),
        replace(RULE, coherence=nothing),
        replace(RULE, stray=nothing),
        replace(RULE, rival=nothing),
    ]

    assert [match(near(0, 20), [], GALLERY, rule).resident for rule in rules] == [None] * 6


def test_a_resident_who_does_not_move_shows_no_life() -> None:
    rule = replace(RULE, movement=0.001)

    assert match(near(0, 20), [], GALLERY, rule) == Match(Reason.MATCH, "r-a")
    assert match(near(0, 20, spread=0.001), [], GALLERY, rule) == Match(Reason.NO_LIFE)
