"""Lids that close in the picture, and lids that do so only in the landmarks."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from edge_sightings import face, sighting
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.adapters.eye_patches import LEAST_EYES, eye_patches
from edge.core.blinks import Blink, BlinkDetector
from edge.core.lids import LIDS, OUTSIDE, SHAPE, Eyes, change, outside

Picture = NDArray[np.uint8]

_FINE = 8
"""Pixels of a drawing for one of a patch."""


def drawn(
    opening: float,
    *,
    across: float = 0.0,
    down: float = 0.0,
    gain: float = 1.0,
    noise: float = 0.0,
    blur: float = 0.0,
    seed: int = 1,
) -> Eyes:
    """Two eyes: skin, a white slit with an iris, a brow's shadow; moved by patch pixels."""
    _, height, width = SHAPE
    big = np.full((height * _FINE, width * _FINE), 150, np.uint8)
    middle = (round((width / 2 + across) * _FINE), round((height / 2 + down) * _FINE))
    cv2.line(big, (0, middle[1] - 44), (width * _FINE, middle[1] - 36), 120, 14)
    if opening > 0:
        slit = np.zeros_like(big)
        cv2.ellipse(slit, middle, (58, round(26 * opening)), 0, 0, 360, 255, -1)
        eye = np.full_like(big, 205)
        cv2.circle(eye, middle, 24, 45, -1)
        big = np.where(slit > 0, eye, big)
    cv2.ellipse(big, middle, (58, round(26 * opening)), 0, 0, 180, 90, 6)
    small = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA).astype(np.float64)
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur).astype(np.float64)
    rng = np.random.default_rng(seed)
    both = np.stack([small, small[:, ::-1]]) * gain + rng.normal(0, noise, SHAPE)
    return np.clip(np.round(both), 0, 255).astype(np.uint8)


def opened(**how: float) -> list[Eyes]:
    return [drawn(1.0, seed=10 + index, **how) for index in range(6)]


gains = st.floats(0.4, 1.2)
noises = st.floats(0, 4)
blurs = st.floats(0, 1.5)
shifts = st.floats(-1, 1)


@given(gain=gains, noise=noises, blur=blurs, across=shifts, down=shifts)
def test_lids_that_close_change_the_picture_in_any_light(
    gain: float, noise: float, blur: float, across: float, down: float
) -> None:
    shut = drawn(0.0, gain=gain, noise=noise, blur=blur, across=across, down=down)

    found = change(shut, opened(gain=gain, noise=noise, blur=blur), LIDS.contrast)

    assert found is not None
    assert found > LIDS.least


@given(gain=gains, noise=noises, blur=blurs, across=shifts, down=shifts)
def test_eyes_that_stay_as_they_are_change_nothing_however_they_shift(
    gain: float, noise: float, blur: float, across: float, down: float
) -> None:
    same = drawn(1.0, gain=gain, noise=noise, blur=blur, across=across, down=down)

    found = change(same, opened(gain=gain, noise=noise, blur=blur), LIDS.contrast)

    assert found is not None
    assert found < LIDS.least


@given(gain=st.floats(0.5, 1.0), lift=st.integers(0, 40))
def test_brightness_and_contrast_of_the_closed_moment_alone_do_not_matter(
    gain: float, lift: int
) -> None:
    shut = drawn(0.0)
    other = np.round(shut * gain + lift).astype(np.uint8)

    as_it_is, changed = (change(one, opened(), LIDS.contrast) for one in (shut, other))

    assert as_it_is is not None
    assert changed == pytest.approx(as_it_is, rel=0.05)


def test_in_the_dark_without_detail_or_open_moments_nothing_is_told() -> None:
    dark = [drawn(1.0, gain=0.01) for _ in range(4)]

    assert change(drawn(0.0, gain=0.01), dark, LIDS.contrast) is None
    assert change(drawn(0.0), [], LIDS.contrast) is None


def test_a_smooth_slope_of_light_has_no_detail_to_tell_by() -> None:
    slope = np.broadcast_to(np.linspace(40, 230, SHAPE[2]).round(), SHAPE).astype(np.uint8)
    even = np.broadcast_to(np.arange(SHAPE[2]) * 10, SHAPE).astype(np.uint8)

    assert change(even, [even, even], LIDS.contrast) is None
    assert change(slope, [even, even], LIDS.contrast) is None


# --- the detector ---------------------------------------------------------------------------------


def opening(at: float) -> float:
    """One blink of 0.3 s, closed at 1.1 s."""
    if 1.0 <= at < 1.1:
        return 1 - (at - 1.0) / 0.1
    return min(1.0, max(0.0, (at - 1.1) / 0.2)) if at >= 1.1 else 1.0


def watched(*, pictures: str, fps: float = 30) -> list[Blink]:
    detector = BlinkDetector()
    found = []
    for index in range(round(2 * fps)):
        at = index / fps
        lids = opening(at)
        eyes = {
            "alive": drawn(lids, noise=2, seed=index),
            "frozen": drawn(1.0, noise=2, across=0.4 * math.sin(9 * at), seed=index),
            "dark": drawn(1.0, gain=0.01),
            "none": None,
            "at the edge": OUTSIDE,
            "over the edge while shut": OUTSIDE if lids < 0.5 else drawn(1.0, noise=2, seed=index),
            "over the edge before": OUTSIDE if at < 0.9 else drawn(lids, noise=2, seed=index),
        }[pictures]
        seen = replace(face(ear=0.12 + 0.18 * lids, sharpness=100 + at), eyes=eyes)
        blink = detector.update(sighting(index, at=at, seen=seen))
        if blink is not None:
            found.append(blink)
    return found


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_blink_in_landmarks_and_picture_is_seen(fps: float) -> None:
    (blink,) = watched(pictures="alive", fps=fps)

    assert blink.change is not None
    assert blink.change > LIDS.least


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_landmarks_that_blink_over_frozen_eyes_are_no_blink(fps: float) -> None:
    assert watched(pictures="frozen", fps=fps) == []


@pytest.mark.parametrize("pictures", ["dark", "none"])
def test_where_the_picture_cannot_tell_the_landmarks_decide(pictures: str) -> None:
    (blink,) = watched(pictures=pictures)

    assert blink.change is None


@pytest.mark.parametrize("fps", [15, 20, 30])
@pytest.mark.parametrize(
    "pictures", ["at the edge", "over the edge while shut", "over the edge before"]
)
def test_eyes_that_reach_over_the_edge_do_not_blink(pictures: str, fps: float) -> None:
    assert watched(pictures=pictures, fps=fps) == []


@pytest.mark.parametrize("fps", [15, 20, 30])
@pytest.mark.parametrize("depth", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("pictures", ["open", "at the edge"])
def test_one_slip_of_the_landmarks_is_no_blink_where_eyes_are_pictured(
    pictures: str, depth: float, fps: float
) -> None:
    detector = BlinkDetector()
    found = []
    for index in range(round(4 * fps)):
        ear = 0.3 * (1 - depth) if index == round(2 * fps) else 0.3
        eyes = drawn(1.0, noise=2, seed=index) if pictures == "open" else OUTSIDE
        seen = replace(face(ear=ear, sharpness=100 + index), eyes=eyes)
        found.append(detector.update(sighting(index, at=index / fps, seen=seen)))

    assert not any(found)


# --- patches of a picture -------------------------------------------------------------------------

RIGHT_CORNERS, LEFT_CORNERS = (-0.73 + 0j, -0.28 + 0.02j), (0.28 + 0.02j, 0.73 + 0j)


def landmarks(x: float, y: float, distance: float, angle: float) -> NDArray[np.float64]:
    """68 points, of which only the corners of the eyes and the nose are anywhere."""
    points = np.zeros(68, np.complex128)
    points[[36, 39, 42, 45]] = (*RIGHT_CORNERS, *LEFT_CORNERS)
    points[27:31] = np.array([-0.05, 0.17, 0.38, 0.58]) * 1j
    points[33] = 0.78j
    placed = points * distance * np.exp(1j * angle) + complex(x, y)
    return np.column_stack([placed.real, placed.imag])


def room(x: float, y: float, distance: float, angle: float) -> Picture:
    """Grey, with a black disc at the right eye's middle and a white one at the left's."""
    image = np.full((480, 640, 3), 128, np.uint8)
    for side, level in ((-0.505, 0), (0.505, 255)):
        at = side * distance * np.exp(1j * angle) + complex(x, y)
        centre = (round(at.real * 16), round(at.imag * 16))
        radius = round(distance / 16 * 16)
        cv2.circle(image, centre, radius, (level, level, level), -1, cv2.LINE_AA, 4)
    return image


@given(
    x=st.floats(250, 390),
    y=st.floats(200, 280),
    distance=st.floats(24, 200),
    angle=st.floats(-0.5, 0.5),
)
def test_eyes_lie_in_the_middle_of_their_patches_wherever_the_face_is(
    x: float, y: float, distance: float, angle: float
) -> None:
    found = eye_patches(room(x, y, distance, angle), landmarks(x, y, distance, angle))

    assert found is not None
    for patch in found:
        weight = np.abs(patch.astype(np.float64) - 128)
        weight[weight < 20] = 0
        down, across = np.indices(patch.shape)
        assert (weight * across).sum() / weight.sum() == pytest.approx(9.5, abs=0.5)
        assert (weight * down).sum() / weight.sum() == pytest.approx(6.5, abs=0.5)
    assert found[0].min() < 60
    assert found[1].max() > 195


def test_a_face_too_small_shows_no_eyes_and_one_at_the_edge_says_so() -> None:
    image = np.zeros((480, 640, 3), np.uint8)

    assert eye_patches(image, landmarks(320, 240, LEAST_EYES - 1, 0)) is None
    for x, y in ((5, 240), (635, 240), (320, 2), (320, 478)):
        assert outside(eye_patches(image, landmarks(x, y, 80, 0)))
    assert not outside(eye_patches(image + 9, landmarks(320, 240, 80, 0)))
    assert eye_patches(image, np.full((68, 2), np.nan)) is None
