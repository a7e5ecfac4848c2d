"""How does the doctor say something to the broker, and hear what comes of it?"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from doorbus.bus import BusEvent, Connected, Delivery, Disconnected, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import NotConnectedError, PublishRefused
from doorbus.settings import BrokerSettings

PATIENCE_S = 7.0
"""Seconds for each answer of the broker."""


class ProbeClient:
    """One connection that remembers what came in, in a `with` block.

    Args:
        name: whom its certificate names.
        settings: how it connects.
        filters: what it subscribes to.
    """

    def __init__(self, name: str, settings: BrokerSettings, filters: Sequence[str]) -> None:
        self._name = name
        self._settings = settings
        self._bus = MqttBus(
            settings,
            f"{name}/doctor-{secrets.token_hex(4)}",
            subscriptions=[Subscription(one) for one in filters],
        )
        self._changed = threading.Condition()
        self._connected = False
        self._reason = "no answer"
        self._payloads: set[bytes] = set()
        self._topics: set[str] = set()

    def __enter__(self) -> Self:
        self._bus.start(self._sink)
        try:
            self._wait(lambda: self._connected, lambda: self._reason)
        except BaseException:
            self._bus.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bus.stop()

    def may_publish(self, topic: str, payload: bytes) -> bool:
        """Publish, never retained; whether the broker took it. Raises BusError."""
        try:
            self._bus.publish(Wire(topic, payload)).result(PATIENCE_S)
        except PublishRefused:
            return False
        except TimeoutError:
            raise NotConnectedError(
                f"the broker did not answer {self._name} within {PATIENCE_S:.0f} s"
            ) from None
        return True

    def heard(self, payload: bytes) -> bool:
        """Whether a message with this payload came."""
        with self._changed:
            return payload in self._payloads

    def saw_below(self, prefix: str) -> bool:
        """Whether anything came on a topic that begins so."""
        with self._changed:
            return any(topic.startswith(prefix) for topic in self._topics)

    def wait_for(self, payload: bytes) -> None:
        """Wait until a message with this payload came. Raises NotConnectedError."""
        self._wait(lambda: payload in self._payloads, lambda: "its own topics do not reach it")

    def _wait(self, condition: Callable[[], bool], why: Callable[[], str]) -> None:
        end = time.monotonic() + PATIENCE_S
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                if left <= 0:
                    raise NotConnectedError(f"{self._name} at the broker: {why()}")
                self._changed.wait(left)

    def _sink(self, event: BusEvent) -> None:
        if isinstance(event, Delivery):
            event.ack()
        with self._changed:
            match event:
                case Delivery():
                    self._topics.add(event.wire.topic)
                    if len(event.wire.payload) < 1000:  # ours; frames go by unheeded
                        self._payloads.add(event.wire.payload)
                case Connected():
                    self._connected = True
                case Disconnected(reason):
                    self._connected, self._reason = False, reason
            self._changed.notify_all()
