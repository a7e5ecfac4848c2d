"""What does a door say, without a door? Signed messages with a door's own certificate and keys."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from doorbus import codec, signing, topics
from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Delivery, Subscription, Wire
from doorbus.client import MqttBus
from doorbus.errors import DoorwardError
from doorbus.topics import Topic
from edge import config

T = TypeVar("T")

EPOCH = 1
PATIENCE_S = 30.0
IN_FLIGHT = 20
"""Enrolment frames that an edge has on their way at a time."""

_HEARD: tuple[Topic[Any], ...] = (topics.VERDICT, topics.COMMAND, topics.ACK)


class NoAnswerError(DoorwardError):
    """The brain did not say what it had to."""


class DoorClient:
    """Connects as a door and asks as one. For one thread.

    Args of the constructor:
        bundle: the folder that `doorctl door add` made.
    """

    def __init__(self, bundle: Path) -> None:
        settings = config.read(bundle / "edge.yaml")
        self._stamp = signing.Stamp(settings.door, EPOCH)
        self._key = signing.load_private_key(settings.keys.door)
        self._brain_key = signing.load_public_key(settings.keys.brain)
        self._bus = MqttBus(
            settings.broker,
            settings.door,
            subscriptions=[Subscription(topic.name(settings.door)) for topic in _HEARD],
        )
        self._heard: queue.SimpleQueue[tuple[float, Wire]] = queue.SimpleQueue()

    def start(self) -> None:
        """Connect, and tell of the start as a door does: so the brain learns the epoch."""
        connected = threading.Event()

        def hear(event: BusEvent) -> None:
            now = time.monotonic()
            if isinstance(event, Connected):
                connected.set()
            elif isinstance(event, Delivery):
                event.ack()
                self._heard.put((now, event.wire))

        self._bus.start(hear)
        if not connected.wait(PATIENCE_S):
            raise NoAnswerError("the broker does not let the simulated door in")
        started = m.DoorEvent(id=f"{EPOCH}-1", kind=m.EventKind.STARTED, at=time.time())
        self._bus.publish(self._signed(topics.DOOR_EVENT, started))
        self._wait(m.Ack, lambda ack: ack.items[0].id == started.id)

    def stop(self) -> None:
        """Disconnect. Twice is harmless."""
        self._bus.stop()

    def enrol(self, pictures: Sequence[bytes], interval_s: float) -> tuple[str, float]:
        """Wait for the command, then send every picture as an edge does.

        Returns:
            the enrolment, and when its last frame went out, monotonic seconds.
        """
        _, start = self._wait(m.StartEnrolment, lambda start: start.count == len(pictures))
        wires = [
            self._signed(
                topics.ENROL_FRAME,
                m.EnrolFrame(
                    jpeg=picture, enrolment=start.enrolment, index=index, count=start.count
                ),
            )
            for index, picture in enumerate(pictures)
        ]
        on_their_way = 0
        due = time.monotonic()
        for wire in wires:
            time.sleep(max(0.0, due - time.monotonic()))
            due += interval_s
            while on_their_way >= IN_FLIGHT:
                on_their_way -= self._stored(start.enrolment)
            self._bus.publish(wire)
            on_their_way += 1
        return start.enrolment, time.monotonic()

    def visit(self, burst: m.Burst) -> tuple[float, m.Verdict]:
        """Publish a burst; seconds until its verdict is here, and the verdict."""
        wire = self._signed(topics.RECOGNIZE, burst)
        began = time.monotonic()
        self._bus.publish(wire)
        at, verdict = self._wait(m.Verdict, lambda verdict: verdict.nonce == burst.nonce)
        return at - began, verdict

    def _stored(self, enrolment: str) -> int:
        """How many frames the next ack names."""
        _, ack = self._wait(m.Ack, lambda ack: ack.items[0].id.startswith(f"{enrolment}/"))
        refused = [item for item in ack.items if item.outcome is m.Outcome.REFUSED]
        if refused:
            raise NoAnswerError(f"the brain refused {refused[0].id}: {refused[0].reason}")
        return len(ack.items)

    def _wait(self, kind: type[T], wanted: Any) -> tuple[float, T]:
        """The next message of a kind that is wanted, signed by the brain, and when it came."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                at, wire = self._heard.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise NoAnswerError(
                    f"no {kind.__name__} from the brain within {PATIENCE_S:.0f} s"
                ) from None
            (topic,) = [topic for topic in _HEARD if topic.matches(wire.topic)]
            signing.verify(wire, topic, lambda _: self._brain_key)
            value = codec.decode(topic, wire)
            if isinstance(value, kind) and wanted(value):
                return at, value

    def _signed(self, topic: Topic[T], value: T) -> Wire:
        wire = codec.encode(topic, value, self._stamp.door)
        return signing.sign(wire, topic, self._stamp, self._key)
