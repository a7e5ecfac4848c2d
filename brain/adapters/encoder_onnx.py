"""How does a network in an ONNX file turn faces into vectors?

Through onnxruntime with one thread, so that a worker a core is the way to more: SFace folded for it
(`faces.sface_fold`), dlib's ResNet converted (`faces.dlib_network`), or any network that takes
ArcFace's chip. The first two give the vectors of `encoder_sface` and `encoder_dlib` to 1e-5 and
bear their names, so that a gallery made with the one serves the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brain.adapters.onnx_runtime import onnxruntime
from brain.ports import Image, Points
from faces import align, models
from faces.errors import ModelError

BATCH = 4
"""Chips that go through a network at once: more do not fit into a core's cache and cost more each
(SFace on one Zen 4 core: 14.3, 13.3, 14.2, 14.6 ms a chip in batches of 1, 4, 10, 20)."""

ERRORS_ONLY = 3
"""onnxruntime's severity of messages."""


class Chips(Protocol):
    """Cuts faces out as one network wants them."""

    def start(self) -> None:
        """Load what is needed. Raises `faces.errors.ModelError`."""
        ...

    def cut(self, image: Image, points: Points) -> Image:
        """The upright face, shape (side, side, 3), uint8, BGR. Raises `ValueError`."""
        ...


class AlignedChips:
    """ArcFace's chip, from the five points that came along."""

    def __init__(self, side: int = align.CHIP_SIZE) -> None:
        self._side = side

    def start(self) -> None:
        """Nothing to load."""

    def cut(self, image: Image, points: Points) -> Image:
        """The upright face, shape (side, side, 3), uint8, BGR. Raises `ValueError`."""
        return align.chip(image, points, self._side)


@dataclass(frozen=True, slots=True)
class Network:
    """What must be known of a network.

    Attributes:
        name: names network and preprocessing, as `Encoder.name`.
        file: an asset of the manifest by name, or a file of the operator's own.
        dimensions: length of its vectors.
        side: of its chips, pixels.
        rgb: whether it takes red first; otherwise blue first.
        mean: taken from every pixel's value (0 to 255) before ...
        scale: ... it is multiplied by this.
        mirror: whether a face and its mirror image are embedded and their vectors added.
    """

    name: str
    file: str | Path
    dimensions: int
    side: int = align.CHIP_SIZE
    rgb: bool = True
    mean: float = 0.0
    scale: float = 1.0
    mirror: bool = False


SFACE = Network("sface-2021dec-mirror", "sface_folded", 128, mirror=True)
DLIB = Network("dlib-resnet-v1", "dlib_resnet_onnx", 128, side=150)
"""Shift and scale of these two are in the files."""


class OnnxEncoder:
    """A network in an ONNX file. One instance belongs to one thread."""

    def __init__(self, network: Network = SFACE, chips: Chips | None = None) -> None:
        self._network = network
        self._chips = chips or AlignedChips(network.side)
        self._session: onnxruntime.InferenceSession | None = None
        self._input = ""

    @property
    def name(self) -> str:
        """Names network and preprocessing."""
        return self._network.name

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self._network.dimensions

    def start(self) -> None:
        """Load the network and try it. Raises `ModelError` naming file and command."""
        own = self._network.file
        file = own if isinstance(own, Path) else models.path(own)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        try:
            session = onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
            self._session, self._input = session, session.get_inputs()[0].name
            side = self._network.side
            shape = self._forward([np.zeros((side, side, 3), np.uint8)] * 2).shape
        except Exception as error:  # its exceptions have no common root but this
            self._session = None
            said = " ".join(str(error).split())
            raise ModelError(
                f"onnxruntime cannot run the encoder {file}: {said}. {self._remedy()}"
            ) from error
        if shape != (2, self.dimensions):
            self._session = None
            raise ModelError(
                f"the encoder {file} makes vectors of shape {shape} of two faces, expected "
                f"(2, {self.dimensions}). {self._remedy()}"
            )
        self._chips.start()

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face as well as the network can, with its mirror image where it has one.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: five landmarks, shape (5, 2), pixels of `image`.

        Returns:
            shape (dimensions,), float32, unit length; compare by cosine.

        Raises:
            ValueError: the points coincide, or are not finite.
            RuntimeError: `start` was not called.
        """
        chip = self._cut(image, points)
        if not self._network.mirror:
            return _unit(self._forward([chip])).reshape(-1)
        return _unit(_unit(self._forward([chip, _mirrored(chip)])).sum(axis=0))

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed the faces of one burst at the price of one pass of the network each.

        With a network that mirrors, every other face is embedded as its mirror image alone: the
        burst's mean then is as good as if each had been embedded both ways.

        Args:
            images: each of shape (height, width, 3), uint8, BGR.
            points: five landmarks for each, shape (5, 2), pixels of that image.

        Returns:
            shape (n, dimensions), float32, unit length.

        Raises:
            ValueError: points coincide, or are not finite.
            RuntimeError: `start` was not called.
        """
        chips = [self._cut(image, face) for image, face in zip(images, points, strict=True)]
        if self._network.mirror:
            chips[1::2] = [_mirrored(chip) for chip in chips[1::2]]
        batches = [
            self._forward(chips[first : first + BATCH]) for first in range(0, len(chips), BATCH)
        ]
        return _unit(np.concatenate([np.empty((0, self.dimensions), np.float32), *batches]))

    def _cut(self, image: Image, points: Points) -> Image:
        if self._session is None:
            raise RuntimeError("OnnxEncoder.encode called before start")
        return self._chips.cut(image, points)

    def _forward(self, chips: Sequence[Image]) -> NDArray[np.float32]:
        assert self._session is not None  # noqa: S101  # whoever calls looked
        mean = (self._network.mean,) * 3
        pixels = cv2.dnn.blobFromImages(
            chips, self._network.scale, mean=mean, swapRB=self._network.rgb
        )
        return np.asarray(self._session.run(None, {self._input: pixels})[0], np.float32)

    def _remedy(self) -> str:
        if isinstance(self._network.file, Path):
            return "Look at `network` in brain.yaml."
        return f"Run `{models.COMMAND} {self._network.file}` to fetch it again."


def _mirrored(chip: Image) -> Image:
    return np.ascontiguousarray(chip[:, ::-1])


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), np.float32)
