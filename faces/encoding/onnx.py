"""How does a network in an ONNX file turn faces into vectors?

SFace folded for onnxruntime (`faces.sface_fold`), dlib's ResNet converted (`faces.dlib_network`),
or any network that takes ArcFace's chip. The first two give the vectors of OpenCV and dlib to 1e-5,
and bear the same names, so that a gallery made with the one serves the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faces import align
from faces.encoding.network import SFACE, Network, OnnxNetwork
from faces.picture import Image, Points

__all__ = ["AlignedChips", "Chips", "OnnxEncoder"]


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


class OnnxEncoder:
    """A network in an ONNX file. One instance belongs to one thread.

    Args:
        network: which one, or one that others use too.
        chips: how faces are cut out for it; ArcFace's way where None.
    """

    def __init__(self, network: Network | OnnxNetwork = SFACE, chips: Chips | None = None) -> None:
        self._run = network if isinstance(network, OnnxNetwork) else OnnxNetwork(network)
        self._network = self._run.network
        self._chips = chips or AlignedChips(self._network.side)

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
        self._run.start()
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
            return _unit(self._run.vectors([chip])).reshape(-1)
        return _unit(_unit(self._run.vectors([chip, _mirrored(chip)])).sum(axis=0))

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
        return _unit(self._run.vectors(chips))

    def _cut(self, image: Image, points: Points) -> Image:
        if not self._run.started:
            raise RuntimeError("OnnxEncoder.encode called before start")
        return self._chips.cut(image, points)


def _mirrored(chip: Image) -> Image:
    return np.ascontiguousarray(chip[:, ::-1])


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """At unit length; all NaN, and so for nobody, where a network's numbers have no direction."""
    lengths = np.linalg.norm(np.asarray(vectors, np.float64), axis=-1, keepdims=True)
    good = np.isfinite(lengths) & (lengths > 0)
    units = np.divide(vectors, lengths, out=np.full(vectors.shape, np.nan), where=good)
    return np.asarray(units, np.float32)
