"""What happened on the topics, in order: a client that watches, remembers and waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Wire
from doorbus.client import MqttBus, Subscription
from doorbus.codec import decode
from doorbus.errors import MessageError
from doorbus.settings import BrokerSettings

T = TypeVar("T")

Show = Callable[["Seen"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as it came by.

    Attributes:
        at: when, seconds on this process's monotonic clock.
        wire: the message itself.
        value: its payload as the contract has it, None where it does not fit.
    """

    at: float
    wire: Wire
    value: object


class Timeout(Exception):  # noqa: N818  # reads as what happened
    """What a step waited for did not come."""


class Observer:
    """Watches with one certificate; every message is kept for whoever asks later."""

    def __init__(
        self, settings: BrokerSettings, client_id: str, filters: tuple[str, ...], show: Show
    ) -> None:
        self._bus = MqttBus(
            settings, client_id, subscriptions=[Subscription(name) for name in filters]
        )
        self._show = show
        self._seen: list[Seen] = []
        self._changed = threading.Condition()
        self._connected = threading.Event()

    def start(self) -> None:
        """Connect; returns once the subscriptions are made."""
        self._bus.start(self._hear)
        if not self._connected.wait(15):
            raise Timeout("the broker did not take the observer's connection within 15 s")

    def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        self._bus.stop()

    def mark(self) -> int:
        """A place in the story; `wait` and `since` look from there on."""
        with self._changed:
            return len(self._seen)

    def since(self, mark: int) -> list[Seen]:
        """What came by after `mark`."""
        with self._changed:
            return self._seen[mark:]

    def wait(self, find: Callable[[Seen], T | None], mark: int, seconds: float, what: str) -> T:
        """Return the first thing that `find` finds after `mark`; raises Timeout naming `what`."""
        deadline = time.monotonic() + seconds
        place = mark
        with self._changed:
            while True:
                while place < len(self._seen):
                    found = find(self._seen[place])
                    if found is not None:
                        return found
                    place += 1
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Timeout(f"{what}: not seen within {seconds:.0f} s")
                self._changed.wait(left)

    def _hear(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._connected.set()
        if not isinstance(event, Delivery):
            return
        event.ack()
        seen = Seen(time.monotonic(), event.wire, _value(event.wire))
        with self._changed:
            self._seen.append(seen)
            self._changed.notify_all()
        self._show(seen)


def _value(wire: Wire) -> object:
    for topic in topics.ALL:
        if topic.matches(wire.topic):
            try:
                return decode(topic, wire)
            except MessageError:
                return None
    return None
