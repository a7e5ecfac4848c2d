"""Which eyes has a process that looks at pictures? Those that an encoder's recipe names."""

from __future__ import annotations

import json

from brain.adapters import encoders
from brain.encoder_settings import NetworkSettings
from brain.eyes import Eyes

MAKER = f"{__name__}:made"
"""Names `made` to `brain.looker`."""


def made(recipe: str) -> Eyes:
    """The eyes of a recipe of `brain.adapters.encoder_shelf`.

    Raises:
        ModelError: a model is missing.
    """
    kept = json.loads(recipe)
    network = kept["network"]
    own = None if network is None else NetworkSettings.model_validate(network)
    encoder = kept["encoder"]
    again = encoders.landmarks(encoder)
    return Eyes(
        encoders.detector(encoder)(),
        encoders.maker_of(encoder, own)(),
        None if again is None else again(),
    )
