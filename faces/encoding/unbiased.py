"""What does an encoder say of a person, without what it says of everybody?

A network's vectors share a part: the mean over many people is far from zero, and that of one set of
people is nearly that of another. Without it, strangers' scores are lower and alike in all
galleries, and fewer residents are missed (`make bench-recognition`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faces.picture import Image, Points
from faces.ports import Encoder

BIAS_TAKEN = 0.7
"""How much of the mean is taken out. The means of two sets of people differ (cosine 0.93 between
YouTube Faces and LFW with SFace), so that all of it would be more than is known."""

# fmt: off
SFACE_BIAS = np.array([
    -0.0565, -0.0226, 0.0303, 0.0039, 0.0432, 0.0263, 0.0151, 0.0174,
    -0.0411, 0.0102, -0.0137, 0.0405, -0.0037, 0.0055, 0.0171, -0.0038,
    -0.0474, -0.0033, -0.0803, 0.0056, 0.0003, 0.0073, 0.0226, -0.0164,
    0.0016, -0.0256, -0.0143, -0.0099, -0.0017, -0.0199, 0.0052, 0.0348,
    0.0090, -0.0096, 0.0094, 0.0078, -0.0123, 0.0251, 0.0040, -0.0005,
    0.0241, -0.0218, -0.0135, 0.0127, 0.0262, -0.0084, -0.0210, 0.0281,
    -0.0128, 0.0086, -0.0210, 0.0131, -0.0136, 0.0156, -0.0052, -0.0264,
    0.0194, -0.0242, -0.0207, 0.0063, -0.0015, 0.0417, -0.0679, -0.0017,
    0.0174, -0.0167, 0.0141, -0.0109, 0.0075, -0.0109, 0.0358, -0.0090,
    0.0024, -0.0212, 0.0285, -0.0244, -0.0235, -0.0061, -0.0529, 0.0048,
    -0.0259, -0.0009, -0.0249, 0.0083, -0.0376, -0.0059, 0.0297, -0.0119,
    -0.0175, -0.0052, -0.0008, 0.0329, 0.0580, 0.0240, -0.0343, -0.0268,
    -0.0001, 0.0395, -0.0131, 0.0115, 0.0076, -0.0114, -0.0225, -0.0510,
    -0.0086, -0.0341, -0.0033, 0.0084, 0.0489, -0.0277, 0.0403, -0.0138,
    -0.0260, -0.0034, 0.0446, 0.0305, -0.0296, 0.0013, 0.0150, -0.0031,
    -0.0143, -0.0320, 0.0479, -0.0140, 0.0356, -0.0404, -0.0106, 0.0187,
], np.float32)
# fmt: on
"""Mean of SFace's vectors (with mirror image) over 173 people of YouTube Faces and 1,000 of LFW,
both sets with equal weight: `python -m bench.recognition.bias`. It shows no person."""


def without_bias(vectors: NDArray[np.float32], bias: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take an encoder's bias out.

    Args:
        vectors: unit length along the last axis, shape (..., dimensions).
        bias: mean of unit vectors of many people, shape (dimensions,).

    Returns:
        the same shape, float32, unit length.
    """
    moved = np.asarray(vectors, np.float64) - BIAS_TAKEN * np.asarray(bias, np.float64)
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-12), np.float32)


class UnbiasedEncoder:
    """Another encoder, its bias taken out of every vector. One instance belongs to one thread."""

    def __init__(self, encoder: Encoder, bias: NDArray[np.float32]) -> None:
        self._encoder = encoder
        self._bias = bias

    @property
    def name(self) -> str:
        """The other encoder's name and a word more: their vectors are never compared."""
        return f"{self._encoder.name}-unbiased"

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self._encoder.dimensions

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        self._encoder.start()

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face: BGR picture and its five points; unit length, shape (dimensions,)."""
        return without_bias(self._encoder.encode(image, points), self._bias)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed the faces of one burst; unit length, shape (n, dimensions)."""
        return without_bias(self._encoder.encode_all(images, points), self._bias)
