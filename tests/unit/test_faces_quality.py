"""Quality: each figure moves with what it is named for, and in the stated direction."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.align import TEMPLATE
from faces.picture import Image, Points
from faces.quality import (
    LEAST_WEIGHT,
    NOSE_DEPTH,
    NOSE_HEIGHT,
    Quality,
    measure,
    pose,
    weight,
)

HEAD = np.array(
    [
        # x to the right of the picture, y down, z towards the camera; eye distance 1
        [-0.5, 0.0, 0.0],
        [0.5, 0.0, 0.0],
        [0.0, NOSE_HEIGHT, NOSE_DEPTH],
        [-0.4, 1.0, 0.0],
        [0.4, 1.0, 0.0],
    ]
)


def seen(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Points:
    """A head turned to its left, then up, then tilted, in parallel projection; degrees."""
    a, b, c = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    flat = (HEAD @ turn.T @ nod.T)[:, :2]
    tilt = np.array([[np.cos(c), -np.sin(c)], [np.sin(c), np.cos(c)]])
    return np.asarray(flat @ tilt.T * 80 + [200, 150], dtype=np.float32)


def textured(brightness: float = 128) -> Image:
    noise = np.random.default_rng(3).normal(brightness, 30, (400, 400, 1))
    return np.repeat(noise.clip(0, 255), 3, axis=2).astype(np.uint8)


FACE = np.asarray(TEMPLATE * 2 + 60, dtype=np.float32)


@pytest.mark.parametrize("yaw", [-45, -20, 0, 20, 45])
@pytest.mark.parametrize("roll", [-30, 0, 30])
def test_yaw_is_told_whatever_the_tilt(yaw: float, roll: float) -> None:
    told = np.degrees(pose(seen(yaw=yaw, roll=roll)))

    assert told[0] == pytest.approx(yaw, abs=2)
    assert told[2] == pytest.approx(roll, abs=2)


@pytest.mark.parametrize("pitch", [-30, -15, 0, 15, 30])
def test_pitch_is_positive_upwards(pitch: float) -> None:
    assert np.degrees(pose(seen(pitch=pitch)))[1] == pytest.approx(pitch, abs=2)


def test_a_turn_to_the_persons_left_moves_the_nose_to_the_pictures_right() -> None:
    points = seen(yaw=30)

    assert points[2, 0] > (points[0, 0] + points[1, 0]) / 2
    assert pose(points)[0] > 0


def test_the_template_looks_ahead() -> None:
    told = np.degrees(pose(FACE))

    assert np.abs(told).max() < 10


def test_size_is_that_of_the_aligned_square() -> None:
    assert measure(textured(), FACE).size_px == pytest.approx(224, abs=1)


def test_blur_lowers_sharpness_and_leaves_brightness() -> None:
    sharp = textured()
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 4), dtype=np.uint8)

    before, after = measure(sharp, FACE), measure(blurred, FACE)

    assert after.sharpness < before.sharpness / 5
    assert after.brightness == pytest.approx(before.brightness, abs=2)


@pytest.mark.parametrize("level", [40, 128, 210])
def test_brightness_is_the_mean_grey_level(level: int) -> None:
    assert measure(textured(level), FACE).brightness == pytest.approx(level, abs=6)


def test_points_that_coincide_are_an_error() -> None:
    with pytest.raises(ValueError, match="coincide"):
        measure(textured(), np.zeros((5, 2), dtype=np.float32))


GOOD = Quality(size_px=150, sharpness=300, brightness=120, yaw=0.1, pitch=0.0, roll=0.0)


@pytest.mark.parametrize(
    "flaw",
    [
        {"size_px": 50.0},
        {"sharpness": 20.0},
        {"brightness": 15.0},
        {"brightness": 250.0},
        {"yaw": -0.9},
        {"pitch": 0.7},
    ],
    ids=["small", "blurred", "dark", "blinding", "turned", "nodding"],
)
def test_every_flaw_makes_a_view_count_less(flaw: dict[str, float]) -> None:
    assert 0 < weight(replace(GOOD, **flaw)) < 0.8 * weight(GOOD) <= 1


def test_tilt_and_more_pixels_than_a_network_sees_change_nothing() -> None:
    assert weight(replace(GOOD, roll=0.5, size_px=400)) == weight(GOOD)


@given(
    st.floats(0, 1000),
    st.floats(0, 10_000),
    st.floats(0, 255),
    st.floats(-1.6, 1.6),
    st.floats(-1.6, 1.6),
)
def test_any_view_counts_something_and_none_more_than_one(
    size: float, sharpness: float, brightness: float, yaw: float, pitch: float
) -> None:
    view = Quality(size, sharpness, brightness, yaw, pitch, 0)

    assert LEAST_WEIGHT <= weight(view) <= 1
