"""How does dlib's ResNet turn a face into a vector?

dlib's `face_recognition_model_v1` (King 2017) on a chip that dlib itself aligned: its own 5-point
predictor sets out from a rectangle as its HOG detector would give it, which is derived from the
points that came along.
"""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from brain.ports import Image, Points
from faces import models
from faces.align import footprint, similarity
from faces.errors import ModelError

RECTANGLE_CENTRE = (53.0, 70.0)
"""Where the middle of dlib's HOG rectangle stands in the aligned 112 pixel square, and ..."""

RECTANGLE_SIDE = 0.82
"""... its side as a part of that square's: medians over 222 faces, which spread by 4 pixels and 7 %
(one standard deviation), since HOG knows few scales."""

CHIP_SIDE, CHIP_PADDING = 150, 0.25
"""What the network was trained on; dlib's own defaults."""


class DlibEncoder:
    """dlib's ResNet. One instance belongs to one thread; embedding holds the interpreter lock."""

    name = "dlib-resnet-v1"
    dimensions = 128

    def __init__(
        self, network_path: Path | None = None, landmarks_path: Path | None = None
    ) -> None:
        self._network_path = network_path
        self._landmarks_path = landmarks_path
        self._network: dlib.face_recognition_model_v1 | None = None
        self._landmarks: dlib.shape_predictor | None = None

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        network = self._network_path or models.path("dlib_resnet")
        landmarks = self._landmarks_path or models.path("landmarks5")
        try:
            self._network = dlib.face_recognition_model_v1(str(network))
            self._landmarks = dlib.shape_predictor(str(landmarks))
        except RuntimeError as error:
            said = " ".join(str(error).split())
            raise ModelError(
                f"dlib cannot load the encoder {network} with {landmarks}: {said}. "
                "Run `doorctl models dlib` to fetch them again."
            ) from error

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: five landmarks, shape (5, 2), pixels of `image`.

        Returns:
            shape (128,), float32. dlib's vectors are compared by Euclidean distance and are nearly
            of one length; they are scaled to unit length here, so that cosine serves all encoders.

        Raises:
            ValueError: the points coincide, or are not finite.
            RuntimeError: `start` was not called.
        """
        if self._network is None or self._landmarks is None:
            raise RuntimeError("DlibEncoder.encode called before start")
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        shape = self._landmarks(rgb, rectangle(points))
        face = dlib.get_face_chip(rgb, shape, size=CHIP_SIDE, padding=CHIP_PADDING)
        vector = np.asarray(self._network.compute_face_descriptor(face), dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def rectangle(points: Points) -> dlib.rectangle:
    """The rectangle that dlib's HOG detector would draw around a face, upright, in pixels.

    Args:
        points: five landmarks, shape (5, 2), pixels.
    """
    matrix = similarity(points)
    middle = np.linalg.solve(matrix[:, :2], np.array(RECTANGLE_CENTRE) - matrix[:, 2])
    half = RECTANGLE_SIDE * footprint(points) / 2
    left, top = (middle - half).round().astype(int).tolist()
    right, bottom = (middle + half).round().astype(int).tolist()
    return dlib.rectangle(left, top, right, bottom)
