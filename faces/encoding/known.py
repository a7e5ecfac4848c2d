"""Which encoders are known here, and when are two the very same?

An identity is an encoder's name and a part of the SHA-256 of the file that its network comes from,
so that a gallery is never asked about vectors of other weights. Brain and doors tell by it whether
they can understand each other's vectors.
"""

from __future__ import annotations

from faces import models
from faces.encoding.network import SFACE, OnnxNetwork
from faces.encoding.onnx import OnnxEncoder
from faces.encoding.unbiased import SFACE_BIAS, UnbiasedEncoder
from faces.ports import Encoder

DIGITS = 12
SFACE_SOURCE = "sface"
"""The asset whose content SFace's vectors follow from, whatever runs it."""


def identity(name: str, asset: str) -> str:
    """Of an encoder whose vectors follow from the content of an asset of the manifest."""
    return f"{name}+{models.catalogue()[asset].sha256[:DIGITS]}"


def sface(network: OnnxNetwork | None = None) -> Encoder:
    """SFace through onnxruntime, its bias taken out: the default. Belongs to one thread.

    Args:
        network: a network that others use too.
    """
    return UnbiasedEncoder(OnnxEncoder(network or SFACE), SFACE_BIAS)


def sface_identity() -> str:
    """Whose vectors `sface` makes."""
    return identity(sface().name, SFACE_SOURCE)
