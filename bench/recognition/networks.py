"""Which networks turn faces into vectors here?"""

from __future__ import annotations

from typing import Protocol

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from brain.adapters.encoder_dlib import rectangle
from brain.adapters.encoder_sface import SFaceEncoder
from faces import models
from faces.align import chip

Picture = NDArray[np.uint8]
Vector = NDArray[np.float32]


class Network(Protocol):
    """Turns a face into a vector."""

    @property
    def name(self) -> str:
        """For the tables."""
        ...

    def start(self) -> None:
        """Load."""
        ...

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vector:
        """One face of a BGR picture with its five points."""
        ...


class PlainSFace:
    """SFace as OpenCV's sample uses it: the aligned face as it is, no mirror image."""

    name = "sface-plain"

    def __init__(self) -> None:
        self._net: cv2.FaceRecognizerSF | None = None

    def start(self) -> None:
        """Load the network."""
        self._net = cv2.FaceRecognizerSF.create(str(models.path("sface")), "")

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vector:
        """Unit length."""
        assert self._net is not None
        vector = np.asarray(self._net.feature(chip(image, points)), np.float32).reshape(-1)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class DlibAsIs:
    """dlib's ResNet as face_recognition uses it: not brought to unit length, one chip a face."""

    name = "dlib-as-is"

    def __init__(self) -> None:
        self._network: dlib.face_recognition_model_v1 | None = None
        self._landmarks: dlib.shape_predictor | None = None

    def start(self) -> None:
        """Load the networks."""
        self._network = dlib.face_recognition_model_v1(str(models.path("dlib_resnet")))
        self._landmarks = dlib.shape_predictor(str(models.path("landmarks5")))

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vector:
        """To be compared by Euclidean distance."""
        assert self._network is not None
        assert self._landmarks is not None
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        shape = self._landmarks(rgb, rectangle(points))
        return np.asarray(self._network.compute_face_descriptor(rgb, shape), np.float32)


SFACE = SFaceEncoder()
PLAIN_SFACE = PlainSFace()
DLIB = DlibAsIs()
