"""How do several configurations of a door look at one picture for the price of one look?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from edge.core.sighting import Face, Sighting
from edge.core.surface import Surface
from edge.ports import FaceTracker, Frame, SurfaceReader


class SharedTracker:
    """One tracker for several configurations: each frame is looked at once.

    Args of the constructor:
        tracker: started.
    """

    def __init__(self, tracker: FaceTracker) -> None:
        self._tracker = tracker
        self._frame: Frame | None = None
        self._sighting: Sighting | None = None

    def start(self) -> None:
        """The tracker is started by whoever owns it."""

    def observe(self, frame: Frame) -> Sighting:
        """What the tracker said of this very frame."""
        if frame is not self._frame or self._sighting is None:
            self._frame, self._sighting = frame, self._tracker.observe(frame)
        return self._sighting

    def reset(self) -> None:
        """Forget the track."""
        self._frame = self._sighting = None
        self._tracker.reset()


class SharedSurface:
    """One close look for several configurations, with and without the texture networks.

    Args of the constructor:
        reader: started.
    """

    def __init__(self, reader: SurfaceReader) -> None:
        self._reader = reader
        self._frame: Frame | None = None
        self._surface: Surface | None = None

    @property
    def models(self) -> Mapping[str, str]:
        """The networks in use."""
        return self._reader.models

    def start(self) -> None:
        """The reader is started by whoever owns it."""

    def look(self, frame: Frame, face: Face) -> Surface:
        """What the reader saw in this very frame."""
        if frame is not self._frame or self._surface is None:
            self._frame, self._surface = frame, self._reader.look(frame, face)
        return self._surface


class WithoutTexture:
    """The same close look, the networks left out.

    Args of the constructor:
        reader: started.
    """

    models: Mapping[str, str] = MappingProxyType({})

    def __init__(self, reader: SurfaceReader) -> None:
        self._reader = reader

    def start(self) -> None:
        """The reader is started by whoever owns it."""

    def look(self, frame: Frame, face: Face) -> Surface:
        """What the reader saw, but for the networks."""
        return replace(self._reader.look(frame, face), live=None)
