"""How open are the two eyes? By the contour of their lids, from MediaPipe's iris network.

`iris_landmark` (Ablavatski et al. 2020, "Real-time Pupil Tracking from Monocular Video for Digital
Puppetry"; Apache-2.0, free for commercial use) sees one eye at 64x64 pixels and places 71 points on
lids and brow. What it wants to see is where MediaPipe's own graph cuts it out: a square 2.3 times
as wide as the eye, upright along the line of the eyes, the person's left eye mirrored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image
from faces.errors import ModelError
from faces.opencv_log import errors_only
from faces.picture import Points

Floats = NDArray[np.float64]

SIDE: Final = 64
"""Pixels."""

EYE_DISTANCES: Final = 1.0
"""Side of the square in distances between the pupils: 2.3 times the gap between an eye's corners,
which is 28 mm where the pupils stand 63 mm apart (Farkas 1994). The network's own corners would say
where the eye lies, but a square that follows them wanders off within a second."""

_CONTOUR: Final = "output_eyes_contours_and_brows"
_CORNERS: Final = (0, 8)
_LOWER: Final = (1, 2, 3, 4, 5, 6, 7)
_UPPER: Final = (9, 10, 11, 12, 13, 14, 15)
"""Points of the lids between the corners, one above the other."""


class IrisLids:
    """The network. One instance belongs to one thread."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._network: cv2.dnn.Net | None = None

    def start(self) -> None:
        """Load it. Raises `faces.errors.ModelError` naming file and command."""
        try:
            with errors_only():
                self._network = cv2.dnn.readNetFromTFLite(str(self._model))
        except cv2.error as error:
            raise ModelError(
                f"OpenCV cannot load the network of the lids {self._model}: {error.err}. "
                "Run `doorctl models iris_landmark` to fetch it again."
            ) from error

    def openness(self, image: Image, points: Points) -> tuple[float | None, float | None]:
        """Gap between the lids over the width of the eye, left and right eye of the person.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: YuNet's five, shape (5, 2), pixels of the image.

        Returns:
            About 0.25 open and 0.1 closed, on average over the width of the eye; a scale of its own
            beside the eye aspect ratio. None for an eye whose corners coincide.

        Raises:
            RuntimeError: `start` was not called.
        """
        right, left = (
            opened(self._contour(square(image, points, eye, mirrored=bool(eye)))) for eye in (0, 1)
        )
        return left, right

    def _contour(self, eye: Image) -> Floats:
        if self._network is None:
            raise RuntimeError("IrisLids.openness called before start")
        self._network.setInput(cv2.dnn.blobFromImage(eye, 1 / 255, swapRB=True))
        answer = self._network.forward(_CONTOUR)
        return np.asarray(answer, dtype=np.float64).reshape(-1, 3)[:, :2]


def square(image: Image, points: Points, eye: int, *, mirrored: bool) -> Image:
    """One eye as the network wants it, shape (64, 64, 3), uint8, BGR.

    Args:
        image: shape (height, width, 3), uint8, BGR; what lies beyond its border is black.
        points: YuNet's five, shape (5, 2), pixels of the image.
        eye: which of them is its middle.
        mirrored: whether left and right are to be swapped.
    """
    middle = np.asarray(points[eye], dtype=np.float64)
    across = np.asarray(points[1] - points[0], dtype=np.float64) * EYE_DISTANCES / SIDE
    down = np.array([-across[1], across[0]])
    if mirrored:
        across = -across
    corner = middle - SIDE / 2 * (across + down)
    warp = np.column_stack([across, down, corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, warp, (SIDE, SIDE), flags=flags), dtype=np.uint8)


def opened(contour: Floats) -> float | None:
    """Mean gap between the lids over the distance of the corners; None where these coincide.

    Args:
        contour: the network's points, shape (71, 2).
    """
    width = float(np.linalg.norm(contour[_CORNERS[0]] - contour[_CORNERS[1]]))
    if width < 1:
        return None
    gaps = np.linalg.norm(contour[list(_UPPER)] - contour[list(_LOWER)], axis=1)
    return float(gaps.mean()) / width
