"""What one connection needs of an MQTT client library: a few calls, and what the broker answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from doorbus.bus import MAX_PACKET, Subscription, Wire

WINDOW = 20
"""Most messages sent and not yet answered; the rest waits, in order."""


@dataclass(frozen=True, slots=True)
class Code:
    """An MQTT 5 reason code and its name (MQTT 5.0, section 2.4)."""

    value: int
    name: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """CONNACK: whether we may, and the broker's own limits."""

    code: Code
    max_packet: int = MAX_PACKET
    window: int = WINDOW


@dataclass(frozen=True, slots=True)
class Granted:
    """SUBACK: one code for each subscription."""

    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """PUBACK."""

    mid: int
    code: Code


@dataclass(frozen=True, slots=True)
class Arrived:
    """PUBLISH, as it stands on the wire; `topic` is None where it is no UTF-8."""

    mid: int
    topic: str | None
    payload: bytes = field(repr=False)
    properties: Sequence[tuple[str, str]]
    qos: int
    retain: bool
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection is gone."""

    reason: str


Heard = Welcome | Granted | Answered | Arrived | Broken


class Link(Protocol):
    """The MQTT client library, as far as one connection needs it; on one thread only."""

    def open(self) -> None:
        """Connect and send CONNECT. Raises OSError."""
        ...

    def hear(self, *, reading: bool = True) -> Sequence[Heard]:
        """Wait for something to do, at most half a second; return what came, in its order.

        Without `reading` nothing is taken from the network.
        """
        ...

    def flush(self) -> bool:
        """Write what can be written now; return whether something is left."""
        ...

    def subscribe(self, filters: Sequence[Subscription]) -> None:
        """Send SUBSCRIBE."""
        ...

    def publish(self, wire: Wire) -> int | None:
        """Send PUBLISH; return its number, None where the connection is breaking."""
        ...

    def ack(self, mid: int) -> None:
        """Send PUBACK."""
        ...

    def leave(self, *, with_will: bool) -> None:
        """Send DISCONNECT; with `with_will` the broker publishes the last will."""
        ...

    def close(self) -> None:
        """Drop the connection without a word."""
        ...
