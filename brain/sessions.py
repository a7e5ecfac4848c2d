"""Which sessions does the brain hold at the broker? One a door, so that none crowds out another.

The main session, with birth and last will, begins once the doors' sessions are up: who hears that
the brain is online will be heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from doorbus import codec
from doorbus.bus import Bus, BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.connection import CHOKED
from doorbus.messages import Availability
from doorbus.topics import (
    BRAIN_AVAILABILITY,
    CACHE_ASKED,
    CHALLENGE,
    CODE_SHOWN,
    CONTACT,
    DOOR_AVAILABILITY,
    DOOR_EVENT,
    DOOR_HEALTH,
    ENROL_FRAME,
    LOCK_STATE,
    RECOGNIZE,
    REQUEST,
    UPLOAD,
)

DOOR_TOPICS = (
    ENROL_FRAME,
    RECOGNIZE,
    CODE_SHOWN,
    DOOR_EVENT,
    CACHE_ASKED,
    CHALLENGE,
    DOOR_AVAILABILITY,
    LOCK_STATE,
    CONTACT,
    DOOR_HEALTH,
)
"""What a door's session hears."""

WAIT_FOR_DOORS_S = 3.0
"""How long the main session waits for the doors' sessions."""

_log = structlog.get_logger()


class Connect(Protocol):
    """Makes a bus; `MqttBus` with its settings, or a `MemoryBroker`'s."""

    def __call__(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription],
        birth: Wire | None = None,
        will: Wire | None = None,
    ) -> Bus:
        """Make a bus that is not started."""
        ...


class Sessions:
    """The brain's buses.

    Args:
        put: takes what comes in, by the session's name; False where it has no room.
        on_main: hears, on the bus's thread, that the main session is connected.
        on_flood: hears, on the bus's thread, whose session ended since more came than was taken.
        speaks: whether this brain says `brain/availability`; one of a site's brains does.
    """

    def __init__(
        self,
        name: str,
        connect: Connect,
        put: Callable[[str, Delivery], bool],
        on_main: Callable[[], None],
        on_flood: Callable[[str], None] = lambda _: None,
        *,
        speaks: bool = True,
    ) -> None:
        self._name = name
        self._connect = connect
        self._put = put
        self._on_main = on_main
        self._on_flood = on_flood
        self._buses: dict[str, Bus] = {}
        self._up: set[str] = set()
        self._change = threading.Condition()
        self.main = connect(
            name,
            subscriptions=[Subscription(REQUEST.filter), Subscription(REQUEST.name())],
            birth=codec.encode(BRAIN_AVAILABILITY, Availability.ONLINE) if speaks else None,
            will=codec.encode(BRAIN_AVAILABILITY, Availability.OFFLINE) if speaks else None,
        )
        # Apart too, since a folder of photos is many megabytes. Deputies are sent none.
        self._photos = (
            connect(f"{name}/(photos)", subscriptions=[Subscription(UPLOAD.name())])
            if speaks
            else None
        )
        # Apart from the administrators' session, which no door may fill.
        self._bare = connect(
            f"{name}/(bare)",  # no door can be called so
            subscriptions=[Subscription(ENROL_FRAME.name()), Subscription(RECOGNIZE.name())],
        )

    def door(self, door: str) -> Bus | None:
        """The session of a door; None for a door that has none."""
        return self._buses.get(door)

    def start(self, doors: frozenset[str]) -> None:
        """Connect for these doors, then for everybody."""
        self._bare.start(self._sink("(bare)"))
        self.follow(doors)
        with self._change:
            self._change.wait_for(lambda: {*doors, "(bare)"} <= self._up, WAIT_FOR_DOORS_S)
        self.main.start(self._sink("(main)"))
        if self._photos is not None:
            self._photos.start(self._sink("(photos)"))

    def follow(self, doors: frozenset[str]) -> None:
        """Have a session for each of these doors and no other."""
        for door in self._buses.keys() - doors:
            _log.info("a door is no longer known", door=door)
            _end_beside(self._buses.pop(door), door)
        for door in sorted(doors - self._buses.keys()):
            bus = self._connect(
                f"{self._name}/{door}",
                subscriptions=[Subscription(topic.name(door)) for topic in DOOR_TOPICS],
            )
            self._buses[door] = bus
            bus.start(self._sink(door))

    def stop(self) -> None:
        """Say farewell and disconnect. Twice is harmless."""
        self.main.stop()
        buses, self._buses = self._buses, {}
        photos = () if self._photos is None else (self._photos,)
        for bus in (self._bare, *photos, *buses.values()):
            bus.stop()

    def _sink(self, lane: str) -> Callable[[BusEvent], None]:
        def sink(event: BusEvent) -> None:
            if isinstance(event, Delivery):
                if not self._put(lane, event):
                    event.ack()  # a flood of quality 0; of quality 1 there is never so much
                return
            if isinstance(event, Disconnected) and event.reason == CHOKED:
                self._on_flood(lane)
            with self._change:
                (self._up.add if isinstance(event, Connected) else self._up.discard)(lane)
                self._change.notify_all()
            if lane == "(main)" and isinstance(event, Connected):
                self._on_main()

        return sink


def _end_beside(bus: Bus, door: str) -> None:
    """Stop a bus without waiting for it."""
    threading.Thread(target=bus.stop, name=f"farewell-{door}", daemon=True).start()
