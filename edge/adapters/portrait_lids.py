"""What does an eye of a portrait look like while its lid falls?

The skin between brow and lid is stretched down to the new lid line, what lies below it stays as it
was and disappears under it, and a line of lashes is drawn along it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image

Floats = NDArray[np.float32]

STEPS = 12
"""Pictures of a falling lid, from open to shut."""

RIGHT_EYE = slice(36, 42)
"""Of dlib's 68 points: corner, two of the upper lid, corner, two of the lower lid."""

LEFT_EYE = slice(42, 48)
"""The same for the person's left eye."""

RIGHT_BROW = slice(17, 22)
"""Of dlib's 68 points."""

LEFT_BROW = slice(22, 27)
"""Of dlib's 68 points."""

_FINE = 4
"""How much finer than the plate a lid is drawn, so that its line has no steps."""


@dataclass(frozen=True, slots=True, eq=False)
class FallingLid:
    """One eye in `STEPS` + 1 stages.

    Attributes:
        left: column of the plate where the stages begin.
        top: row of the plate where they begin.
        stages: pictures, BGR, uint8, all of one shape; the first is the open eye as it was, the
            last is shut.
    """

    left: int
    top: int
    stages: tuple[Image, ...]


def falling_lids(plate: Image, landmarks: Floats) -> tuple[FallingLid, FallingLid]:
    """Draw both eyes of a portrait closing.

    Args:
        plate: the portrait, BGR, uint8.
        landmarks: dlib's 68 points, shape (68, 2), pixels of `plate`.

    Returns:
        The person's right and left eye.
    """
    return (
        _falling(plate, landmarks[RIGHT_EYE], landmarks[RIGHT_BROW]),
        _falling(plate, landmarks[LEFT_EYE], landmarks[LEFT_BROW]),
    )


def _falling(plate: Image, eye: Floats, brow: Floats) -> FallingLid:
    width = float(eye[3, 0] - eye[0, 0])
    left = int(eye[0, 0] - 0.4 * width)
    right = int(eye[3, 0] + 0.4 * width) + 1
    top = int(min(brow[:, 1].min(), eye[:, 1].min() - 0.4 * width))
    bottom = int(eye[:, 1].max() + 0.4 * width) + 1
    open_eye = plate[top:bottom, left:right].copy()
    origin = np.array([left, top], dtype=np.float32)
    # Pixel centres, not corners, keep their place in a resize.
    fine_eye = (eye - origin + 0.5) * _FINE - 0.5
    fine_brow = (brow - origin + 0.5) * _FINE - 0.5
    fine = np.asarray(
        cv2.resize(open_eye, None, fx=_FINE, fy=_FINE, interpolation=cv2.INTER_CUBIC),
        dtype=np.uint8,
    )
    size = (open_eye.shape[1], open_eye.shape[0])
    stages = [open_eye]
    for step in range(1, STEPS + 1):
        drawn = _drawn(fine, fine_eye, fine_brow, step / STEPS)
        stages.append(
            np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        )
    return FallingLid(left, top, tuple(stages))


def _drawn(fine: Image, eye: Floats, brow: Floats, closed: float) -> Image:
    """One stage; `closed` runs from 0 (open) to 1 (shut)."""
    rows, columns = fine.shape[:2]
    x = np.arange(columns, dtype=np.float32)
    y = np.arange(rows, dtype=np.float32)[:, None]
    width = float(eye[3, 0] - eye[0, 0])
    upper = _lid(eye[[0, 1, 2, 3]], x)
    lower = _lid(eye[[0, 5, 4, 3]], x)
    gap = np.maximum(lower - upper, 0)
    line = upper + closed * gap
    arch = np.interp(x, brow[:, 0], brow[:, 1]).astype(np.float32)
    top = upper - np.maximum(0.5 * (upper - arch), 0.12 * width)
    margin = upper - 0.03 * width
    share = (y - top) / np.maximum(line - top, 1e-3)
    stretched = top + (margin - top) * share
    # At the corners nothing moves, and the stretch must fade out towards them.
    fade = np.clip(gap / (0.05 * width), 0, 1)
    moved = np.where((y > top) & (y < line), y + (stretched - y) * fade, y)
    columns_map = np.broadcast_to(x, moved.shape).astype(np.float32)
    warped = cv2.remap(fine, columns_map, moved.astype(np.float32), cv2.INTER_LINEAR)
    # Broad enough for dlib's landmarks to take it for the lid's edge, in each of five portraits.
    lash = np.exp(-(((y - line) / (0.05 * width)) ** 2)) * fade * min(1.0, 2 * closed)
    shade = 1 - 0.6 * lash[..., None]
    return np.asarray(warped * shade, dtype=np.uint8)


def _lid(points: Floats, x: Floats) -> Floats:
    """A smooth line through the four points of a lid, straight beyond its corners."""
    first, last = points[0], points[-1]
    within = np.clip((x - first[0]) / (last[0] - first[0]), 0, 1)
    straight = first[1] + (x - first[0]) * (last[1] - first[1]) / (last[0] - first[0])
    share = (points[:, 0] - first[0]) / (last[0] - first[0])
    height = points[:, 1] - (first[1] + share * (last[1] - first[1]))
    # share * (1 - share) * (a + b * share): zero at both corners, two unknowns, two points.
    bow = (share * (1 - share))[1:3]
    factors = np.linalg.solve(np.stack([bow, bow * share[1:3]], axis=1), height[1:3])
    curve = within * (1 - within) * (factors[0] + factors[1] * within)
    return np.asarray(straight + curve, dtype=np.float32)
