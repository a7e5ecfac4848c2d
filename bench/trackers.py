"""Which trackers are measured, by the name that the configuration gives their source of lids?"""

from __future__ import annotations

from edge.adapters.faces_dlib import DlibFaceTracker
from edge.adapters.faces_iris import IrisFaceTracker
from edge.ports import FaceTracker
from faces import models

LIDS = ("dlib68", "iris")
"""Sources of lids; the first is the default."""


def tracker(lids: str) -> FaceTracker:
    """A tracker that was not started, by its source of lids. Raises `KeyError` for no such name."""
    if lids == "dlib68":
        return DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    if lids == "iris":
        return IrisFaceTracker(models.path("yunet"), models.path("iris_landmark"))
    raise KeyError(lids)
