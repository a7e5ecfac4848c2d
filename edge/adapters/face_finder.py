"""Where are all faces of a picture, the doubtful ones too? YuNet, asked to miss few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.core.privacy import Box
from edge.ports import Image
from faces.detect import FaceDetector

SCORE: Final = 0.3
"""Least confidence: something that is no face may be hidden, a face may not be shown."""

WIDTH: Final = 640
"""Pixels that the detector sees: people at the back are small."""


class YuNetFinder:
    """Finds faces for hiding them."""

    def __init__(self, model: Path) -> None:
        self._detector = FaceDetector(model, width=WIDTH, score=SCORE)

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        self._detector.start()

    def find(self, image: Image) -> Sequence[Box]:
        """The boxes of all faces in a BGR picture."""
        return [face.box for face in self._detector.detect(image)]
