"""Are a burst's crops of one face, whosever it is?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from brain.encoder_settings import DEFAULTS
from doorbus.messages import Reason
from matching.coherence import coherence, stray
from matching.decision import MatchRule, match
from matching.fusion import Vectors, fuse
from matching.gallery import Gallery

WIDE = 128
LIMITS = DEFAULTS["sface"]
ASKED = MatchRule(
    0.46,
    LIMITS.margin,
    LIMITS.floor,
    coherence=LIMITS.coherence,
    stray=LIMITS.stray,
    rival=LIMITS.rival,
)

seeds = st.integers(0, 2**32 - 1)


def unit(rows: ArrayLike) -> Vectors:
    wide = np.asarray(rows, np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=-1, keepdims=True), np.float32)


def person(rng: np.random.Generator, other: Vectors | None = None, like: float = 0.0) -> Vectors:
    """A face, shape (1, WIDE); of a cosine to another one."""
    own = unit(rng.normal(size=(1, WIDE)))
    if other is None:
        return own
    apart = unit(own - other * (own @ other.T))
    return unit(like * other + math.sqrt(1 - like**2) * apart)


def views(rng: np.random.Generator, face: Vectors, count: int, near: float) -> Vectors:
    """Crops of a face; two of them have a cosine of about `near`, as frames of a visit have."""
    noise = rng.normal(size=(count, WIDE)) / WIDE**0.5
    return unit(face + math.sqrt(1 / near - 1) * noise)


nearness = st.floats(0.6, 0.95)
"""Of a door's frames to each other: on clips, 0.53 to 0.95 with SFace."""

lookalike = st.floats(-0.2, 0.25)
"""Of two people, with SFace: strangers' scores are 0.018, give or take 0.096."""


@given(seeds, st.integers(1, 24), nearness)
def test_the_order_of_crops_does_not_matter(seed: int, count: int, near: float) -> None:
    rng = np.random.default_rng(seed)
    burst = views(rng, person(rng), count, near)
    worth = np.asarray(rng.uniform(0.01, 1, count), np.float32)
    order = rng.permutation(count)

    assert coherence(burst[order], 0.75) == pytest.approx(coherence(burst, 0.75), abs=1e-6)
    assert stray(burst[order], worth[order]) == pytest.approx(stray(burst, worth), abs=1e-5)


@settings(deadline=None)
@given(seeds, st.integers(5, 24), nearness)
def test_a_burst_of_one_person_is_one_face(seed: int, count: int, near: float) -> None:
    rng = np.random.default_rng(seed)
    burst = views(rng, person(rng), count, near)

    assert coherence(burst, 0.75) > ASKED.coherence
    assert stray(burst) < ASKED.stray


@settings(deadline=None)
@given(seeds, st.integers(8, 24), nearness, lookalike, st.data())
def test_a_second_person_is_noticed_however_the_burst_is_divided(
    seed: int, count: int, near: float, like: float, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    one = person(rng)
    other = person(rng, one, like)
    strange = data.draw(st.integers(1, count - 1))
    burst = np.vstack([views(rng, one, count - strange, near), views(rng, other, strange, near)])

    # Half a crop of chance: single cosines of such views differ by about a tenth.
    assume(float((burst[: count - strange] @ burst[count - strange :].T).max()) < ASKED.coherence)

    assert coherence(burst, 0.75) < ASKED.coherence


@settings(deadline=None)
@given(seeds, st.integers(5, 20), st.floats(0.3, 0.95), st.integers(1, 12))
def test_crops_near_to_every_other_never_make_a_burst_less_coherent(
    seed: int, count: int, near: float, more: int
) -> None:
    rng = np.random.default_rng(seed)
    face = person(rng)
    burst = views(rng, face, count, near)
    limit = coherence(burst, 0.75)
    new = views(rng, face, 200, 0.9)
    new = new[((new @ burst.T) >= limit).all(axis=1)][:more]
    new = new[((new @ new.T) >= limit).all(axis=1)]
    assume(len(new))

    assert coherence(np.vstack([burst, new]), 0.75) >= limit - 1e-6


@settings(deadline=None)
@given(seeds, st.integers(5, 20), st.floats(0.3, 0.95))
def test_the_same_crops_again_never_make_a_burst_less_of_one_face(
    seed: int, count: int, near: float
) -> None:
    rng = np.random.default_rng(seed)
    burst = views(rng, person(rng), count, near)
    again = np.vstack([burst, burst])

    assert coherence(again, 0.75) >= coherence(burst, 0.75) - 1e-6
    assert stray(again) <= stray(burst) + 1e-5


def test_a_crop_alone_has_nothing_to_differ_from() -> None:
    alone = views(np.random.default_rng(1), person(np.random.default_rng(1)), 1, 0.8)

    assert coherence(alone, 0.75) == 1
    assert stray(alone) == 0


def test_a_mixture_of_two_faces_strays_from_a_burst_that_is_all_alike() -> None:
    rng = np.random.default_rng(1)
    one, other = person(rng), person(rng)
    mixed = unit(0.45 * one + 0.55 * other)

    burst = np.vstack([views(rng, one, 19, 0.95), mixed])

    assert coherence(burst, 0.75) > ASKED.coherence, "the other limit alone would let it pass"
    assert stray(burst) > ASKED.stray


def test_one_of_many_poses_strays_less_than_one_among_equals() -> None:
    rng = np.random.default_rng(1)
    face = person(rng)
    turned = views(rng, face, 1, 0.5)

    among_poses = stray(np.vstack([views(rng, face, 19, 0.5), turned]))
    among_equals = stray(np.vstack([views(rng, face, 19, 0.98), turned]))

    assert among_poses < among_equals


# --- what that means for a verdict ----------------------------------------------------------------


def household(
    rng: np.random.Generator, like: float, residents: int
) -> tuple[list[Vectors], Gallery]:
    """Faces of whom the second looks somewhat like the first, and templates of another day."""
    faces = [person(rng)]
    faces.append(person(rng, faces[0], like))
    faces += [person(rng) for _ in range(residents - 2)]
    vectors = {f"r{row}": fuse(views(rng, face, 10, 0.5)) for row, face in enumerate(faces)}
    return faces, Gallery.build(1, WIDE, vectors)


@settings(deadline=None)
@given(seeds, lookalike, nearness, st.integers(5, 19), st.integers(1, 3))
def test_any_crop_of_another_resident_spoils_a_burst_that_would_be_let_in(
    seed: int, like: float, near: float, count: int, swapped: int
) -> None:
    rng = np.random.default_rng(seed)
    faces, gallery = household(rng, like, int(rng.integers(2, 12)))
    burst = views(rng, faces[0], count, near)
    assume(match(burst, [], gallery, ASKED).resident == "r0")

    crops = views(rng, faces[1], swapped, near)
    found = match(np.vstack([burst, crops]), [], gallery, ASKED)

    assert found.reason in {Reason.NOT_ONE_PERSON, Reason.AMBIGUOUS, Reason.UNKNOWN}


@settings(deadline=None)
@given(seeds, lookalike, nearness, st.integers(5, 19), st.integers(1, 3))
def test_any_crop_of_somebody_who_is_not_enrolled_does_so_too(
    seed: int, like: float, near: float, count: int, swapped: int
) -> None:
    rng = np.random.default_rng(seed)
    faces, gallery = household(rng, like, 4)
    gallery = gallery.without(2, "r1")
    burst = views(rng, faces[0], count, near)
    assume(match(burst, [], gallery, ASKED).resident == "r0")

    crops = views(rng, faces[1], swapped, near)

    assert match(np.vstack([burst, crops]), [], gallery, ASKED).resident is None


@settings(deadline=None)
@given(seeds, lookalike, nearness, st.integers(5, 19), st.integers(1, 10))
def test_more_frames_of_the_same_visit_never_lose_the_match(
    seed: int, like: float, near: float, count: int, more: int
) -> None:
    rng = np.random.default_rng(seed)
    faces, gallery = household(rng, like, 4)
    burst = views(rng, faces[0], count + more, near)
    few = match(burst[:count], [], gallery, ASKED)
    assume(few.resident == "r0")

    assert match(burst, [], gallery, ASKED) == few


def test_a_crop_in_which_another_resident_leads_by_far_is_refused() -> None:
    rng = np.random.default_rng(3)
    faces, gallery = household(rng, 0.2, 3)
    between = unit(0.5 * faces[0] + 0.75 * faces[1])
    burst = np.vstack([views(rng, faces[0], 19, 0.6), between])
    lenient = MatchRule(ASKED.threshold, ASKED.margin, ASKED.floor)
    strict = MatchRule(ASKED.threshold, ASKED.margin, ASKED.floor, rival=ASKED.rival)

    assert match(burst, [], gallery, lenient).resident == "r0"
    assert match(burst, [], gallery, strict).reason is Reason.NOT_ONE_PERSON


def test_every_encoder_asks_for_one_face() -> None:
    for name, limits in DEFAULTS.items():
        assert limits.coherence > limits.prior.mean + 1.5 * limits.prior.spread, name
        assert 0 < limits.stray < math.pi / 4, name
        assert 0 < limits.rival < 0.2, name
