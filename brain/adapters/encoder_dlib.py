"""How does dlib's ResNet turn a face into a vector, run by dlib itself?

dlib's `face_recognition_model_v1` (King 2017) on a chip that dlib aligned. The same network in
onnxruntime (`encoder_onnx.DLIB`) is many times faster where dlib was built without BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from brain.adapters.chips_dlib import DlibChips, loaded
from brain.ports import Image, Points
from faces import models


class DlibEncoder:
    """dlib's ResNet. One instance belongs to one thread; embedding holds the interpreter lock."""

    name = "dlib-resnet-v1"
    dimensions = 128

    def __init__(
        self, network_path: Path | None = None, landmarks_path: Path | None = None
    ) -> None:
        self._network_path = network_path
        self._chips = DlibChips(landmarks_path)
        self._network: dlib.face_recognition_model_v1 | None = None

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        network = self._network_path or models.path("dlib_resnet")
        self._chips.start()
        self._network = loaded(dlib.face_recognition_model_v1, network, "encoder")

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
        if self._network is None:
            raise RuntimeError("DlibEncoder.encode called before start")
        chip = np.ascontiguousarray(self._chips.cut(image, points)[:, :, ::-1])
        vector = np.asarray(self._network.compute_face_descriptor(chip), dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed faces one by one; shape (n, 128). Raises as `encode`."""
        vectors = [self.encode(image, face) for image, face in zip(images, points, strict=True)]
        return np.stack(vectors) if vectors else np.empty((0, self.dimensions), np.float32)
