"""Which of its keys does a door sign with just now?"""

from __future__ import annotations

import queue
import secrets
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import NotConnectedError, SignatureRefused
from doorbus.messages import TakeDoorSnapshot
from doorbus.signing import Verifier, verify
from doorctl.conversation import CONNECT_S, ClientSettings, Conversation, new_transaction

LISTEN_S = 20.0
"""Seconds to listen for a door: a picture takes one, an unsent event comes again after ten."""


class InUse(Enum):
    """What a door signs with."""

    OLD = auto()
    NEW = auto()
    UNHEARD = auto()
    """It said nothing that either key signed."""


@dataclass(frozen=True, slots=True)
class DoorKeys:
    """A door's public keys in the midst of a rotation; `new` as PEM."""

    old: Ed25519PublicKey
    new: bytes

    def signer(self, wire: Wire) -> InUse:
        """Which key signed a message of the door."""
        for topic in (topics.DOOR_EVENT, topics.SNAPSHOT):
            if not topic.matches(wire.topic):
                continue
            for key, which in ((self._new, InUse.NEW), (self.old, InUse.OLD)):
                if _signed(wire, topic, key):
                    return which
        return InUse.UNHEARD

    @property
    def _new(self) -> Ed25519PublicKey:
        key = load_pem_public_key(self.new)
        assert isinstance(key, Ed25519PublicKey)  # noqa: S101  # made by keys.public_half
        return key


def listen(
    client: ClientSettings, door: str, keys: DoorKeys, patience_s: float = LISTEN_S
) -> InUse:
    """Ask a door for a picture, and hear which key signs it, or whatever else the door says.

    Args:
        client: an administrator's.
        door: its name.
        keys: what it may sign with.
        patience_s: seconds to listen.

    Raises:
        NotConnectedError: broker or brain are not there.
        RequestRefused: the brain does not ask the door.
    """
    heard: queue.SimpleQueue[BusEvent] = queue.SimpleQueue()
    bus = MqttBus(
        client.broker,
        f"{client.name}/doorctl-{secrets.token_hex(4)}",
        subscriptions=[
            Subscription(topics.DOOR_EVENT.name(door)),
            Subscription(topics.SNAPSHOT.name(door)),
        ],
    )
    bus.start(heard.put)
    try:
        _await_connection(heard, client)
        with Conversation(client) as conversation:
            conversation.ask(
                TakeDoorSnapshot(op="snapshot", transaction=new_transaction(), door=door)
            )
        deadline = time.monotonic() + patience_s
        while (event := _next(heard, deadline)) is not None:
            if not isinstance(event, Delivery):
                continue
            event.ack()
            # A retained one may be years old.
            which = InUse.UNHEARD if event.wire.retain else keys.signer(event.wire)
            if which is not InUse.UNHEARD:
                return which
    finally:
        bus.stop()
    return InUse.UNHEARD


def _await_connection(heard: queue.SimpleQueue[BusEvent], client: ClientSettings) -> None:
    reason, deadline = "no answer", time.monotonic() + CONNECT_S
    while (event := _next(heard, deadline)) is not None:
        if isinstance(event, Connected):
            return
        if isinstance(event, Disconnected):
            reason = event.reason
    raise NotConnectedError(
        f"the broker at {client.broker.host}:{client.broker.port} does not take the connection "
        f"({reason}); is it running?"
    )


def _next(heard: queue.SimpleQueue[BusEvent], deadline: float) -> BusEvent | None:
    try:
        return heard.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        return None


def _signed(wire: Wire, topic: topics.Topic[Any], key: Verifier) -> bool:
    try:
        verify(wire, topic, lambda _: key)
    except SignatureRefused:
        return False
    return True
