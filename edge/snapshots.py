"""How does a picture on command leave the door, with what is private taken out?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from doorbus.errors import BusError
from edge.core.privacy import Box, Faces, PrivacyRule, fit_to_leave
from edge.messages_out import Speaker
from edge.ports import Frame, Image

_log = structlog.get_logger(__name__)


class FaceFinder(Protocol):
    """Finds every face of a picture, also of who is not at the door."""

    def start(self) -> None:
        """Load the network. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def find(self, image: Image) -> Sequence[Box]:
        """The boxes of all faces in a BGR picture."""
        ...


class Snapshots:
    """Takes pictures on command; for the main loop alone.

    Args of the constructor:
        speaker: publishes.
        newest: gives the newest picture; None before the first.
        rule: what the door keeps to itself.
        finder: finds faces, where they are blurred or hidden; started by whoever owns it.
        beat: the lock's heartbeat: looking for faces takes its time on a slow board.
    """

    def __init__(
        self,
        speaker: Speaker,
        newest: Callable[[], Frame | None],
        rule: PrivacyRule,
        finder: FaceFinder | None,
        beat: Callable[[], None],
    ) -> None:
        self._speaker = speaker
        self._newest = newest
        self._rule = rule
        self._finder = finder
        self._beat = beat

    def take(self, command: str) -> None:
        """Publish the newest picture. Where its faces cannot be looked for, none goes out."""
        frame = self._newest()
        if frame is None:
            _log.warning("no_snapshot", why="the camera has shown nothing yet")
            return
        try:
            shown = fit_to_leave(frame.image, self._rule, self._faces(frame.image))
            self._speaker.snapshot(Frame(shown, frame.at, frame.index), command)
        except BusError as error:
            _log.warning("snapshot_not_sent", why=str(error))
        except Exception:  # noqa: BLE001  # a door outlives whatever a library throws
            _log.exception("no_snapshot", why="what is private in it could not be hidden")

    def _faces(self, image: Image) -> Sequence[Box]:
        if self._rule.faces is Faces.SHOW:
            return ()
        if self._finder is None:
            raise RuntimeError("faces are to be hidden, and nothing here finds them")
        self._beat()
        return self._finder.find(image)
