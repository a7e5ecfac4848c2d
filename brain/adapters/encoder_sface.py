"""How does SFace turn a face into a vector, run by OpenCV?

SFace (Zhong et al. 2021, "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition")
through `cv2.FaceRecognizerSF`, on the face and on its mirror image. `encoder_onnx.SFACE` gives the
same vectors faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from brain.ports import Image, Points
from faces import models
from faces.align import CHIP_SIZE, chip
from faces.errors import ModelError
from faces.opencv_log import errors_only


class SFaceEncoder:
    """SFace, the default encoder. One instance belongs to one thread."""

    name = "sface-2021dec-mirror"
    dimensions = 128

    def __init__(self, model_path: Path | None = None) -> None:
        self._model_path = model_path
        self._net: cv2.FaceRecognizerSF | None = None

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        file = self._model_path or models.path("sface")
        try:
            with errors_only():
                net = cv2.FaceRecognizerSF.create(str(file), "")
                # OpenCV finds out only now whether its engine takes the graph.
                net.feature(np.zeros((CHIP_SIZE, CHIP_SIZE, 3), dtype=np.uint8))
        except cv2.error as error:
            raise ModelError(
                f"OpenCV cannot load the encoder {file}: {error.err}. "
                "Run `doorctl models` to fetch it again."
            ) from error
        self._net = net

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face: the mean of the vectors of the face and of its mirror image.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: five landmarks, shape (5, 2), pixels of `image`.

        Returns:
            shape (128,), float32, unit length; compare by cosine.

        Raises:
            ValueError: the points coincide, or are not finite.
            RuntimeError: `start` was not called.
        """
        if self._net is None:
            raise RuntimeError("SFaceEncoder.encode called before start")
        face = chip(image, points)
        both = self._unit(face) + self._unit(np.ascontiguousarray(face[:, ::-1]))
        return np.asarray(both / np.linalg.norm(both), dtype=np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed faces one by one; shape (n, 128). Raises as `encode`."""
        vectors = [self.encode(image, face) for image, face in zip(images, points, strict=True)]
        return np.stack(vectors) if vectors else np.empty((0, self.dimensions), np.float32)

    def _unit(self, face: Image) -> NDArray[np.float32]:
        assert self._net is not None  # noqa: S101  # `encode` looked
        vector = np.asarray(self._net.feature(face), dtype=np.float32).reshape(-1)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
