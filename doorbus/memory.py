"""A broker in this process, and a Bus on it: the contract without a network.

It keeps the promises that the contract makes, no more: topic filters, retained messages, birth and
last will, clean sessions, quality 0 and 1 with a receive window, the access list, the size limits.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from doorbus.bus import MAX_PACKET, Subscription, Wire
from doorbus.errors import BusError, PublishRefused
from doorbus.memory_bus import MemoryBus, Session

__all__ = ["Access", "MemoryBroker", "MemoryBus", "matches"]

Access = Callable[[str, Literal["read", "write"], str], bool]
"""The access list: may this client read or write this topic (its full name, with the prefix)?"""


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to `topic_filter` hears `topic` (MQTT 5.0, section 4.7)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"+", "#"}:
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in {"+", levels[place]}:
            return False
    return len(wanted) == len(levels)


class MemoryBroker:
    """A broker that lives in this process; from any thread.

    Args:
        may: the access list; everything is allowed without one. As with the real broker, a
            subscription that is not allowed is granted and delivers nothing.
        max_packet: most bytes of one message with its head.
        reconnect_s: how long a bus stays away after its connection was dropped.
    """

    def __init__(
        self, *, may: Access | None = None, max_packet: int = MAX_PACKET, reconnect_s: float = 0.05
    ) -> None:
        self.max_packet = max_packet
        self.reconnect_s = reconnect_s
        self.may: Access = may or (lambda _client, _deed, _topic: True)
        self._lock = threading.RLock()
        self._up = True
        self._sessions: dict[str, Session] = {}
        self._retained: dict[str, tuple[Wire, float]] = {}

    def bus(
        self,
        client_id: str,
        *,
        subscriptions: Sequence[Subscription] = (),
        birth: Wire | None = None,
        will: Wire | None = None,
        receive_maximum: int = 20,
        prefix: str = "",
    ) -> MemoryBus:
        """Make a bus on this broker; it connects when it is started."""
        return MemoryBus(
            self,
            client_id,
            subscriptions=subscriptions,
            birth=birth,
            will=will,
            receive_maximum=receive_maximum,
            prefix=prefix,
        )

    def drop(self, client_id: str) -> None:
        """Break a client's connection, as a network does: its will goes out, it comes back."""
        self._end(client_id, "the connection broke (dropped)", back=True)

    def kill(self, client_id: str) -> None:
        """Break a client's connection for good, as when its process dies."""
        self._end(client_id, "the connection broke (killed)", back=False)

    def go_away(self) -> None:
        """Be unreachable from now on, as a killed broker: nobody's will goes out."""
        with self._lock:
            self._up = False
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.bus.lost(session, "the connection broke (the broker went away)", back=True)

    def come_back(self) -> None:
        """Be there again, with the retained messages."""
        with self._lock:
            self._up = True

    def retained(self, topic: str) -> Wire | None:
        """The retained message of a topic (its full name, with the prefix)."""
        return next((wire for name, wire in self._kept() if name == topic), None)

    def connect(self, bus: MemoryBus) -> None:
        """Begin a session: subscriptions, retained messages, birth.

        Raises:
            BusError: the broker is away, or refuses the birth.
        """
        with self._lock:
            if not self._up:
                raise BusError("nobody listens; is the broker running?")
            self._end(bus.client_id, "another client came with the same name", back=False)
            if bus.birth is not None and not self.may(bus.client_id, "write", bus.birth.topic):
                raise BusError("the birth message was refused: the access list forbids it")
            session = Session(bus)
            self._sessions[bus.client_id] = session
            bus.begin(session)
            for topic, wire in self._kept():
                self._offer(session, topic, wire)
            if bus.birth is not None:
                self.route(bus.client_id, bus.birth)

    def leave(self, session: Session) -> None:
        """End a session as agreed: no will."""
        with self._lock:
            if self._sessions.get(session.bus.client_id) is session:
                del self._sessions[session.bus.client_id]

    def route(self, client_id: str, wire: Wire) -> None:
        """Carry a message to everybody who wants it and may have it.

        Raises:
            PublishRefused: the access list forbids it.
        """
        with self._lock:
            if not self.may(client_id, "write", wire.topic):
                raise PublishRefused(
                    f"{wire.topic}: the broker's access list forbids us to publish"
                )
            if wire.retain and wire.payload:
                lasts = math.inf if wire.expiry_s is None else wire.expiry_s
                kept = replace(wire, expiry_s=None)
                self._retained[wire.topic] = (kept, time.monotonic() + lasts)
            elif wire.retain:
                self._retained.pop(wire.topic, None)
            for session in self._sessions.values():
                self._offer(session, wire.topic, replace(wire, retain=False, expiry_s=None))

    def _kept(self) -> list[tuple[str, Wire]]:
        """Topics and retained messages that have not expired."""
        now = time.monotonic()
        with self._lock:
            return [(topic, wire) for topic, (wire, end) in self._retained.items() if now < end]

    def _offer(self, session: Session, topic: str, wire: Wire) -> None:
        bus = session.bus
        qualities = [s.qos for s in bus.filters if matches(s.filter, topic)]
        if qualities and self.may(bus.client_id, "read", topic):
            bus.offer(session, replace(wire, qos=min(wire.qos, max(qualities))))

    def _end(self, client_id: str, why: str, *, back: bool) -> None:
        with self._lock:
            session = self._sessions.pop(client_id, None)
            if session is None:
                return
            will = session.bus.will
            if will is not None and self.may(client_id, "write", will.topic):
                self.route(client_id, will)
        session.bus.lost(session, why, back=back)
