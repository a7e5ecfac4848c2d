"""Somebody who wants the door to open: a monitor's certificate, and a signing key of their own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo.observer import NotSeen
from doorbus import codec, signing, topics
from doorbus.bus import BusEvent, Connected
from doorbus.client import MqttBus
from doorbus.messages import Decision, Reason, Verdict
from doorbus.settings import BrokerSettings
from doorbus.signing import Stamp

PATIENCE_S = 10.0


class Forger:
    """Publishes verdicts that it has no right to."""

    def __init__(self, settings: BrokerSettings, client_id: str) -> None:
        self._bus = MqttBus(settings, client_id)
        self._key = Ed25519PrivateKey.generate()
        self._connected = threading.Event()

    def __enter__(self) -> Self:
        self._bus.start(self._hear)
        if not self._connected.wait(PATIENCE_S):
            self._bus.stop()
            raise NotSeen("the broker did not let the forger in; it should, as a monitor")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bus.stop()

    def grant(self, stamp: Stamp, visit: int, nonce: str) -> None:
        """Publish a grant for a visit that was overheard; all is right but the key.

        Raises:
            PublishRefused: the broker did not take it.
        """
        verdict = Verdict(
            visit=visit, nonce=nonce, decision=Decision.GRANT, reason=Reason.MATCH, hold_s=30
        )
        wire = codec.encode(topics.VERDICT, verdict, stamp.door)
        signed = signing.sign(wire, topics.VERDICT, stamp, self._key)
        self._bus.publish(signed).result(PATIENCE_S)

    def _hear(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._connected.set()
