"""What waits to be sent: how large a message is on the wire, and how much may wait."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from doorbus.bus import MAX_PACKET, Wire
from doorbus.errors import BusError, NotConnectedError, QueueFullError, TooLargeError

MAX_STRING = 65_535
"""Bytes; most that a topic, or the name or value of a user property, may have in MQTT."""


def packet_size(wire: Wire, prefix: str = "") -> int:
    """Bytes of the MQTT 5 PUBLISH packet that carries `wire` (MQTT 5.0, section 3.3)."""
    properties = sum(5 + len(name.encode()) + len(text.encode()) for name, text in _items(wire))
    properties += 5 if wire.expiry_s is not None else 0
    rest = (
        2
        + len((prefix + wire.topic).encode())
        + (2 if wire.qos else 0)
        + _size_of_varint(properties)
        + properties
        + len(wire.payload)
    )
    return 1 + _size_of_varint(rest) + rest


def check(wire: Wire, prefix: str = "", limit: int = MAX_PACKET) -> int:
    """Return the size of `wire` in bytes where it can be sent.

    Raises:
        TooLargeError: more than `limit` bytes, or one string of more than `MAX_STRING`.
        ValueError: a wildcard or nothing as topic, or a quality other than 0 and 1.
    """
    if not wire.topic or any(sign in wire.topic for sign in "+#\0") or wire.qos not in {0, 1}:
        raise ValueError(f"{wire.topic!r} with quality {wire.qos} cannot be published")
    size = packet_size(wire, prefix)
    strings = [prefix + wire.topic, *(part for pair in _items(wire) for part in pair)]
    if size > limit or any(len(string.encode()) > MAX_STRING for string in strings):
        raise TooLargeError(
            f"{wire.topic}: {size} bytes, and the broker takes {limit}; send less in one message"
        )
    return size


@dataclass(slots=True, eq=False)
class Sending:
    """One message on its way, and the future that tells how it ended."""

    wire: Wire
    size: int
    future: Future[None] = field(default_factory=Future)

    def __post_init__(self) -> None:
        """Take the future out of reach of `cancel`: what is on its way cannot be called back."""
        self.future.set_running_or_notify_cancel()


class Outbox:
    """Messages handed over by any thread, taken by the network thread; bounded."""

    def __init__(self, most: int, most_bytes: int, prefix: str = "") -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._prefix = prefix
        self._lock = threading.Lock()
        self._waiting: deque[Sending] = deque()
        self._open: dict[int, Sending] = {}
        self._bytes = 0
        self._limit: int | None = None

    def open(self, limit: int) -> None:
        """Take messages from now on, of at most `limit` bytes each."""
        with self._lock:
            self._limit = limit

    def put(self, wire: Wire) -> Future[None]:
        """Take a message. Raises as `Bus.publish` says."""
        with self._lock:
            limit = self._limit
        if limit is None:
            raise NotConnectedError(
                f"{wire.topic}: not sent, the broker is not there; try again once it is"
            )
        sending = Sending(wire, check(wire, self._prefix, limit))
        with self._lock:
            if self._limit is None:
                raise NotConnectedError(f"{wire.topic}: not sent, the broker just went away")
            if len(self._open) >= self._most or self._bytes + sending.size > self._most_bytes:
                raise QueueFullError(
                    f"{wire.topic}: not sent, {len(self._open)} messages "
                    f"({self._bytes} bytes) wait for the broker; try again later"
                )
            self._take_in(sending)
        return sending.future

    def seal(self, last: Wire | None = None) -> None:
        """Take no more messages; `last` is put behind those that wait, whatever the bounds."""
        with self._lock:
            if self._limit is not None and last is not None:
                self._take_in(Sending(last, packet_size(last, self._prefix)))
            self._limit = None

    def take(self) -> Sending | None:
        """Return the next message to be sent, None without one."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def settle(self, sending: Sending, error: BusError | None = None) -> None:
        """Tell the sender how it ended, and make room."""
        with self._lock:
            known = self._open.pop(id(sending), None)
            if known is not None:
                self._bytes -= sending.size
        if sending.future.done():
            return
        if error is None:
            sending.future.set_result(None)
        else:
            sending.future.set_exception(error)

    def close(self, why: str) -> None:
        """Take no more messages; whatever is not answered fails with NotConnectedError."""
        with self._lock:
            self._limit = None
            self._waiting.clear()
            lost = list(self._open.values())
        for sending in lost:
            self.settle(sending, NotConnectedError(f"{sending.wire.topic}: {why}"))

    @property
    def empty(self) -> bool:
        """Whether every message was answered."""
        with self._lock:
            return not self._open

    def _take_in(self, sending: Sending) -> None:
        self._waiting.append(sending)
        self._open[id(sending)] = sending
        self._bytes += sending.size


def _items(wire: Wire) -> list[tuple[str, str]]:
    return list(wire.properties.items())


def _size_of_varint(value: int) -> int:
    """Bytes of an MQTT variable byte integer (MQTT 5.0, section 1.5.5)."""
    return 1 if value < 128 else 2 if value < 16_384 else 3 if value < 2_097_152 else 4
