"""How does dlib cut out a face for its ResNet?

Its own 5-point predictor sets out from a rectangle as its HOG detector would give it, which is
derived from the points that came along; another alignment would shift the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import dlib
import numpy as np

from brain.ports import Image, Points
from faces import models
from faces.align import footprint, similarity
from faces.errors import ModelError

RECTANGLE_CENTRE = (53.0, 70.0)
"""Where the middle of dlib's HOG rectangle stands in the aligned 112 pixel square, and ..."""

RECTANGLE_SIDE = 0.82
"""... its side as a part of that square's: medians over 222 faces, which spread by 4 pixels and 7 %
(one standard deviation), since HOG knows few scales."""

CHIP_SIDE, CHIP_PADDING = 150, 0.25
"""What the network was trained on; dlib's own defaults."""

T = TypeVar("T")


def loaded(make: Callable[[str], T], file: Path, what: str) -> T:
    """What dlib makes of a model file. Raises `ModelError` naming the file and the command."""
    try:
        return make(str(file))
    except RuntimeError as error:
        said = " ".join(str(error).split())
        raise ModelError(
            f"dlib cannot load the {what} {file}: {said}. "
            "Run `doorctl models --group dlib` to fetch the file again."
        ) from error


class DlibChips:
    """Chips of 150x150 pixels. One instance belongs to one thread."""

    def __init__(self, landmarks_path: Path | None = None) -> None:
        self._landmarks_path = landmarks_path
        self._landmarks: dlib.shape_predictor | None = None

    def start(self) -> None:
        """Load the predictor. Raises `faces.errors.ModelError` naming file and command."""
        landmarks = self._landmarks_path or models.path("landmarks5")
        self._landmarks = loaded(dlib.shape_predictor, landmarks, "landmarks")

    def cut(self, image: Image, points: Points) -> Image:
        """The upright face, shape (150, 150, 3), uint8, BGR.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: five landmarks, shape (5, 2), pixels of `image`.

        Raises:
            ValueError: the points coincide, or are not finite.
            RuntimeError: `start` was not called.
        """
        if self._landmarks is None:
            raise RuntimeError("DlibChips.cut called before start")
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        shape = self._landmarks(rgb, rectangle(points))
        chip = np.asarray(dlib.get_face_chip(rgb, shape, size=CHIP_SIDE, padding=CHIP_PADDING))
        return np.ascontiguousarray(chip[:, :, ::-1], dtype=np.uint8)


def rectangle(points: Points) -> dlib.rectangle:
    """The rectangle that dlib's HOG detector would draw around a face, upright, in pixels.

    Args:
        points: five landmarks, shape (5, 2), pixels.
    """
    matrix = similarity(points)
    middle = np.linalg.solve(matrix[:, :2], np.array(RECTANGLE_CENTRE) - matrix[:, 2])
    half = RECTANGLE_SIDE * footprint(points) / 2
    left, top = (middle - half).round().astype(int).tolist()
    right, bottom = (middle + half).round().astype(int).tolist()
    return dlib.rectangle(left, top, right, bottom)
