"""When is a burst one picture again and again?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.frozen import frozen, movement
from matching.fusion import Vectors


@pytest.mark.parametrize(("different", "says"), [(20, False), (15, False), (14, True), (1, True)])
def test_three_quarters_of_a_burst_must_be_different_pictures(different: int, says: bool) -> None:
    pictures = [bytes([min(place, different - 1)]) for place in range(20)]

    assert frozen(pictures) is says


@given(st.lists(st.binary(max_size=2), min_size=1, max_size=20), st.randoms())
def test_the_order_of_pictures_does_not_matter(pictures: list[bytes], lots: object) -> None:
    mixed = list(pictures)
    lots.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis's own Random

    assert frozen(mixed) == frozen(pictures)


def test_a_single_picture_is_no_copy() -> None:
    assert not frozen([b"one"])


def around(views: int, spread: float, mirrored: bool) -> Vectors:
    """Views of one face; every other one, where wanted, its mirror image, which is further away."""
    noise = np.random.default_rng(4).normal(0, spread, (views, 64))
    middle = np.where((np.arange(views) % 2 == 1)[:, None] & mirrored, np.eye(64)[1] / 2, 0)
    rows = np.eye(64)[0] + middle + noise
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("mirrored", [True, False])
def test_copies_move_less_than_a_face_whether_or_not_some_are_mirrored(mirrored: bool) -> None:
    assert movement(around(20, 0.002, mirrored)) < 0.001 < movement(around(20, 0.02, mirrored))


def test_the_same_picture_does_not_move_and_what_is_no_number_says_nothing() -> None:
    still = around(1, 0.1, mirrored=False).repeat(20, axis=0)

    assert movement(still) == pytest.approx(0, abs=1e-6)
    assert np.isnan(movement(still * np.float32(np.nan)))


@given(st.permutations(range(8)))
def test_the_order_of_views_does_not_matter_for_movement(order: list[int]) -> None:
    views = around(8, 0.05, mirrored=True)

    assert movement(views[order]) == pytest.approx(movement(views), abs=1e-9)
