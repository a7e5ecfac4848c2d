"""What the brain needs from the world: one protocol for each kind of store or library.

Adapters in `brain.adapters` implement these; `brain.__main__` alone chooses among them, by the
names in the configuration. The database's port, being large, stands in `brain.store_ports`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), uint8, blue-green-red as OpenCV has it."""

Points = NDArray[np.float32]
"""Five landmarks, shape (5, 2), pixels of the picture they belong to: right eye, left eye, nose
tip, right mouth corner, left mouth corner, as the person has them (YuNet's order)."""


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


class Clock(Protocol):
    """The brain's own time."""

    def monotonic(self) -> float:
        """Seconds, never running backwards; only differences mean anything."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, for records that people read, never for a decision."""
        ...


class FrameStore(Protocol):
    """Keeps enrolment pictures. What `write` returned from survives a power cut."""

    def start(self) -> None:
        """Make the place ready. Raises `FrameStoreError`."""
        ...

    def write(self, enrolment: str, index: int, jpeg: bytes) -> None:
        """Keep a picture, replacing an older one of that index. Raises `FrameStoreError`."""
        ...

    def read(self, enrolment: str, index: int) -> bytes:
        """Give a picture back. Raises `FrameStoreError`."""
        ...

    def enrolments(self) -> set[str]:
        """Every enrolment of which there is something."""
        ...

    def erase(self, enrolment: str) -> int:
        """Delete all pictures of an enrolment, and say how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Specimen:
    """A message that broke something.

    Attributes:
        topic: without the door's level.
        door: whose; empty where it is not known.
        reason: what it did.
        message: itself.
    """

    topic: str
    door: str
    reason: str
    message: bytes


class SampleStore(Protocol):
    """Keeps samples of messages that broke something: few, not for long, and sealed."""

    def keep(self, kind: tuple[str, str, str], message: bytes) -> None:
        """Keep one: topic, door, reason, and what it was. Raises `FrameStoreError`."""
        ...

    def names(self) -> Sequence[str]:
        """Every sample, oldest first; a name begins with milliseconds since 1970 and a dash."""
        ...

    def read(self, name: str) -> Specimen:
        """One sample. Raises `FrameStoreError`."""
        ...

    def clear(self) -> None:
        """Delete all. Raises `FrameStoreError`."""
        ...
