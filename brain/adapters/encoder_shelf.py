"""Which encoder is it exactly that brain.yaml asks for, and how is an earlier one made again?

An identity is an encoder's name and a part of the SHA-256 of the file that its network comes from,
so that a gallery is never asked about vectors of other weights. SFace and dlib's network run by two
libraries each, to 1e-5 alike; both of a pair bear the identity of the one source file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from brain.adapters import encoders
from brain.config import BrainSettings
from brain.encoder_settings import EncoderName, NetworkSettings
from brain.parts import Encoding
from faces.encoding.known import SFACE_SOURCE, identity
from faces.errors import ModelError

SOURCES: Mapping[EncoderName, str] = {
    "sface": SFACE_SOURCE,
    "sface-opencv": SFACE_SOURCE,
    "dlib": "dlib_resnet",
    "dlib-original": "dlib_resnet",
}
"""The asset whose content an encoder's vectors follow from."""

_log = structlog.get_logger()


def configured(settings: BrainSettings) -> Encoding:
    """The encoder of the settings, with its identity.

    Raises:
        ModelError: the operator's own network cannot be read.
    """
    make = encoders.maker(settings)
    network = None if settings.network is None else settings.network.model_dump(mode="json")
    return Encoding(
        identity=_identity(settings, make().name),
        recipe=json.dumps({"encoder": settings.encoder, "network": network}, sort_keys=True),
        make=make,
        match=settings.match_rule,
        target=settings.target,
        training=settings.training_rule,
    )


def former(settings: BrainSettings, recipe: str) -> Encoding | None:
    """The encoder of a recipe; None where it cannot be had any more.

    Whoever asks compares the identity: the file may be there with another content.
    """
    try:
        kept = json.loads(recipe)
        network = kept["network"]
        # Not validated anew: the file may be gone, and that is no mistake in brain.yaml.
        own = None if network is None else NetworkSettings.model_validate(network)
        made = configured(settings.with_encoder(kept["encoder"], own))
        made.make().start()
    except (ModelError, ValueError, KeyError, TypeError) as error:
        _log.warning("the encoder before cannot be had any more", why=str(error))
        return None
    return made


def _identity(settings: BrainSettings, name: str) -> str:
    if settings.network is not None or settings.encoder == "painted":
        return name  # bears its content in its name, or has none
    return identity(name, SOURCES[settings.encoder])
