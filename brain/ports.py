"""What the brain needs from the world: one protocol for each kind of store or library."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), uint8, blue-green-red as OpenCV has it."""

Points = NDArray[np.float32]
"""Five landmarks, shape (5, 2), pixels of the picture they belong to: right eye, left eye, nose tip,
right mouth corner, left mouth corner, as the person has them (YuNet's order)."""


class Encoder(Protocol):
    """Turns a face into a vector. One instance belongs to one thread."""

    @property
    def name(self) -> str:
        """Names network and preprocessing; vectors of different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        ...

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one face: BGR picture and its five points; unit length, shape (dimensions,)."""
        ...
