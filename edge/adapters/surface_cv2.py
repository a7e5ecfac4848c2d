"""What do the pixels of a face show that a living face would not: ripples, a border?

Numbers only; `edge.core.screen` decides. With OpenCV's Fourier transform and line segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.sighting import Face
from edge.core.surface import Border, Surface
from edge.ports import Frame, Image, Texture
from faces.picture import Box

Floats = NDArray[np.float32]

SIDES: Final = (128, 64)
"""Pixels of the square at the face's middle whose spectrum is looked at, the largest that fits into
the face. At the camera's own size: in a picture made smaller a ripple may be gone."""

LOWEST: Final = 10
"""Cycles across the square under which a face's own features lie, lids and lips."""

HIGHEST: Final = 0.48
"""Cycles a pixel beyond which cameras and codecs leave nothing but noise."""

CODEC: Final = 8
"""Pixels of the blocks that JPEG and video are made of: their edges, too, are a regular pattern."""

AROUND: Final = 1.7
"""Face widths to each side of the face's middle in which a border is looked for; as many face
heights up and down."""

BORDER_WIDTH: Final = 160
"""Pixels that this region is made smaller to."""


class Cv2SurfaceReader:
    """Looks closely at faces; with texture networks where a door has them."""

    def __init__(self, texture: Texture | None = None) -> None:
        self._texture = texture

    @property
    def models(self) -> Mapping[str, str]:
        """The networks in use, by role; empty without."""
        return {} if self._texture is None else self._texture.models

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        if self._texture is not None:
            self._texture.start()

    def look(self, frame: Frame, face: Face) -> Surface:
        """One close look; about 1.5 ms, and the networks' time."""
        image = frame.image
        return Surface(
            live=None if self._texture is None else self._texture.live(image, face.box),
            ripple=ripple(image, face.box),
            border=border(image, face.box),
        )


def ripple(image: Image, box: Box) -> float | None:
    """How far the strongest regular pattern stands out of the spectrum around it.

    Args:
        image: BGR, uint8.
        box: the face.

    Returns:
        Difference of natural logarithms of amplitude, after both were smoothed; about 1 for skin.
        None where the face is too small to tell.
    """
    x, y, width, height = box
    side = next((side for side in SIDES if side <= min(width, height, *image.shape[:2])), None)
    if side is None:
        return None
    rows, columns = image.shape[:2]
    left = min(max(0, round(x + width / 2) - side // 2), columns - side)
    top = min(max(0, round(y + height / 2) - side // 2), rows - side)
    grey = cv2.cvtColor(image[top : top + side, left : left + side], cv2.COLOR_BGR2GRAY)
    patch = grey.astype(np.float32)
    patch -= cv2.GaussianBlur(patch, (0, 0), 4)
    amplitude = np.abs(np.fft.rfft2(patch * _window(side)))
    logarithm = np.log(amplitude + 1).astype(np.float32)
    # A pattern in a Hann window is three bins wide.
    stands = cv2.blur(logarithm, (3, 3)) - cv2.blur(logarithm, (15, 15))
    return float(stands[_looked_at(side)].max())


@cache
def _window(side: int) -> Floats:
    one = np.hanning(side).astype(np.float32)
    return np.outer(one, one)


@cache
def _looked_at(side: int) -> NDArray[np.bool_]:
    down, across = np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij")
    radius = np.hypot(down, across)
    near = 1.6 / side
    blocks = np.zeros(radius.shape, dtype=np.bool_)
    for one, other in ((down, across), (across, down)):
        harmonic = np.abs(one * CODEC - np.round(one * CODEC)) / CODEC < near
        blocks |= harmonic & (np.abs(other) < near)
    seen = (radius > LOWEST / side) & (radius < HIGHEST) & ~blocks
    return np.asarray(seen, dtype=np.bool_)


def border(image: Image, box: Box) -> Border:
    """Straight edges left and right of the face, as long as it, and one across that joins them."""
    x, y, width, height = box
    rows, columns = image.shape[:2]
    middle, level = x + width / 2, y + height / 2
    left, right = max(0, round(middle - AROUND * width)), round(middle + AROUND * width)
    top, bottom = max(0, round(level - AROUND * height)), round(level + AROUND * height)
    part = image[top : min(rows, bottom), left : min(columns, right)]
    if min(part.shape[:2]) < 16:
        return Border()
    scale = min(1.0, BORDER_WIDTH / part.shape[1])
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), 40, 120)
    long = round(0.9 * height * scale)
    found = cv2.HoughLinesP(edges, 1, np.pi / 180, round(0.5 * long), None, long, long // 8)
    if found is None:
        return Border()
    lines = found.reshape(-1, 4) / scale + np.array((left, top, left, top))
    run = lines[:, 2:] - lines[:, :2]
    upright = np.abs(run[:, 1]) > 2.5 * np.abs(run[:, 0])
    level_across = np.abs(run[:, 0]) > 2.5 * np.abs(run[:, 1])
    at = np.array([_crossing(line, level) for line in lines[upright]])
    spans = (
        (lines[upright][:, [1, 3]].min(1) < level) & (lines[upright][:, [1, 3]].max(1) > level)
        if len(at)
        else np.zeros(0, dtype=np.bool_)
    )
    at = at[spans]
    outside = np.abs(at - middle) > 0.5 * width
    lefts, rights = at[outside & (at < middle)], at[outside & (at > middle)]
    heights = lines[level_across][:, [1, 3]].mean(1)
    joined = bool((np.abs(heights - level) > 0.5 * height).any())
    return Border(
        # The innermost edge: a device's own, not that of the hand that holds it.
        left=float(lefts.max()) if len(lefts) else None,
        right=float(rights.min()) if len(rights) else None,
        joined=joined and bool(len(lefts)) and bool(len(rights)),
    )


def _crossing(line: NDArray[np.float64], level: float) -> float:
    """Where an upright line, x and y of both ends, crosses a height."""
    x0, y0, x1, y1 = line
    return float(x0 + (level - y0) / (y1 - y0) * (x1 - x0))
