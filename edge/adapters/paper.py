"""How does a paper look that somebody holds before the simulated camera?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from edge.adapters.scene_file import PaperScene
from edge.errors import CameraError
from edge.ports import Image

SWAY_PX: Final = 3.0
"""By how much a hand moves it about."""

SWAY_S: Final = 1.7
"""Seconds from side to side and back."""

WHITE: Final = 225
"""Grey level of paper in a lit room."""

BLACK: Final = 25


def paper(scene: PaperScene, size: tuple[int, int]) -> Callable[[Image, float], Image]:
    """Draws the paper before the given room, at a time in seconds.

    Args:
        scene: what is held up, and how.
        size: width and height of the frame.

    Raises:
        CameraError: there is no such picture.
    """
    printed = cv2.imread(str(scene.picture), cv2.IMREAD_COLOR)
    if printed is None:
        raise CameraError(f"{scene.picture}: no picture that can be read; name another one")
    lit = (BLACK + printed.astype(np.float32) * ((WHITE - BLACK) / 255)).astype(np.uint8)
    height, width = lit.shape[:2]
    scale = scene.share * size[1] / max(height, width)

    def draw(room: Image, seconds: float) -> Image:
        swing = 2 * np.pi * seconds / SWAY_S
        turned = cv2.getRotationMatrix2D((width / 2, height / 2), scene.angle, scale)
        move = np.asarray(turned, np.float64)
        move[0, 2] += size[0] / 2 - width / 2 + SWAY_PX * np.sin(swing)
        move[1, 2] += size[1] / 2 - height / 2 + SWAY_PX * np.sin(0.7 * swing)
        # Averaged first where it becomes smaller, as a lens and a sensor do.
        small = min(1.0, 2 * scale)
        source = cv2.resize(lit, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        move[:, :2] /= small
        held = cv2.warpAffine(source, move, size, flags=cv2.INTER_AREA)
        there = cv2.warpAffine(np.full(source.shape[:2], 255, np.uint8), move, size)
        seen = np.where(there[..., None] > 127, held, room).astype(np.uint8)
        if scene.blur:
            seen = cv2.GaussianBlur(seen, (0, 0), scene.blur).astype(np.uint8)
        return seen

    return draw
