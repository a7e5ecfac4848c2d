"""What is known of a site's doors and brain, message by message?

No clock and no I/O: whoever feeds it says when something was heard. Everything is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from console.core import lasting
from console.core.door_view import (
    Came,
    DoorView,
    Happened,
    Picture,
    Report,
    Told,
)
from console.core.enrolments_heard import EnrolmentsHeard
from doorbus import messages as m

__all__ = [
    "Came",
    "DoorView",
    "Happened",
    "Picture",
    "SiteView",
    "State",
    "Told",
]

MOST_LINES: Final = 8
"""Newest events that a door's card shows."""

MOST_FEED: Final = 300
MOST_ALARMS: Final = 20
MOST_DOORS: Final = 1000
"""Doors are named by certificates, so nobody can make up more; this is for the console's memory."""

MOST_IDS: Final = 512
"""Events of one door that are known again; a door sends again what was not confirmed."""

MOST_PICTURE_BYTES: Final = 32 * 1024 * 1024
"""Of all snapshots together; the oldest goes first."""

PICTURE_S: Final = 3600.0
"""Seconds for which a snapshot is kept."""

HEALTH_S: Final = float(m.DOOR_HEALTH_EXPIRY_S)
"""Seconds after which a health counts for nothing; the brain tells its own as often as a door."""

State = Literal["online", "lock", "contact", "health"]
"""What the broker keeps of a door, by the field of `DoorView`."""

_STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(slots=True)
class SiteView:
    """Everything heard so far; on one thread.

    Attributes:
        version: rises with every change of anything here.
        doors: by name.
        brain: its health, as it told it last; None once that is too old.
        brain_at: when it came, seconds since 1970.
        brain_online: None before anything was heard, and while the broker is away.
        feed: what happened, oldest first.
        alarms: what somebody should look after, oldest first.
        enrolments: those heard of last.
        gaps: how often the brain, or the way to it, went away: what it told meanwhile was missed.
        encoder: a change of encoders that is under way, or was the last.
        gallery: what the gallery holds.
    """

    version: int = 0
    doors: dict[str, DoorView] = field(default_factory=dict)
    brain: m.BrainHealth | None = None
    brain_at: float | None = None
    brain_online: m.Availability | None = None
    feed: deque[Happened] = field(default_factory=lambda: deque(maxlen=MOST_FEED))
    alarms: deque[Happened] = field(default_factory=lambda: deque(maxlen=MOST_ALARMS))
    enrolments: EnrolmentsHeard = field(default_factory=EnrolmentsHeard)
    gaps: int = 0
    encoder: m.EncoderChanging | None = None
    gallery: m.GalleryChanged | None = None
    _number: int = 0
    _ids: dict[str, dict[str, None]] = field(default_factory=dict)
    _unconfirmed: set[tuple[str, State]] = field(default_factory=set)

    def state(self, door: str, what: State, value: object, now: float, *, live: bool) -> None:
        """What the broker keeps of a door: kept so far, or told just now (`live`); None: nothing.

        Raises:
            ValueError: there are more doors than anybody has.
        """
        self._unconfirmed.discard((door, what))
        changes: dict[str, object] = {what: value}
        if what == "health":
            changes["health_at"] = None if value is None else now
        self._door(door, now if live else None, **changes)

    def told(self, door: str, event: m.DoorEvent, now: float) -> bool:
        """A door's event; False where it was heard before."""
        ids = self._ids.setdefault(door, {})
        if event.id in ids:
            return False
        ids[event.id] = None
        if len(ids) > MOST_IDS:
            del ids[next(iter(ids))]
        at = lasting.believed(event.at, now)
        one = Told(at, event.kind, event.detail, event.id, event.visit, event.prompt)
        before = self.doors.get(door) or DoorView(door)
        self._door(
            door,
            now,
            told=(one, *before.told)[:MOST_LINES],
            lasting=lasting.after(before.lasting, event.kind, event.at, now, event.detail),
        )
        self._happened(at, door, one)
        self.enrolments.door_told(door, event)
        return True

    def came(self, visit: m.NamedVisit, now: float) -> None:
        """Somebody was judged."""
        one = Came(
            visit.at,
            visit.decision,
            visit.reason,
            visit.name or "",
            visit.card or "",
            visit.resident or "",
            visit.visit,
            visit.away,
        )
        before = self.doors.get(visit.door)
        self._door(visit.door, now, came=(one, *(before.came if before else ()))[:MOST_LINES])
        self._happened(visit.at, visit.door, one)

    def snapshot(self, door: str, picture: m.Snapshot, now: float) -> None:
        """A picture on command."""
        self._door(door, now, snapshot=Picture(now, picture.command, picture.jpeg))
        taken = [
            (view.snapshot.at, name, len(view.snapshot.jpeg))
            for name, view in self.doors.items()
            if view.snapshot is not None
        ]
        over = sum(size for _, _, size in taken) - MOST_PICTURE_BYTES
        for _, name, size in sorted(taken):
            if over <= 0:
                break
            self._door(name, None, snapshot=None)
            over -= size

    def frame(self, door: str, frame: m.EnrolFrame, now: float) -> None:
        """A picture of an enrolment, on its way to the brain."""
        self.enrolments.frame(door, frame)
        self._door(door, now)

    def brain_is(self, value: m.Availability | None) -> None:
        """The brain came or went; None where nobody knows."""
        if self.brain_online is not value:
            if self.brain_online is m.Availability.ONLINE:
                self.gaps += 1
            self.brain_online = value
            self.version += 1

    def brain_health(self, health: m.BrainHealth, now: float) -> None:
        """How the brain is."""
        self.brain, self.brain_at = health, now
        self.version += 1

    def brain_told(self, event: m.BrainEvent, now: float) -> None:
        """Something that the brain tells whoever may watch."""
        match event:
            case m.EnrolmentChanged():
                self.enrolments.changed(event)
                self.version += 1
            case m.PhotoLooked():
                self.enrolments.looked(event)
                self.version += 1
            case m.VisitDecided():
                pass  # told by name beside it, see `came`
            case m.GalleryChanged():
                self.gallery = event
                self.version += 1
            case m.EncoderChanging():
                self.encoder = event
                self.version += 1
            case m.Alarm():
                self._alarm(event.at, event.door, event)
            case m.ManyRefusals():
                self._alarm(now, event.doors[0] if len(event.doors) == 1 else None, event)
            case m.PassbackBroken():
                self._alarm(now, event.door, event)
            case m.MessageRefused():
                self._happened(now, None, event)

    def lost(self) -> None:
        """The broker went away: what it kept is to be told again, or no longer so."""
        self._unconfirmed = {
            (name, state)
            for name, door in self.doors.items()
            for state in _STATES
            if getattr(door, state) is not None
        }
        self.brain_is(None)
        self.version += 1

    def settled(self) -> None:
        """The broker has been back for long enough to have told all that it keeps."""
        for door, state in sorted(self._unconfirmed):
            gone: dict[str, object] = {state: None}
            self._door(door, None, **gone)
        self._unconfirmed.clear()

    def expire(self, now: float) -> None:
        """Forget what has become too old."""
        for door in tuple(self.doors.values()):
            if door.health_at is not None and now - door.health_at > HEALTH_S:
                self._door(door.name, None, health=None, health_at=None)
            if door.snapshot is not None and now - door.snapshot.at > PICTURE_S:
                self._door(door.name, None, snapshot=None)
        if self.brain_at is not None and now - self.brain_at > HEALTH_S:
            self.brain = self.brain_at = None
            self.version += 1

    def changed_door(self, name: str, **changes: object) -> DoorView:
        """Note something new of a door.

        Raises:
            ValueError: there are more doors than anybody has.
        """
        before = self.doors.get(name)
        if before is None and len(self.doors) >= MOST_DOORS:
            raise ValueError(f"more than {MOST_DOORS} doors")
        self.version += 1
        after = replace(before or DoorView(name), version=self.version, **changes)  # type: ignore[arg-type]
        self.doors[name] = after
        return after

    def _door(self, name: str, heard_at: float | None, **changes: object) -> None:
        if heard_at is not None:
            changes["heard_at"] = heard_at
        self.changed_door(name, **changes)

    def _alarm(self, at: float, door: str | None, what: Report) -> None:
        self.alarms.append(self._happened(at, door, what))

    def _happened(self, at: float, door: str | None, what: Told | Came | Report) -> Happened:
        self._number += 1
        self.version += 1
        one = Happened(self._number, at, door, what)
        self.feed.append(one)
        return one
