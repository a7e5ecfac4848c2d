"""Who cannot be told from whom, and that nobody's enrolment moves anybody else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.calibration import SFACE_PRIOR, Target
from brain.core.lookalikes import lookalikes, lookalikes_of
from brain.live_gallery import calibration
from doorbus.messages import MAX_LOOKALIKES, Reason
from matching.decision import MatchRule, match
from matching.fusion import Vectors, fuse
from matching.gallery import Gallery

WIDE = 128
TARGET = Target(0.001, SFACE_PRIOR)


def people(count: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, WIDE))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def like(person: Vectors, cosine: float, seed: int = 0) -> Vectors:
    """Somebody at this cosine to a person; both of shape (1, WIDE)."""
    other = np.random.default_rng((9, seed)).normal(size=(1, WIDE))
    other -= (other @ person.T) * person
    other /= np.linalg.norm(other)
    return np.asarray(cosine * person + (1 - cosine**2) ** 0.5 * other, np.float32)


def gallery(vectors: Vectors) -> Gallery:
    return Gallery.build(1, WIDE, {f"r-{n}": vectors[n : n + 1] for n in range(len(vectors))})


def test_columns_stay_with_their_residents_where_somebody_left_or_came_anew() -> None:
    everybody = people(6)
    changed = gallery(everybody[:5]).without(2, "r-0").with_resident(3, "r-2", everybody[5:])

    scores = changed.scores(everybody)

    of = {"r-1": 1, "r-2": 5, "r-3": 3, "r-4": 4}
    best = {name: int(scores[:, n].argmax()) for n, name in enumerate(changed.residents)}
    assert best == of
    assert scores.shape == (6, 4)


def test_two_above_the_threshold_name_each_other_and_nobody_else() -> None:
    everybody = people(5)
    twins = gallery(np.concatenate([everybody, like(everybody[:1], 0.7)]))

    found = lookalikes(["r-0", "r-1", "r-5", "r-gone"], twins, 0.6)

    assert found == {"r-0": ("r-5",), "r-1": (), "r-5": ("r-0",), "r-gone": ()}
    assert lookalikes(["r-0"], twins, 0.71) == {"r-0": ()}


def test_the_nearest_comes_first_and_only_so_many_are_named() -> None:
    one = people(1)
    near = [like(one, 0.6 + 0.01 * n, seed=n) for n in range(20)]

    found = lookalikes_of(one, "r-new", gallery(np.concatenate(near)), 0.5)

    assert len(found) == MAX_LOOKALIKES
    assert found[:2] == ("r-19", "r-18")


def test_ones_own_earlier_templates_are_no_lookalike() -> None:
    one = people(1)

    assert lookalikes_of(one, "r-0", gallery(one), 0.5) == ()


def test_a_visit_that_would_open_for_two_is_ambiguous_however_far_they_are_apart() -> None:
    everybody = people(4)
    twins = gallery(np.concatenate([everybody, like(everybody[:1], 0.7)]))
    rule = MatchRule(threshold=0.46, margin=0.05, floor=0.1)
    visit = np.repeat(everybody[:1], 6, axis=0)

    refused = match(visit, [], twins, rule)
    alone = match(visit, [], twins.without(2, "r-4"), rule)

    assert refused.reason is Reason.AMBIGUOUS
    assert (alone.reason, alone.resident) == (Reason.MATCH, "r-0")


@pytest.mark.parametrize("residents", [1, 2, 10, 60])
@pytest.mark.parametrize("cosine", [0.99, 0.8, 0.65])
def test_a_card_for_somebody_enrolled_moves_nobodys_threshold(
    residents: int, cosine: float
) -> None:
    everybody = people(residents)
    before = calibration(gallery(everybody), TARGET)

    after = calibration(gallery(np.concatenate([everybody, like(everybody[:1], cosine)])), TARGET)
    stranger = calibration(gallery(np.concatenate([everybody, people(1, seed=99)])), TARGET)

    assert abs(after.threshold - before.threshold) < 0.035
    assert after.threshold == pytest.approx(stranger.threshold, abs=0.03)
    assert after.impostors == stranger.impostors - 2


def test_lookalikes_are_left_out_by_a_threshold_that_rises_with_a_harder_gallery() -> None:
    shared = people(1, seed=5)
    family = people(40) + 0.9 * shared
    family /= np.linalg.norm(family, axis=1, keepdims=True)
    hard = gallery(np.asarray(family, np.float32))

    found = calibration(hard, TARGET)

    # Cosines around 0.45 among all: nobody is left out, and the threshold is above all of them.
    assert found.impostors == 40 * 39
    assert found.threshold > 0.6


@given(
    st.integers(1, 25),
    st.integers(0, 1000),
    st.floats(-0.9, 0.99),
    st.integers(0, 24),
)
def test_whoever_is_enrolled_changes_neither_anybodys_templates_nor_scores(
    residents: int, seed: int, cosine: float, victim: int
) -> None:
    everybody = people(residents, seed)
    target = everybody[victim % residents : victim % residents + 1]
    before = gallery(everybody)

    after = before.with_resident(2, "r-new", like(target, cosine, seed))

    assert np.array_equal(after.templates[:residents], before.templates)
    visit = like(target, 0.8, seed + 1)
    assert np.allclose(after.scores(visit)[:, :residents], before.scores(visit), atol=1e-6)


@given(st.integers(1, 40), st.integers(0, 1000), st.floats(-0.9, 0.99), st.integers(0, 39))
def test_no_enrolment_moves_the_threshold_by_more_than_few_residents_could(
    residents: int, seed: int, cosine: float, victim: int
) -> None:
    everybody = people(residents, seed)
    target = everybody[victim % residents : victim % residents + 1]
    before = calibration(gallery(everybody), TARGET).threshold

    newcomer = np.concatenate([everybody, like(target, cosine, seed)])
    after = calibration(gallery(newcomer), TARGET).threshold

    assert -0.05 < after - before < MOST_RISE


MOST_RISE = 0.2
"""What one who looks just not enough like somebody to count as a lookalike can do at worst."""


@given(st.integers(1, 20), st.integers(0, 500), st.integers(0, 19), st.integers(5, 20))
def test_enrolling_a_far_stranger_never_changes_who_you_are(
    residents: int, seed: int, who: int, crops: int
) -> None:
    everybody = people(residents, seed)
    own = everybody[who % residents : who % residents + 1]
    visit = np.concatenate([like(own, 0.85, seed + crop) for crop in range(crops)])
    far = like(own, -0.1, seed + 77)
    without = gallery(everybody)
    withal = without.with_resident(2, "r-far", far)

    results = [
        match(
            visit,
            [],
            one,
            MatchRule(calibration(one, TARGET).threshold, margin=0.05, floor=0.19),
        )
        for one in (without, withal)
    ]

    assert results[0] == results[1]
    assert results[0].resident == f"r-{who % residents}"


def test_a_resident_is_the_mean_of_all_templates() -> None:
    rows = people(3)

    assert float((fuse(rows) @ rows.T).min()) > 0
