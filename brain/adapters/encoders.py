"""Which encoder does brain.yaml ask for?"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping

from brain.adapters.chips_dlib import DlibChips
from brain.adapters.encoder_dlib import DlibEncoder
from brain.adapters.encoder_painted import PaintedDetector, PaintedEncoder
from brain.adapters.encoder_sface import SFaceEncoder
from brain.config import BrainSettings
from brain.encoder_settings import EncoderName, NetworkSettings
from brain.ports import Detector, Encoder, Landmarks
from faces import models
from faces.detect import FaceDetector
from faces.encoding.known import sface
from faces.encoding.network import DLIB, SFACE, Network, OnnxNetwork
from faces.encoding.onnx import OnnxEncoder
from faces.encoding.unbiased import SFACE_BIAS, UnbiasedEncoder
from faces.errors import ModelError
from faces.landmarks import LandmarkRefiner


def maker(chosen: BrainSettings) -> Callable[[], Encoder]:
    """What makes an encoder for each thread; networks of onnxruntime they share.

    Raises:
        ModelError: the operator's own network cannot be read.
    """
    return maker_of(chosen.encoder, chosen.network)


def maker_of(encoder: EncoderName, network: NetworkSettings | None) -> Callable[[], Encoder]:
    """The same of an encoder's name and, for `onnx`, the operator's own network.

    Raises:
        ModelError: the operator's own network cannot be read.
    """
    if network is not None:
        return functools.partial(OnnxEncoder, OnnxNetwork(own(network)))
    if encoder == "painted":
        return PaintedEncoder
    if encoder in _SHARED:
        return functools.partial(KNOWN[encoder], OnnxNetwork(_SHARED[encoder]))
    return KNOWN[encoder]


def own(settings: NetworkSettings) -> Network:
    """The operator's own network; its name tells one content and preprocessing from another.

    Raises:
        ModelError: its file cannot be read.
    """
    try:
        with settings.file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    except OSError as error:
        raise ModelError(
            f"the encoder {settings.file} cannot be read: {error}. Look at `network` in brain.yaml."
        ) from error
    taken = settings.model_dump(exclude={"file"})
    digest.update(repr(sorted(taken.items())).encode())
    return Network(
        name=f"{settings.name}-{digest.hexdigest()[:12]}",
        file=settings.file,
        dimensions=settings.dimensions,
        rgb=settings.colour == "rgb",
        mean=settings.mean,
        scale=settings.scale,
        mirror=settings.mirror,
    )


def _dlib(network: OnnxNetwork | None = None) -> Encoder:
    return OnnxEncoder(network or DLIB, DlibChips())


def _sface_opencv() -> Encoder:
    return UnbiasedEncoder(SFaceEncoder(), SFACE_BIAS)


_SHARED: Mapping[EncoderName, Network] = {"sface": SFACE, "dlib": DLIB}

KNOWN: Mapping[EncoderName, Callable[..., Encoder]] = {
    "sface": sface,
    "dlib": _dlib,
    "sface-opencv": _sface_opencv,
    "dlib-original": DlibEncoder,
}
"""All of people but `onnx`, which needs `network`."""


def detector(encoder: EncoderName) -> Callable[[], Detector]:
    """What makes a detector of what an encoder reads, one for each thread.

    Raises:
        ModelError: its model is missing.
    """
    if encoder == "painted":
        return PaintedDetector
    return functools.partial(FaceDetector, models.path("yunet"))


def landmarks(encoder: EncoderName) -> Callable[[], Landmarks] | None:
    """What makes something that looks again at points, one for each thread; None for none.

    Raises:
        ModelError: its model is missing.
    """
    if encoder == "painted":
        return None
    return functools.partial(LandmarkRefiner, models.path("yunet"))
