"""What does the simulated camera see without anybody there, and how noisy is it?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image

_SENSOR_NOISE = 2.5
"""Standard deviation in grey levels: a webcam indoors."""

_EXPOSURE_NOISE = 0.006
"""Standard deviation of the brightness from frame to frame, as a share."""

_SPARE = 64
"""Noise is drawn once, this much larger than a frame, and shifted at random for each."""


def empty_room(size: tuple[int, int]) -> Image:
    """A plain wall with a door frame and a floor, out of focus.

    Args:
        size: width and height.

    Returns:
        shape (height, width, 3), uint8, BGR.
    """
    width, height = size
    light = np.linspace(1.05, 0.85, width, dtype=np.float32)[None, :, None]
    fall = np.linspace(1.04, 0.9, height, dtype=np.float32)[:, None, None]
    wall = np.array([176, 184, 188], dtype=np.float32) * light * fall
    room = np.clip(wall, 0, 255).astype(np.uint8)

    def panel(left: float, top: float, right: float, bottom: float, colour: int) -> None:
        corners = (round(left * width), round(top * height), round(right * width))
        cv2.rectangle(
            room,
            corners[:2],
            (corners[2], round(bottom * height)),
            (colour - 14, colour - 4, colour),
            -1,
        )

    panel(0.05, 0.1, 0.24, 0.92, 118)
    panel(0.065, 0.13, 0.225, 0.92, 142)
    panel(0.8, 0.2, 0.95, 0.45, 206)
    panel(0.0, 0.92, 1.0, 1.0, 104)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 0.006 * width), dtype=np.uint8)


class Sensor:
    """Adds what a real sensor adds: noise and an exposure that is never quite steady."""

    def __init__(self, size: tuple[int, int], seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        shape = (size[1] + _SPARE, size[0] + _SPARE, 3)
        noise = self._rng.normal(0, _SENSOR_NOISE, shape)
        self._noise: NDArray[np.int16] = np.round(noise).astype(np.int16)

    def exposed(self, image: Image) -> Image:
        """`image` as the sensor delivers it; a new picture."""
        gain = 1 + float(self._rng.normal(0, _EXPOSURE_NOISE))
        down, across = (int(v) for v in self._rng.integers(0, _SPARE, 2))
        height, width = image.shape[:2]
        noise = self._noise[down : down + height, across : across + width]
        lit = cv2.convertScaleAbs(image, alpha=gain)
        return np.asarray(cv2.add(lit, noise, dtype=cv2.CV_8U), dtype=np.uint8)
