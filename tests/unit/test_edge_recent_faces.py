"""Whose points go out with the pictures that are sent?"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.core.sighting import Face, Sighting
from edge.ports import Frame, Image
from edge.recent_faces import RecentFaces

POINTS = ((130.0, 110.0), (170.0, 110.0), (150.0, 130.0), (135.0, 150.0), (165.0, 150.0))


class Finer:
    """Looks again, and finds all points one pixel further down; remembers how often."""

    def __init__(self) -> None:
        self.looks = 0

    def start(self) -> None:
        return

    def refine(self, image: Image, points: NDArray[np.float32]) -> NDArray[np.float32]:
        assert image.size
        self.looks += 1
        return np.asarray(points + np.array([0, 1]), np.float32)


def remembered(count: int) -> RecentFaces:
    recent = RecentFaces()
    image = np.full((240, 320, 3), 90, np.uint8)
    for index in range(count):
        face = Face((100, 80, 100, 100), POINTS, 0.3, 0.3, 0, 0, 0, 120, 200, 0.9)
        recent.add(Frame(image, index / 30, index), Sighting(index / 30, index, 1, 1, face))
    return recent


def test_only_the_pictures_that_are_sent_are_looked_at_again() -> None:
    recent, finer = remembered(30), Finer()

    cut = recent.cut(recent.sightings[::6], finer)

    assert finer.looks == len(cut) == 5
    rough = recent.cut(recent.sightings[::6])
    for better, worse in zip(cut, rough, strict=True):
        assert better.points == pytest.approx(worse.points + np.array([0, 1]))
        assert better.image is worse.image
        assert better.sighting is worse.sighting


def test_without_a_second_look_the_trackers_points_go_out() -> None:
    recent = remembered(3)

    # The crop begins half a face above and left of the box.
    assert recent.cut(recent.sightings)[0].points == pytest.approx(np.array(POINTS) - [50, 30])
