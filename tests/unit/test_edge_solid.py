"""Flat photos and solid heads, drawn in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from edge_heads import Floats, head, photo, seen_by_camera, sightings
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting
from edge.core.solid import SolidJudge, apply, homography, parallax, similarity_rest


def swing(radians: float, period: float = 2.0) -> Callable[[float], float]:
    return lambda at: radians * math.sin(2 * math.pi * at / period)


def judged(seen: list[Sighting]) -> list[Evidence]:
    judge = SolidJudge()
    return [piece for one in seen if (piece := judge.update(one)) is not None]


@pytest.mark.parametrize("fps", [15, 24, 30, 60])
@pytest.mark.parametrize("turn", [0.25, 0.4])
def test_a_head_that_turns_is_solid_at_any_frame_rate(fps: float, turn: float) -> None:
    (piece,) = judged(sightings(head(), swing(turn), fps=fps))

    assert (piece.kind, piece.finding, piece.track) == (EvidenceKind.SOLID, Finding.LIVE, 1)
    assert piece.start <= piece.at == piece.end
    assert 0.75 < piece.strength <= 1


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("turn", [0.6, 0.8])
def test_a_photo_that_is_waved_is_flat_at_any_frame_rate(fps: float, turn: float) -> None:
    seen = sightings(photo(), swing(turn), swing(0.4, 1.4), fps=fps)

    assert [piece.finding for piece in judged(seen)] == [Finding.SPOOF]


@pytest.mark.parametrize("seed", range(10))
def test_a_photo_is_never_solid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes, periods = rng.uniform(0.05, 0.9, 2), rng.uniform(0.7, 4, 2)
    seen = sightings(photo(), swing(sizes[0], periods[0]), swing(sizes[1], periods[1]), seed=seed)

    assert Finding.LIVE not in [piece.finding for piece in judged(seen)]


@pytest.mark.parametrize("seed", range(10))
def test_a_head_is_never_flat(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes, periods = rng.uniform(0.0, 0.5, 2), rng.uniform(0.7, 4, 2)
    seen = sightings(head(), swing(sizes[0], periods[0]), swing(sizes[1], periods[1]), seed=seed)

    assert Finding.SPOOF not in [piece.finding for piece in judged(seen)]


@pytest.mark.parametrize("points", [head(), photo()], ids=["head", "photo"])
def test_what_keeps_still_says_nothing(points: Floats) -> None:
    judge = SolidJudge()

    said = [judge.update(one) for one in sightings(points, lambda _: 0.0)]

    assert said == [None] * len(said)
    unsure = judge.abstention(4.0)
    assert unsure is not None
    assert unsure.finding is Finding.ABSTAINED


def test_coming_nearer_and_tilting_the_head_say_nothing() -> None:
    seen = []
    for one in sightings(photo(), lambda _: 0.0):
        grown, turn = 1 + 0.2 * math.sin(one.at * 3), 0.3 * math.sin(one.at * 2)
        assert one.face is not None
        points = np.array(one.face.landmarks) - (320, 220)
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        moved = grown * points @ rotation.T + (320, 220)
        face = replace(one.face, landmarks=tuple((float(x), float(y)) for x, y in moved))
        seen.append(replace(one, face=face))

    assert judged(seen) == []


def test_a_mirrored_and_enlarged_picture_is_judged_the_same() -> None:
    seen = sightings(head(), swing(0.3))

    def changed(one: Sighting) -> Sighting:
        assert one.face is not None
        points = tuple((1280 - 2 * x, 2 * y) for x, y in one.face.landmarks)
        return replace(one, face=replace(one.face, landmarks=points))

    there, again = judged(seen), judged([changed(one) for one in seen])
    assert [(p.finding, p.at) for p in there] == [(p.finding, p.at) for p in again]


def test_a_new_track_starts_from_nothing() -> None:
    seen = sightings(head(), swing(0.4))
    (piece,) = judged(seen)
    last = [replace(one, track=2) if one.at >= piece.at - 0.2 else one for one in seen]

    judge = SolidJudge()
    said = [p for one in last if one.at < piece.at + 0.2 and (p := judge.update(one)) is not None]

    assert said == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e9])
def test_landmarks_that_are_no_numbers_or_jump_are_survived(bad: float) -> None:
    seen = sightings(photo(), swing(0.1))

    def broken(one: Sighting) -> Sighting:
        assert one.face is not None
        return replace(one, face=replace(one.face, landmarks=((bad, bad),) * 68))

    mixed = [broken(one) if i % 7 == 3 else one for i, one in enumerate(seen)]

    assert Finding.LIVE not in [piece.finding for piece in judged(mixed)]


def test_points_in_one_place_or_too_few_say_nothing() -> None:
    seen = sightings(head(), swing(0.4))
    for landmarks in ((), ((5.0, 5.0),) * 68, ((1.0, 2.0),) * 5):
        shown = [
            replace(one, face=replace(one.face, landmarks=landmarks)) if one.face else one
            for one in seen
        ]
        assert judged(shown) == []


coordinates = st.floats(-0.3, 0.3)


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[coordinates] * 4), st.tuples(*[st.floats(-4e-4, 4e-4)] * 2))
def test_a_homography_is_found_again_from_the_points_it_moved(
    linear: tuple[float, ...], perspective: tuple[float, ...]
) -> None:
    a, b, c, d = linear
    plane = np.array([[1 + a, b, 12.0], [c, 1 + d, -7.0], [*perspective, 1]])
    points = seen_by_camera(head(), 0.1, 0.0)

    found = homography(points, apply(plane, points))

    assert np.allclose(found / found[2, 2], plane, atol=1e-4)


def test_the_nose_of_a_photo_goes_where_the_rest_goes_and_that_of_a_head_does_not() -> None:
    flat, solid = (
        parallax(seen_by_camera(points, -0.3, 0.1), seen_by_camera(points, 0.3, -0.1))
        for points in (photo(), head())
    )

    assert flat.nose < 1e-6
    assert solid.nose > 0.1


def test_a_similarity_leaves_nothing() -> None:
    points = seen_by_camera(head(), 0.2, 0.1)
    turned = 1.7 * points @ np.array([[0.8, -0.6], [0.6, 0.8]]).T + (40, -9)

    assert similarity_rest(points, turned) < 1e-9


@pytest.mark.parametrize("odd", [1e300, -1e300, math.inf, math.nan])
def test_landmarks_that_lie_nowhere_and_times_that_are_none_are_passed_over(odd: float) -> None:
    seen = sightings(head(), swing(0.4), seconds=4)
    for index in range(0, len(seen), 20):
        face = seen[index].face
        assert face is not None
        away = ((odd, odd), *face.landmarks[1:])
        seen[index] = replace(seen[index], face=replace(face, landmarks=away))
        seen[index + 1] = replace(seen[index + 1], at=math.copysign(math.inf, odd))

    assert [piece.finding for piece in judged(seen)] == [Finding.LIVE]
