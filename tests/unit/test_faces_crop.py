"""Crops: inside the picture, no larger than asked, with points that still fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.crop import face_crop
from faces.picture import Box, Image, Points

POINTS = np.array([[40, 50], [60, 50], [50, 60], [42, 70], [58, 70]], dtype=np.float32)


def coordinates(width: int = 300, height: int = 200) -> Image:
    """A picture whose blue tells x and whose green tells y, both halved."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[:, :, 0] = np.arange(width) / 2
    image[:, :, 1] = np.arange(height)[:, None] / 2
    return image


def test_a_crop_has_the_margin_on_each_side() -> None:
    crop, points = face_crop(coordinates(), (100, 60, 40, 60), POINTS, margin=0.5, max_side=500)

    assert crop.shape == (120, 100, 3)
    assert np.array_equal(points, POINTS - [70, 30])


def test_what_lies_beyond_the_picture_is_left_out() -> None:
    crop, points = face_crop(coordinates(), (-20, -20, 80, 80), POINTS, margin=0.25, max_side=500)

    assert crop.shape == (80, 80, 3)
    assert np.array_equal(points, POINTS)


def test_a_large_crop_is_scaled_down_and_never_up() -> None:
    small, _ = face_crop(coordinates(), (100, 60, 40, 60), POINTS, margin=0.0, max_side=30)
    same, _ = face_crop(coordinates(), (100, 60, 40, 60), POINTS, margin=0.0, max_side=60)

    assert small.shape == (30, 20, 3)
    assert same.shape == (60, 40, 3)


@given(
    st.tuples(st.floats(0, 200), st.floats(0, 100), st.floats(30, 90), st.floats(30, 90)),
    st.floats(0, 1),
    st.integers(40, 120),
)
def test_points_show_the_same_place_in_crop_and_picture(
    box: Box, margin: float, max_side: int
) -> None:
    image = coordinates()
    x, y, w, h = box
    inside: Points = np.array([[x + w / 2, y + h / 2]] * 5, dtype=np.float32)

    crop, points = face_crop(image, box, inside, margin, max_side)

    assert max(crop.shape[:2]) <= max_side
    column, row = points[0].round().astype(int)
    blue, green, _ = crop[row, column].astype(float) * 2
    assert abs(blue - inside[0, 0]) < 5
    assert abs(green - inside[0, 1]) < 5


def test_a_crop_is_a_copy_so_that_the_frame_can_be_let_go() -> None:
    image = coordinates()

    crop, _ = face_crop(image, (100, 60, 40, 60), POINTS, margin=0.0, max_side=500)

    assert not np.shares_memory(crop, image)


def test_a_box_outside_the_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside the picture of 300x200"):
        face_crop(coordinates(), (400, 20, 50, 50), POINTS, margin=0.1, max_side=250)
