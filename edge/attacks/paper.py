"""What does a printed photo look like to a camera?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image

_INK = 28.0
"""Grey level of the blackest ink."""

_PAPER = np.array([226.0, 233.0, 236.0])
"""Colour of white paper indoors, BGR."""

_GRAIN = 2.0
"""Standard deviation in grey levels of the printer's dots after the lens."""


def printed(image: Image, rng: np.random.Generator) -> Image:
    """A photo in print: less contrast, a little softer, the printer's grain.

    Args:
        image: BGR, uint8.
        rng: of grain and tint.
    """
    paper = _PAPER * rng.uniform(0.92, 1.0) * rng.uniform(0.97, 1.03, 3)
    soft = cv2.GaussianBlur(image, (0, 0), 0.6).astype(np.float32)
    grain = rng.normal(0, _GRAIN, image.shape[:2])[..., None]
    return np.asarray(np.clip(_INK + soft * (paper - _INK) / 255 + grain, 0, 255), dtype=np.uint8)


def sheet(image: Image, margin: int) -> Image:
    """A print with a white margin, ready to be held.

    Args:
        image: the print, BGR, uint8.
        margin: pixels of white on each side.

    Returns:
        BGRA, uint8, colours times alpha; two pixels of nothing around it.
    """
    height, width = image.shape[:2]
    edge = margin + 2
    whole = np.zeros((height + 2 * edge, width + 2 * edge, 4), dtype=np.uint8)
    whole[2:-2, 2:-2] = (*_PAPER.astype(int), 255)
    whole[edge : edge + height, edge : edge + width, :3] = image
    return whole


def lit(size: tuple[int, int], slope: float, tilt: float) -> NDArray[np.uint8]:
    """How light falls on a sheet, to be multiplied with a picture by `cv2.multiply(scale=1/200)`.

    Args:
        size: width and height of the frame.
        slope: change of brightness from one side to the other, as a share.
        tilt: change of the whole, as a share.
    """
    width, height = size
    line = 200 * (1 + tilt + slope * np.linspace(-0.5, 0.5, width))
    return np.asarray(
        np.broadcast_to(np.clip(line, 0, 255)[None, :, None], (height, width, 3)), dtype=np.uint8
    ).copy()
