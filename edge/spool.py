"""What waits on disk until the brain says that it has it?

One file a message, written whole or not at all and fsync'd before it is first sent: a line of JSON
about it, then the payload. It is signed anew whenever it is sent, for the epoch may have changed.
A picture is sealed with the door's key (`edge.sealing`); an event lies open: it names nobody.

When the spool is full
- an enrolment frame is refused: its index is not used up, and is captured again when there is room;
- an event takes the place of the oldest one that says least about security (`ROUTINE`), or else of
  the oldest event; the dropped one is counted as lost, and the next `started` event says how many.
"""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from doorbus import codec
from doorbus.bus import Wire
from doorbus.messages import DoorEvent, EnrolFrame, EventKind
from doorbus.topics import DOOR_EVENT, ENROL_FRAME
from edge import durable
from edge.errors import SealError, StateError
from edge.sealing import PictureSeal

ROUTINE = frozenset(
    {
        EventKind.STARTED,
        EventKind.WOKE,
        EventKind.NO_FACE,
        EventKind.TOO_DARK,
        EventKind.SEVERAL_FACES,
        EventKind.FACE_LOST,
        EventKind.NO_BLINK,
        EventKind.NO_ANSWER,
        EventKind.ENROLLING,
        EventKind.CAMERA_BACK,
        EventKind.EXIT,
    }
)
"""Events that go first when there is no room: nobody was let in, refused or cheated."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """One message in the spool.

    Attributes:
        number: its place; rises with every message.
        item: the name by which an ack knows it.
        enrolment: the enrolment of a frame; None for an event.
        routine: whether it may go first when there is no room.
        path: its file.
        size: bytes of the file.
    """

    number: int
    item: str
    enrolment: str | None
    routine: bool
    path: Path
    size: int


class Spool:
    """A bounded folder of messages. Used by one thread.

    Args of the constructor:
        folder: made at start where it is missing.
        door: whose messages.
        seal: keeps pictures from whoever takes the disk.
        max_frame_bytes: room for enrolment frames.
        max_events: most events kept.
    """

    def __init__(
        self,
        folder: Path,
        door: str,
        *,
        seal: PictureSeal,
        max_frame_bytes: int,
        max_events: int,
    ) -> None:
        self._folder = folder
        self._door = door
        self._seal = seal
        self._max_frame_bytes = max_frame_bytes
        self._max_events = max_events
        self._events: dict[str, Kept] = {}
        self._frames: dict[str, Kept] = {}
        self._frame_bytes = 0
        self._next = 0
        self._lost = 0

    def start(self) -> None:
        """Read what an earlier run left; a file that makes no sense is put aside, not deleted.

        Pictures that an older release left open are sealed.

        Raises:
            StateError: the folder cannot be used.
        """
        self._events.clear()
        self._frames.clear()
        self._frame_bytes = self._next = 0
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lost = self._read_lost()
            for draft in self._folder.glob(".*.draft"):
                draft.unlink()
            for path in sorted(self._folder.glob("*.kept")):
                self._adopt(path)
        except OSError as error:
            raise StateError(
                f"the spool {self._folder} cannot be used ({error.strerror}); "
                "the edge must be able to read and write it"
            ) from error

    @property
    def lost(self) -> int:
        """Events dropped for want of room and not told yet, also by earlier runs."""
        return self._lost

    def forget_lost(self, told: int) -> None:
        """So many have been told, in an event that is kept; what was lost since counts on."""
        if told:
            self._set_lost(self._lost - told)

    def holds(self, item: str) -> bool:
        """Whether this message waits here."""
        return item in self._events or item in self._frames

    def events(self, most: int) -> tuple[Kept, ...]:
        """The oldest events kept, at most so many."""
        return tuple(islice(self._events.values(), most))

    def frames(self, most: int) -> tuple[Kept, ...]:
        """The oldest enrolment frames kept, at most so many."""
        return tuple(islice(self._frames.values(), most))

    @property
    def events_waiting(self) -> int:
        """How many events are kept."""
        return len(self._events)

    @property
    def frames_waiting(self) -> int:
        """How many enrolment frames are kept."""
        return len(self._frames)

    def indexes(self, enrolment: str) -> frozenset[int]:
        """Which frames of an enrolment wait here."""
        return frozenset(
            int(item.rpartition("/")[2])
            for item, kept in self._frames.items()
            if kept.enrolment == enrolment
        )

    def put_frame(self, frame: EnrolFrame) -> bool:
        """Keep a frame; False where there is no room for it, and nothing was kept."""
        if self._frame_bytes + len(frame.jpeg) > self._max_frame_bytes:
            return False
        wire = codec.encode(ENROL_FRAME, frame, self._door)
        try:
            self._put(frame.item, wire, enrolment=frame.enrolment, routine=False)
        except OSError as error:
            _log.error("frame_not_kept", why=error.strerror, do="make room on the disk")
            return False
        return True

    def put_event(self, event: DoorEvent) -> bool:
        """Keep an event, at the cost of another where it must be.

        Returns:
            False where the disk took nothing; the event then counts as lost.
        """
        while len(self._events) >= self._max_events:
            self._drop_one_event()
        wire = codec.encode(DOOR_EVENT, event, self._door)
        try:
            self._put(event.id, wire, enrolment=None, routine=event.kind in ROUTINE)
        except OSError as error:
            _log.error("event_not_kept", why=error.strerror, do="make room on the disk")
            self._set_lost(self._lost + 1)
            return False
        return True

    def wire(self, kept: Kept) -> Wire:
        """The message itself, unsigned.

        Raises:
            OSError: its file is gone, or damaged.
        """
        header, _, payload = kept.path.read_bytes().partition(b"\n")
        topic = DOOR_EVENT if kept.enrolment is None else ENROL_FRAME
        if kept.enrolment is not None:
            try:
                payload = self._seal.open(payload, header)
            except SealError as error:
                raise OSError(errno.EIO, str(error), str(kept.path)) from None
        return Wire(
            topic.name(self._door), payload, json.loads(header)["properties"], topic.qos, False
        )

    def forget(self, item: str) -> bool:
        """The receiver has it, or will never take it; whether it was here."""
        kept = self._events.pop(item, None)
        if kept is None:
            kept = self._frames.pop(item, None)
            self._frame_bytes -= kept.size if kept else 0
        if kept is None:
            return False
        # Not fsync'd: a message that comes back after a power cut is sent and acked once more.
        try:
            kept.path.unlink(missing_ok=True)
        except OSError as error:
            # A disk that became read-only must not end the door; it is sent again after a restart.
            _log.error("spool_file_stays", file=str(kept.path), why=error.strerror)
        return True

    def forget_enrolment(self, enrolment: str) -> None:
        """Nobody wants the frames of this enrolment any more."""
        for kept in tuple(self._frames.values()):
            if kept.enrolment == enrolment:
                self.forget(kept.item)

    def _put(self, item: str, wire: Wire, *, enrolment: str | None, routine: bool) -> None:
        about = {
            "item": item,
            "enrolment": enrolment,
            "routine": routine,
            "properties": dict(wire.properties),
        }
        path = self._folder / f"{self._next:012d}.kept"
        size = self._write(path, about, wire.payload)
        self.forget(item)
        self._add(Kept(self._next, item, enrolment, routine, path, size))

    def _write(self, path: Path, about: dict[str, Any], payload: bytes) -> int:
        """The bytes that it takes."""
        if about["enrolment"] is None:
            header = json.dumps(about).encode("ascii")
        else:
            header = json.dumps(about | {"sealed": True}).encode("ascii")
            payload = self._seal.seal(payload, header)
        data = header + b"\n" + payload
        durable.write(path, data)
        return len(data)

    def _add(self, kept: Kept) -> None:
        self._next = kept.number + 1
        if kept.enrolment is None:
            self._events[kept.item] = kept
        else:
            self._frames[kept.item] = kept
            self._frame_bytes += kept.size

    def _adopt(self, path: Path) -> None:
        header, _, payload = path.read_bytes().partition(b"\n")
        try:
            about = json.loads(header)
            if about["enrolment"] is not None:
                self._look_at_picture(path, header, payload, about)
            kept = Kept(
                number=int(path.stem),
                item=str(about["item"]),
                enrolment=about["enrolment"],
                routine=bool(about["routine"]),
                path=path,
                size=path.stat().st_size,
            )
            dict(about["properties"])
            if kept.enrolment is not None:
                int(kept.item.rpartition("/")[2])
        except (ValueError, KeyError, TypeError, SealError):
            _log.warning("spool_file_put_aside", file=str(path), do="look at it, then remove it")
            path.rename(path.with_suffix(".unreadable"))
            return
        self.forget(kept.item)
        self._add(kept)

    def _look_at_picture(
        self, path: Path, header: bytes, payload: bytes, about: dict[str, Any]
    ) -> None:
        if about.get("sealed"):
            self._seal.open(payload, header)
        else:
            self._write(path, about, payload)

    def _drop_one_event(self) -> None:
        events = tuple(self._events.values())
        victim = next((kept for kept in events if kept.routine), events[0])
        _log.warning("event_lost", item=victim.item, why="the spool is full")
        self.forget(victim.item)
        self._set_lost(self._lost + 1)

    def _read_lost(self) -> int:
        try:
            return int((self._folder / "lost").read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _set_lost(self, lost: int) -> None:
        self._lost = lost
        try:
            durable.write(self._folder / "lost", f"{lost}\n".encode())
        except OSError as error:
            _log.error("loss_not_kept", lost=lost, why=error.strerror)
