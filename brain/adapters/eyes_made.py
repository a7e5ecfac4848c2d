"""Which eyes has a process that looks at pictures? Those that an encoder's recipe names."""

from __future__ import annotations

import json

from brain.adapters import encoders
from brain.config import NetworkSettings
from brain.eyes import Eyes
from faces import models
from faces.detect import FaceDetector
from faces.landmarks import LandmarkRefiner

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
    yunet = models.path("yunet")
    return Eyes(
        FaceDetector(yunet), encoders.maker_of(kept["encoder"], own)(), LandmarkRefiner(yunet)
    )
