"""What did doors tell of themselves?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorbus.messages import DoorEvent, EventKind


@dataclass(frozen=True, slots=True, order=True)
class EventPlace:
    """Where an event stands among all: they are in this order.

    Attributes:
        at: when it happened, seconds since 1970.
        door: whose.
        id: which.
    """

    at: float
    door: str
    id: str


@dataclass(frozen=True, slots=True)
class EventsWanted:
    """What is looked for among what doors told; None asks nothing.

    Attributes:
        door, visit: exactly these.
        kinds: one of these; empty asks nothing.
        since, until: seconds since 1970; `until` itself is left out.
        before: what stands before that place.
    """

    door: str | None = None
    kinds: Sequence[EventKind] = ()
    since: float | None = None
    until: float | None = None
    visit: int | None = None
    before: EventPlace | None = None


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """What a door told.

    Attributes:
        at: when it happened, seconds since 1970: what the door said, or when the brain heard of
            it where the door's clock cannot be right.
        door: whose.
        event: as the door told it.
    """

    at: float
    door: str
    event: DoorEvent

    @property
    def place(self) -> EventPlace:
        """Where it stands among all."""
        return EventPlace(self.at, self.door, self.event.id)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, the newest first.

    Attributes:
        events: at most as many as were asked for.
        before: where to go on; None at the end.
    """

    events: Sequence[KeptEvent]
    before: EventPlace | None


class Events(Protocol):
    """What doors told of themselves."""

    def store(self, door: str, event: DoorEvent, at: float) -> bool:
        """Keep an event; False where its id was kept before."""
        ...

    def page(self, wanted: EventsWanted, limit: int, within: int) -> EventPage:
        """Some of those that are looked for, the newest first.

        Args:
            wanted: which.
            limit: how many at most.
            within: how many of that door and time are looked at, at most.
        """
        ...

    def count(self, wanted: EventsWanted) -> Mapping[EventKind, int]:
        """How many of those that are looked for are of which kind."""
        ...

    def forget_before(self, at: float) -> int:
        """Delete those that came before a time, and say how many they were."""
        ...
