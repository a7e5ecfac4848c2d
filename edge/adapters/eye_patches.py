"""What do both eyes look like, small and always in the same place?"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.lids import OUTSIDE, SHAPE, Eyes
from edge.ports import Image

_SCALE: Final = 32
"""Pixels of a patch for one distance between the eyes."""

LEAST_EYES: Final = 16.0
"""Pixels of the picture between the eyes under which they show nothing."""

_STEADY: Final = np.array([36, 39, 42, 45, 27, 28, 29, 30, 33])
"""Of 68 landmarks: the corners of the eyes and the nose, which lids do not move."""

_PLACES: Final = np.array(
    [
        *(-0.73, -0.28 + 0.02j, 0.28 + 0.02j, 0.73),
        *(-0.05j, 0.17j, 0.38j, 0.58j, 0.78j),
    ],
    dtype=np.complex128,
)
"""Where they lie in a face, in distances between the eyes' middles from the point between them,
downwards imaginary. A person's own differ a little, and by as much in each picture."""

_EYES: Final = (-0.505, 0.505)
"""The middles of the person's right and left eye in the same unit."""


def eye_patches(image: Image, landmarks: NDArray[np.float64]) -> Eyes | None:
    """Both eyes of a face, about 0.05 ms.

    They are placed by the similarity of least squares over the corners of the eyes and the nose.

    Args:
        image: BGR, uint8.
        landmarks: the 68 points of iBUG 300-W, shape (68, 2), pixels of the picture.

    Returns:
        As `edge.core.lids.Eyes`; `OUTSIDE` where one reaches over the picture's edge; None where
        the face is too small.
    """
    seen = landmarks[_STEADY] @ np.array([1, 1j])
    middle, place = seen.mean(), _PLACES.mean()
    around = _PLACES - place
    turn = complex(np.vdot(around, seen - middle) / np.vdot(around, around).real)
    if not math.isfinite(abs(turn)) or abs(turn) < LEAST_EYES:
        return None
    per_pixel = turn / _SCALE
    # A picture with many pixels for one of the patch is made smaller first: no pixel is left out.
    shrink = max(1, round(abs(per_pixel)))
    count, height, width = SHAPE
    found = np.empty(SHAPE, dtype=np.uint8)
    for index in range(count):
        centre = complex(middle + turn * (_EYES[index] - place))
        reach = abs(per_pixel) * math.hypot(width, height) / 2 + shrink
        left, top = math.floor(centre.real - reach), math.floor(centre.imag - reach)
        right, bottom = math.ceil(centre.real + reach), math.ceil(centre.imag + reach)
        if left < 0 or top < 0 or right > image.shape[1] or bottom > image.shape[0]:
            return OUTSIDE
        grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
        size = (grey.shape[1] // shrink, grey.shape[0] // shrink)
        if shrink > 1:
            grey = grey[: size[1] * shrink, : size[0] * shrink]
            grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        step = per_pixel / shrink
        # Pixels' middles: 0.5 of a small one is 0.5 * shrink of the picture's.
        at = (centre - complex(left, top) + (0.5 + 0.5j)) / shrink - (0.5 + 0.5j)
        at -= step * complex((width - 1) / 2, (height - 1) / 2)
        warp = np.array([[step.real, -step.imag, at.real], [step.imag, step.real, at.imag]])
        cv2.warpAffine(
            grey,
            warp,
            (width, height),
            dst=found[index],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return found
