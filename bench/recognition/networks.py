"""Which networks turn faces into vectors here?

The weights and preprocessing are those of `brain.adapters`, but nothing is brought to one length or
added up yet, so that every system can do so in its own way.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brain.adapters.chips_dlib import DlibChips
from brain.adapters.onnx_runtime import onnxruntime
from faces import models
from faces.align import chip

Picture = NDArray[np.uint8]
Vectors = NDArray[np.float32]


class Network(Protocol):
    """Turns a face into vectors: of the face as it is, and of its mirror image."""

    @property
    def name(self) -> str:
        """For the files."""
        ...

    def start(self) -> None:
        """Load."""
        ...

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vectors:
        """One face of a BGR picture with its five points: shape (2, dimensions)."""
        ...


class SFace:
    """SFace on ArcFace's chip."""

    name = "sface"

    def start(self) -> None:
        """Load the network."""
        self._session = _session("sface_folded")

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vectors:
        """The network's own lengths."""
        return _both(self._session, chip(image, points))


class Dlib:
    """dlib's ResNet on dlib's chip."""

    name = "dlib"

    def start(self) -> None:
        """Load the networks."""
        self._session = _session("dlib_resnet_onnx")
        self._chips = DlibChips()
        self._chips.start()

    def encode(self, image: Picture, points: NDArray[np.float32]) -> Vectors:
        """The network's own lengths, to be compared by Euclidean distance."""
        return _both(self._session, self._chips.cut(image, points))


def _session(asset: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(models.path(asset)), options, providers=["CPUExecutionProvider"]
    )


def _both(session: onnxruntime.InferenceSession, face: Picture) -> Vectors:
    pixels = cv2.dnn.blobFromImages([face, np.ascontiguousarray(face[:, ::-1])], swapRB=True)
    return np.asarray(session.run(None, {session.get_inputs()[0].name: pixels})[0], np.float32)
