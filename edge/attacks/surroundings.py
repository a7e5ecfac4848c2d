"""What stands behind an attack, and how large and noisy is the picture?"""

from __future__ import annotations

import cv2
import numpy as np

from edge.adapters.room import Sensor
from edge.ports import Image

SIZE = (640, 480)
"""Width and height of pictures in which something is held up: the door's own camera."""

FACE_PX = (150.0, 200.0)
"""Least and most width of a face that is held up, pixels."""


def behind(image: Image, rng: np.random.Generator) -> Image:
    """The colours of a picture, so far out of focus that nobody is in it.

    Args:
        image: BGR, uint8.
        rng: how it is lit.

    Returns:
        A new picture of `SIZE`.
    """
    # Thirteen cells across: less than a face.
    cells = cv2.resize(image, (13, 10), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        cells = cv2.flip(cells, 1)
    wide = cv2.resize(cv2.GaussianBlur(cells, (0, 0), 1.5), SIZE, interpolation=cv2.INTER_CUBIC)
    return np.asarray(
        cv2.convertScaleAbs(wide, alpha=float(rng.uniform(0.5, 0.9)), beta=10), dtype=np.uint8
    )


def sensor(rng: np.random.Generator, size: tuple[int, int] = SIZE) -> Sensor:
    """The camera's noise; another one for each attack."""
    return Sensor(size, int(rng.integers(1 << 31)))


def face_scale(rng: np.random.Generator, width: float) -> float:
    """How much to enlarge a face `width` pixels wide so that it is as large as one at a door."""
    return float(rng.uniform(*FACE_PX)) / max(1.0, width)
