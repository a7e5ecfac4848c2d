"""What looking at faces needs of a network: one protocol for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faces.picture import Image, Points


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

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed the faces of one burst, as cheaply as can be; unit length, shape (n, dimensions).

        A single vector may be rougher than `encode` makes it; their mean is as good.
        """
        ...


class FoundFace(Protocol):
    """One face that a detector found."""

    @property
    def points(self) -> Points:
        """Its five landmarks."""
        ...

    @property
    def area(self) -> float:
        """Of its box, square pixels."""
        ...


class Detector(Protocol):
    """Finds faces. One instance belongs to one thread."""

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def detect(self, image: Image) -> Sequence[FoundFace]:
        """Every face in a BGR picture, the largest first."""
        ...


class Landmarks(Protocol):
    """Looks again at where a face's five points are. One instance belongs to one thread."""

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def refine(self, image: Image, points: Points) -> Points:
        """Better points of a face in a BGR picture; the same where none are seen."""
        ...
