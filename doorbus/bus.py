"""What both sides need from the broker: the Bus port and what travels on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

MAX_PACKET = 1_048_576
"""Bytes; the broker's `max_packet_size`, and so the most that a message with its head may weigh."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One message as it stands on the wire.

    Attributes:
        topic: the full name without the site's prefix.
        payload: the exact bytes.
        properties: MQTT 5 user properties; each name once.
        qos: 0 or 1. Quality 2 loses more than 1 across crashes and is not used.
        retain: on publish, whether the broker keeps it; on delivery, whether it is a kept one.
        expiry_s: on publish, after how many whole seconds the broker drops it; None for never.
            Nothing on delivery.
    """

    topic: str
    payload: bytes = field(repr=False)
    properties: Mapping[str, str] = field(default_factory=dict)
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter without the prefix (`+` one level, `#` the rest), and the quality wanted."""

    filter: str
    qos: int = 1


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker is there, subscriptions are made, the birth message is out."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker went away, or refused us; the bus keeps trying."""

    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message came in. At QoS 1 the broker counts it as delivered only after `ack`.

    `ack` may be called from any thread, more than once, and after a disconnect; the latter two do
    nothing.
    """

    wire: Wire
    ack: Callable[[], None] = field(repr=False)
    duplicate: bool = False


BusEvent = Connected | Disconnected | Delivery

Sink = Callable[[BusEvent], None]
"""Hears everything the bus has to say, on the bus's own thread: it must only put it somewhere.

It may publish, ack and stop, but wait for nothing. Where it raises, the bus logs it, acks the
message that it lost, and goes on.
"""


class Bus(Protocol):
    """A connection to the broker that heals itself.

    Subscriptions and the last will are given before `start`. Sessions are clean: what must survive
    a disconnect is kept by its sender until the receiver itself says that it is stored.
    """

    def start(self, sink: Sink) -> None:
        """Begin connecting; returns at once. Events go to `sink` until `stop`."""
        ...

    def stop(self) -> None:
        """Publish the farewell (the last will's message), disconnect, join. Twice is harmless."""
        ...

    def publish(self, wire: Wire) -> Future[None]:
        """Send; the future ends when the broker has it (QoS 1), or at once (QoS 0).

        The future raises PublishRefused where the broker's access list forbids it, and
        NotConnectedError where the connection broke before the answer (the message may or may not
        have gone out).

        Raises:
            NotConnectedError: the broker is not there right now; nothing is queued for later.
            TooLargeError: more than `MAX_PACKET` bytes.
            QueueFullError: too many messages wait for the broker's answer.
        """
        ...
