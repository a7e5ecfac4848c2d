"""What the brain needs from the world: one protocol for each kind of store or library.

Adapters in `brain.adapters` implement these; `brain.__main__` alone chooses among them, by the
names in the configuration. The database's ports, being many, stand in `brain.store_ports`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from faces.picture import Image, Points
from faces.ports import Detector, Encoder, FoundFace, Landmarks

__all__ = [
    "Clock",
    "Detector",
    "Encoder",
    "FoundFace",
    "FrameStore",
    "Image",
    "Landmarks",
    "Points",
    "SampleStore",
    "Specimen",
]


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
