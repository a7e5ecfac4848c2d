"""What happened on the topics, in order: a client that watches, remembers and waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.codec import decode
from doorbus.errors import DoorwardError, MessageError
from doorbus.settings import BrokerSettings

T = TypeVar("T")

CONNECT_S = 15.0


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
    value: Any


class NotSeen(DoorwardError):  # noqa: N818  # reads as what happened
    """What somebody waited for did not come by."""


class Observer:
    """Watches, with as many certificates as it takes; every message is kept for later questions."""

    def __init__(self, show: Callable[[Seen], None] = lambda _: None) -> None:
        self._show = show
        self._buses: list[MqttBus] = []
        self._seen: list[Seen] = []
        self._changed = threading.Condition()

    def watch(self, settings: BrokerSettings, client_id: str, *filters: str) -> None:
        """Connect with one certificate; returns once the subscriptions are made."""
        connected = threading.Event()

        def hear(event: BusEvent) -> None:
            if isinstance(event, Connected):
                connected.set()
            elif isinstance(event, Delivery):
                event.ack()
                self._keep(event.wire)

        bus = MqttBus(settings, client_id, subscriptions=[Subscription(name) for name in filters])
        self._buses.append(bus)
        bus.start(hear)
        if not connected.wait(CONNECT_S):
            raise NotSeen(f"the broker did not let {client_id} in within {CONNECT_S:.0f} s")

    def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        for bus in self._buses:
            bus.stop()

    def mark(self) -> int:
        """A place in the story; `wait` and `since` look from there on."""
        with self._changed:
            return len(self._seen)

    def since(self, mark: int) -> list[Seen]:
        """What came by after `mark`."""
        with self._changed:
            return self._seen[mark:]

    def wait(self, wanted: Callable[[Seen], object], mark: int, seconds: float, what: str) -> Seen:
        """Return the first message after `mark` that is wanted.

        Raises:
            NotSeen: none came within `seconds`; names `what`.
        """
        deadline = time.monotonic() + seconds
        place = mark
        with self._changed:
            while True:
                while place < len(self._seen):
                    if wanted(self._seen[place]):
                        return self._seen[place]
                    place += 1
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NotSeen(f"{what}: not seen within {seconds:.0f} s")
                self._changed.wait(left)

    def _keep(self, wire: Wire) -> None:
        seen = Seen(time.monotonic(), wire, value_of(wire))
        with self._changed:
            self._seen.append(seen)
            self._changed.notify_all()
        self._show(seen)


def value_of(wire: Wire) -> Any:
    """The payload as the contract has it, None where the topic or the payload does not fit."""
    for topic in topics.ALL:
        if topic.matches(wire.topic):
            try:
                return decode(topic, wire)
            except MessageError:
                return None
    return None
