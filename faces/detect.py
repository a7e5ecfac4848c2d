"""Where are the faces in a picture?

YuNet (Wu, Peng & Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector") through
`cv2.FaceDetectorYN`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from faces.errors import ModelError
from faces.opencv_log import errors_only
from faces.picture import Box, Image, Points

SCORE = 0.7
"""Least confidence. OpenCV's sample uses 0.6, the Zoo's demo 0.9, which misses turned heads."""

OVERLAP = 0.3
"""Intersection over union above which the weaker of two boxes is dropped (OpenCV's default)."""

CANDIDATES = 200
"""Boxes kept before the overlap rule; a door sees a handful, and work stays bounded."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """One face.

    Attributes:
        box: x, y, width, height in pixels of the picture given; may reach beyond its border.
        points: five landmarks, shape (5, 2), float32, pixels of the picture given.
        score: confidence, 0 to 1.
    """

    box: Box
    points: Points
    score: float

    @property
    def area(self) -> float:
        """Box area in square pixels."""
        return self.box[2] * self.box[3]


class FaceDetector:
    """YuNet at a working width. One instance belongs to one thread.

    Args of the constructor:
        model_path: the network.
        width: most pixels of a picture's width that it sees.
        score: least confidence.
        overlap: intersection over union above which the weaker of two boxes is dropped; 1 keeps all
            that YuNet says of one face, about ten each.
    """

    def __init__(
        self,
        model_path: Path,
        width: int = 320,
        score: float = SCORE,
        overlap: float = OVERLAP,
    ) -> None:
        self._model_path = model_path
        self._width = width
        self._score = score
        self._overlap = overlap
        self._net: cv2.FaceDetectorYN | None = None
        self._size = (0, 0)

    def start(self) -> None:
        """Load the network. Raises `ModelError` naming the file and the command."""
        try:
            with errors_only():
                net = cv2.FaceDetectorYN.create(
                    str(self._model_path),
                    "",
                    (self._width, self._width),
                    self._score,
                    self._overlap,
                    CANDIDATES,
                )
        except cv2.error as error:
            raise ModelError(
                f"OpenCV cannot load the face detector {self._model_path}: {error.err}. "
                "Run `doorctl models` to fetch it again."
            ) from error
        self._net = net
        self._size = (self._width, self._width)

    def detect(self, image: Image) -> list[DetectedFace]:
        """Find faces, largest box first.

        Args:
            image: shape (height, width, 3), uint8, BGR. Wider than the working width, it is scaled
                down to it; a narrower one is looked at as it is.

        Raises:
            RuntimeError: `start` was not called.
        """
        if self._net is None:
            raise RuntimeError("FaceDetector.detect called before start")
        height, width = image.shape[:2]
        scale = min(1.0, self._width / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if size != self._size:
            self._net.setInputSize(size)
            self._size = size
        # OpenCV's type stubs leave out that it answers None where there is no face.
        rows = cast("Points | None", self._net.detect(small)[1])
        if rows is None:
            return []
        stretch = np.array([width / size[0], height / size[1]], dtype=np.float32)
        faces = [_face(np.asarray(row, dtype=np.float32), stretch) for row in rows]
        return sorted(faces, key=lambda face: face.area, reverse=True)


def _face(row: Points, stretch: Points) -> DetectedFace:
    """Read one row of YuNet's answer: box, five points, score."""
    pairs = row[:14].reshape(7, 2) * stretch
    (x, y), (w, h) = pairs[0].tolist(), pairs[1].tolist()
    return DetectedFace(box=(x, y, w, h), points=pairs[2:], score=float(row[14]))
