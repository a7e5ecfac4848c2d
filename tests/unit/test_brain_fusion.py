"""How do many views become one vector, and what is taken out of it?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from doorbus.messages import Reason
from faces.encoding.unbiased import BIAS_TAKEN, without_bias
from matching.decision import MatchRule, match
from matching.fusion import Vectors, fuse
from matching.gallery import Gallery

WIDE = 32
RULE = MatchRule(threshold=0.4, margin=0.05, floor=0.1, coherence=0.3, stray=0.6, rival=0.1)


def unit(rows: ArrayLike) -> Vectors:
    wide = np.asarray(rows, np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=-1, keepdims=True), np.float32)


def views(person: int, count: int, seed: int, spread: float = 0.5) -> Vectors:
    """Views of one person: a direction of their own and noise of `spread` of its length."""
    own = unit(np.random.default_rng(person).normal(size=(1, WIDE)))
    noise = np.random.default_rng((seed, person)).normal(size=(count, WIDE)) / WIDE**0.5
    return unit(own + spread * noise)


@settings(deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 20))
def test_the_order_of_views_does_not_matter(seed: int, count: int) -> None:
    shown = views(1, count, seed)
    mixed = np.random.default_rng(seed).permutation(shown)
    assert fuse(mixed) == pytest.approx(fuse(shown), abs=1e-6)
    assert np.linalg.norm(fuse(shown)) == pytest.approx(1, abs=1e-5)


def test_many_views_come_nearer_to_the_person_than_one() -> None:
    typical = fuse(views(1, 500, 77))
    nearness = {
        count: np.mean([(fuse(views(1, count, seed)) @ typical.T)[0, 0] for seed in range(30)])
        for count in (1, 5, 20)
    }
    assert nearness[1] < nearness[5] < nearness[20]


@settings(deadline=None)
@given(seed=st.integers(0, 999), crops=st.integers(5, 12), more=st.integers(1, 8))
def test_more_views_of_the_same_person_never_lose_a_match(seed: int, crops: int, more: int) -> None:
    gallery = Gallery.build(1, WIDE, {f"p{one}": fuse(views(one, 10, 1)) for one in range(6)})
    burst = views(2, crops + more, seed, spread=0.3)
    few = match(burst[:crops], [], gallery, RULE)
    assert few.resident == "p2"
    assert match(burst, [], gallery, RULE) == few


@settings(deadline=None)
@given(seed=st.integers(0, 999))
def test_enrolling_a_far_stranger_never_changes_who_somebody_is(seed: int) -> None:
    gallery = Gallery.build(1, WIDE, {f"p{one}": fuse(views(one, 10, 1)) for one in range(6)})
    burst = views(3, 10, seed)
    centre = fuse(burst)
    far = np.asarray(views(40 + seed, 1, seed) - centre * (views(40 + seed, 1, seed) @ centre.T))
    before = match(burst, [], gallery, RULE)
    after = match(burst, [], gallery.with_resident(2, "far", unit(far)), RULE)
    assert after == before


def test_a_bias_is_taken_out_and_strangers_come_to_score_about_nothing() -> None:
    common = unit(np.ones((1, WIDE), np.float32)) * np.float32(0.4)
    people = unit(np.vstack([views(one, 1, 1) for one in range(200)]) + common)
    bias = np.asarray(people.mean(axis=0) / BIAS_TAKEN, np.float32)
    freed = without_bias(people, bias)
    pairs = np.triu_indices(len(people), 1)
    assert float((people @ people.T)[pairs].mean()) > 0.1
    assert abs(float((freed @ freed.T)[pairs].mean())) < 0.02
    assert np.linalg.norm(freed, axis=1) == pytest.approx(np.ones(200), abs=1e-5)


def test_a_single_vector_is_freed_of_bias_like_many() -> None:
    people, bias = views(1, 4, 1), views(9, 1, 1)[0] * np.float32(0.3)
    assert without_bias(people[2], bias) == pytest.approx(without_bias(people, bias)[2], abs=1e-6)


def test_nobody_looks_like_nothing() -> None:
    gallery = Gallery.build(0, WIDE, {})
    assert match(views(1, 8, 1), [], gallery, RULE).reason is Reason.NO_RESIDENTS


weights = st.lists(st.floats(0.01, 1), min_size=20, max_size=20).map(
    lambda drawn: np.array(drawn, np.float32)
)


@settings(deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 20), worth=weights)
def test_the_order_of_weighted_views_does_not_matter(seed: int, count: int, worth: Vectors) -> None:
    shown = views(1, count, seed)
    mixed = np.random.default_rng(seed).permutation(count)

    assert fuse(shown[mixed], worth[:count][mixed]) == pytest.approx(
        fuse(shown, worth[:count]), abs=1e-6
    )


@settings(deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 20), share=st.floats(0.05, 1))
def test_equal_weights_are_a_plain_mean(seed: int, count: int, share: float) -> None:
    shown = views(1, count, seed)

    assert fuse(shown, np.full(count, share, np.float32)) == pytest.approx(fuse(shown), abs=1e-6)


@settings(deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 19), worth=weights)
def test_a_view_as_near_as_the_burst_is_never_lowers_its_score_whatever_it_weighs(
    seed: int, count: int, worth: Vectors
) -> None:
    """The score is a mean over a length that is at most the sum of the weights."""
    centre = fuse(views(2, 10, 1))
    burst = views(2, count, seed)
    before = float((fuse(burst, worth[:count]) @ centre.T)[0, 0])
    more = views(2, 50, seed + 1)
    near = more[(more @ centre.T)[:, 0] >= before]
    assume(before >= 0 and len(near))

    after = fuse(np.vstack([burst, near[:1]]), worth[: count + 1]) @ centre.T

    assert float(after[0, 0]) >= before - 1e-6


@settings(deadline=None)
@given(seed=st.integers(0, 999), crops=st.integers(5, 19), worth=weights)
def test_a_view_that_speaks_for_the_same_resident_as_clearly_never_loses_the_match(
    seed: int, crops: int, worth: Vectors
) -> None:
    """As near to the resident as the burst is, and leading by as much over everybody else."""
    gallery = Gallery.build(1, WIDE, {f"p{one}": fuse(views(one, 10, 1)) for one in range(6)})
    burst = views(2, crops, seed, spread=0.4)
    before = match(burst, [], gallery, RULE, worth[:crops])
    own, lead = _own_and_lead(fuse(burst, worth[:crops]), gallery)
    more = np.vstack([views(2, 40, seed + 1, spread=spread) for spread in (0.05, 0.2, 0.4)])
    speaking = [view for view in more if _at_least(view[None], gallery, own, lead)]
    assume(before.resident == "p2" and bool(speaking))

    after = match(np.vstack([burst, speaking[0][None]]), [], gallery, RULE, worth[: crops + 1])

    assert after == before


def _own_and_lead(probe: Vectors, gallery: Gallery) -> tuple[float, Vectors]:
    scores = gallery.scores(probe)[0]
    own = scores[gallery.residents.index("p2")]
    return float(own), np.asarray(own - scores, np.float32)


def _at_least(probe: Vectors, gallery: Gallery, own: float, lead: Vectors) -> bool:
    nearness, ahead = _own_and_lead(probe, gallery)
    return nearness >= own and bool((ahead >= lead).all())


@settings(deadline=None)
@given(seed=st.integers(0, 999), worth=weights)
def test_enrolling_a_far_stranger_changes_nothing_for_a_weighted_burst(
    seed: int, worth: Vectors
) -> None:
    gallery = Gallery.build(1, WIDE, {f"p{one}": fuse(views(one, 10, 1)) for one in range(6)})
    burst = views(3, 10, seed)
    far = views(40 + seed, 1, seed)
    # Far: less like every single view, and like the burst, than the resident is, by the margin.
    shown = np.vstack([fuse(burst, worth[:10]), burst])
    assume(bool(((shown @ gallery.of("p3").T) > (shown @ far.T) + RULE.margin).all()))
    assume(float((shown[:1] @ far.T)[0, 0]) < RULE.threshold)

    after = match(burst, [], gallery.with_resident(2, "far", far), RULE, worth[:10])

    assert after == match(burst, [], gallery, RULE, worth[:10])
