"""How does the lock hear of a loop that is busy with many pictures, not stuck?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.ports import Image, Landmarks


class BeatingLandmarks:
    """Looks again at faces, with a heartbeat for each: forty of them take a slow board a second.

    Args of the constructor:
        landmarks: what looks.
        beat: the lock's heartbeat.
    """

    def __init__(self, landmarks: Landmarks, beat: Callable[[], None]) -> None:
        self._landmarks = landmarks
        self._beat = beat

    def start(self) -> None:
        """Load the models. Raises `faces.errors.ModelError`."""
        self._landmarks.start()

    def refine(self, image: Image, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `edge.ports.Landmarks` has it."""
        self._beat()
        return self._landmarks.refine(image, points)
