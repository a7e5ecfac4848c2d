"""What does a photo look like that somebody holds before a camera and moves?

Random smooth motion of a plane before a pinhole camera, with a sensor's noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image

FPS = 30.0
SECONDS = 4.0
WIDEST = 640
"""Pixels of a frame's longer side."""


def waved(picture: Image, tilt: float, rng: np.random.Generator) -> Iterator[Image]:
    """A photo that is held before a camera and moved.

    Args:
        picture: what is on it; frames are as large, or at most `WIDEST` pixels.
        tilt: standard deviation of its tilt to the side, radians; 0 holds it still.
        rng: makes motion and noise.
    """
    scale_down = min(1.0, WIDEST / max(picture.shape[:2]))
    picture = np.asarray(cv2.resize(picture, None, fx=scale_down, fy=scale_down), dtype=np.uint8)
    height, width = picture.shape[:2]
    noise = rng.normal(0, 2, (height + 64, width + 64, 3)).astype(np.int16)
    focal = 1.2 * width
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    centred = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    moving = 1.0 if tilt else 0.0
    aside = 0.03 * width * moving
    scale = [tilt, 0.7 * tilt, 0.08 * moving, aside, aside, 0.05 * focal * moving]
    for yaw, pitch, roll, across, down, near in _smooth(round(SECONDS * FPS), 6, rng) * scale:
        turns = [cv2.Rodrigues(np.array(axis))[0] for axis in _axes(yaw, pitch, roll)]
        turned = turns[2] @ turns[1] @ turns[0]
        plane = np.column_stack([turned[:, 0], turned[:, 1], [across, down, 1.15 * focal + near]])
        moved = cv2.warpPerspective(
            picture, camera @ plane @ centred, (width, height), borderValue=(95, 100, 90)
        )
        top, left = rng.integers(0, 64, 2)
        noisy = moved + noise[top : top + height, left : left + width]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def _axes(yaw: float, pitch: float, roll: float) -> list[list[float]]:
    return [[0.0, yaw, 0.0], [pitch, 0.0, 0.0], [0.0, 0.0, roll]]


def _smooth(count: int, columns: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of deviation 1 that has half a second of memory, shape (count, columns)."""
    kernel = np.hanning(round(FPS))
    raw = rng.normal(size=(count + len(kernel), columns))
    smooth = np.stack([np.convolve(raw[:, i], kernel, "valid")[:count] for i in range(columns)], 1)
    return np.asarray((smooth - smooth.mean(0)) / smooth.std(0), dtype=np.float64)
