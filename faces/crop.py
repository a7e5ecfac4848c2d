"""Which part of a picture is worth sending?"""

from __future__ import annotations

import cv2
import numpy as np

from faces.picture import Box, Image, Points


def face_crop(
    image: Image, box: Box, points: Points, margin: float = 0.3, max_side: int = 250
) -> tuple[Image, Points]:
    """Cut a face out with a margin, no larger than needed.

    Args:
        image: shape (height, width, 3), uint8, BGR.
        box: x, y, width, height in pixels of `image`.
        points: five landmarks, shape (5, 2), pixels of `image`.
        margin: added on each side, as a part of the box's longer side.
        max_side: the longer side of the crop is scaled down to at most this many pixels; a smaller
            crop is never scaled up.

    Returns:
        The crop (a copy, BGR, uint8) and the points in its pixels, float32. What of the margin lies
        beyond the picture is left out.

    Raises:
        ValueError: the box lies outside the picture.
    """
    height, width = image.shape[:2]
    x, y, w, h = box
    border = margin * max(w, h)
    left, top = max(0, round(x - border)), max(0, round(y - border))
    right, bottom = min(width, round(x + w + border)), min(height, round(y + h + border))
    if left >= right or top >= bottom:
        raise ValueError(f"box {box} lies outside the picture of {width}x{height} pixels")
    part = image[top:bottom, left:right]
    moved = np.asarray(points, dtype=np.float32) - np.array([left, top], dtype=np.float32)
    longer = max(part.shape[:2])
    if longer <= max_side:
        return part.copy(), moved
    scale = max_side / longer
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    stretch = np.array([size[0] / part.shape[1], size[1] / part.shape[0]], dtype=np.float32)
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # Pixel centres, not corners, keep their place in a resize.
    return small, (moved + np.float32(0.5)) * stretch - np.float32(0.5)
