"""What has the brain counted since its start, and how did it see its doors last?

Written on the brain's own thread, read by whoever exports it on another.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from brain.decided import Decided
from doorbus.messages import (
    BrainHealth,
    ContactReport,
    DoorEvent,
    DoorHealth,
    EventKind,
    LockReport,
)

BOUNDS_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
"""Upper ends of the bins in which verdicts are counted by how long they took; a last one is open.

A door takes no verdict after 3 s."""


@dataclass(frozen=True, slots=True)
class DoorSeen:
    """A door as the brain sees it.

    Attributes:
        online: connected to the broker.
        lock, contact: its last word; None before any.
        health: what it told last; None while it is not online: nobody knows how it is then.
    """

    online: bool = False
    lock: LockReport | None = None
    contact: ContactReport | None = None
    health: DoorHealth | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything at one moment.

    Attributes:
        visits: verdicts by door, decision and reason.
        took: how many verdicts took up to each of `BOUNDS_S`, and longer; not added up.
        took_s: seconds that all verdicts took together.
        events: doors' events by door and kind.
        doors: how each known door was seen last.
        health: what the brain told of itself last, and when, seconds since 1970.
        alarms: what the brain called people for.
    """

    visits: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    took: tuple[int, ...] = (0,) * (len(BOUNDS_S) + 1)
    took_s: float = 0.0
    events: Mapping[tuple[str, str], int] = field(default_factory=dict)
    doors: Mapping[str, DoorSeen] = field(default_factory=dict)
    health: tuple[float, BrainHealth] | None = None
    alarms: Mapping[str, int] = field(default_factory=dict)


class Figures:
    """Keeps count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: Counter[tuple[str, str, str]] = Counter()
        self._took = [0] * (len(BOUNDS_S) + 1)
        self._took_s = 0.0
        self._events: Counter[tuple[str, str]] = Counter()
        self._doors: dict[str, DoorSeen] = {}
        self._alarms: Counter[str] = Counter()
        self._health: tuple[float, BrainHealth] | None = None

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        with self._lock:
            self._visits[one.door, one.decision.value, one.reason.value] += 1
            self._took[bisect_left(BOUNDS_S, one.seconds)] += 1
            self._took_s += one.seconds

    def told(self, door: str, event: DoorEvent) -> None:
        """A door told of something, for the first time."""
        with self._lock:
            self._events[door, event.kind.value] += 1
            if event.kind is EventKind.STARTED:
                self._doors[door] = replace(self._doors.get(door, DoorSeen()), health=None)

    def alarm(self, what: str) -> None:
        """The brain called people."""
        with self._lock:
            self._alarms[what] += 1

    def online(self, door: str, *, online: bool) -> None:
        """A door came or went."""
        with self._lock:
            self._doors[door] = replace(self._doors.get(door, DoorSeen()), online=online)

    def lock(self, door: str, report: LockReport) -> None:
        """A door's lock moved."""
        with self._lock:
            self._doors[door] = replace(self._doors.get(door, DoorSeen()), lock=report)

    def contact(self, door: str, report: ContactReport) -> None:
        """A door was opened or shut."""
        with self._lock:
            self._doors[door] = replace(self._doors.get(door, DoorSeen()), contact=report)

    def health(self, door: str, health: DoorHealth) -> None:
        """A door told how it is."""
        with self._lock:
            told = health if health.running else None
            self._doors[door] = replace(self._doors.get(door, DoorSeen()), health=told)

    def brain(self, at: float, health: BrainHealth) -> None:
        """The brain told how it is."""
        with self._lock:
            self._health = (at, health)

    def known(self, doors: frozenset[str]) -> None:
        """These doors are known now; how others were seen is forgotten."""
        with self._lock:
            self._doors = {door: self._doors.get(door, DoorSeen()) for door in sorted(doors)}

    def seen(self) -> Seen:
        """Everything as it is now; from any thread."""
        with self._lock:
            return Seen(
                dict(self._visits),
                tuple(self._took),
                self._took_s,
                dict(self._events),
                # The broker may keep what a door told for a while after it went.
                {
                    door: seen if seen.online else replace(seen, health=None)
                    for door, seen in self._doors.items()
                },
                self._health,
                dict(self._alarms),
            )


class Exporter(Protocol):
    """Shows figures to whoever measures."""

    def start(self, read: Callable[[], Seen]) -> None:
        """Begin; `read` gives the figures, from any thread. Raises `BrainError`."""
        ...

    def stop(self) -> None:
        """End. Twice is harmless."""
        ...
