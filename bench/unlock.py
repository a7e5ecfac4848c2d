"""`python -m bench.unlock`: how long does an administrator's unlock take to reach the lock?

Everything is real and on this machine: a private Mosquitto with TLS and access list, a brain, an
edge with its lock process, each a process of its own. Beside it, in the same run, one message's way
through the broker: from `publish` in one client to its delivery in another. An unlock takes four of
those (request, command, challenge, order), and may take 50 ms beside them for the signatures, two
commits to the disk and the lock process. Exit code 1 where it takes longer, 2 where it cannot be
measured.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from demo.observer import NotSeen
from demo.stage import Stage
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import BusEvent, Connected, Delivery, Subscription
from doorbus.client import MqttBus
from doorbus.codec import encode
from doorbus.errors import DoorwardError
from doorbus.settings import BrokerSettings
from doorctl.conversation import Conversation, new_transaction
from edge.ports import LockState
from faces.errors import FacesError

DOOR = "front"
ROUND_TRIPS = 4
BESIDE_S = 0.050
HOLD_S = 0.3
PATIENCE_S = 10.0
PAUSE_S = 0.05

QUIET_S = 3.0
"""Seconds after which daemons that were just started have come to rest."""

FREE = {"limits": {"unlock": {"burst": 10_000, "every_s": 0.01}}}
"""No administrator unlocks as often as a bench does."""


class Echo:
    """Publishes with the brain's certificate and hears it with a monitor's."""

    def __init__(self, speaker: BrokerSettings, hearer: BrokerSettings) -> None:
        self._up = threading.Semaphore(0)
        self._heard = threading.Event()
        self._at = 0.0
        self._speaker = MqttBus(speaker, "brain.main/bench")
        topic = topics.BRAIN_EVENT.name()
        self._hearer = MqttBus(hearer, "monitor.lobby/bench", subscriptions=[Subscription(topic)])

    def start(self) -> None:
        """Connect both. Raises NotSeen where the broker does not let them in."""
        for bus in (self._speaker, self._hearer):
            bus.start(self._take)
        for _ in range(2):
            if not self._up.acquire(timeout=PATIENCE_S):
                raise NotSeen("the broker does not let the bench in")

    def stop(self) -> None:
        """Disconnect both."""
        for bus in (self._speaker, self._hearer):
            bus.stop()

    def once(self) -> float:
        """Seconds from publishing a message as long as an order until it is delivered."""
        wire = encode(
            topics.BRAIN_EVENT, m.MessageRefused(topic="bench", reason="x" * 180, count=1)
        )
        self._heard.clear()
        began = time.monotonic()
        self._speaker.publish(wire)
        if not self._heard.wait(PATIENCE_S):
            raise NotSeen("a message got lost between two clients")
        return self._at - began

    def _take(self, event: BusEvent) -> None:
        if isinstance(event, Connected):
            self._up.release()
        elif isinstance(event, Delivery):
            self._at = time.monotonic()
            event.ack()
            self._heard.set()


def main() -> int:
    """Measure, and print the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.unlock", description=__doc__)
    parser.add_argument("--unlocks", type=int, default=50, help="how many (least 5)")
    count = max(5, parser.parse_args().unlocks)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        stage = Stage(Path(name), {DOOR: {}}, FREE)
        try:
            with stage:
                return _show(*_measure(stage, count))
        except (DoorwardError, FacesError) as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 2


def _measure(stage: Stage, count: int) -> tuple[list[float], list[float]]:
    """Seconds of messages through the broker, and of unlocks, taken in turns."""
    echo = Echo(stage.brain_access(), stage.client("monitor.lobby").broker)
    trips: list[float] = []
    unlocks: list[float] = []
    echo.start()
    time.sleep(QUIET_S)
    try:
        with Conversation(stage.client("admin.alice")) as alice:
            _unlock(stage, alice)  # the first one loads what is loaded late
            for _ in range(count):
                trips += [echo.once() for _ in range(3)]
                unlocks.append(_unlock(stage, alice))
    finally:
        echo.stop()
    return trips, unlocks


def _unlock(stage: Stage, alice: Conversation) -> float:
    """Seconds from asking until the lock's own process has drawn the bolt."""
    before = len(stage.ledger(DOOR))
    request = m.Unlock(op="unlock", transaction=new_transaction(), door=DOOR, hold_s=HOLD_S)
    began = time.monotonic()
    alice.ask(request)
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        moves = stage.ledger(DOOR)[before:]
        if len(moves) >= 2 and moves[-1].state == LockState.LOCKED.value:
            time.sleep(PAUSE_S)
            return moves[0].monotonic - began
        time.sleep(PAUSE_S)
    raise NotSeen("the lock did not open and close")


def _show(trips: Sequence[float], unlocks: Sequence[float]) -> int:
    trip = statistics.median(trips)
    allowed = ROUND_TRIPS * trip + BESIDE_S
    print(
        f"one message through the broker: {_ms(trip)} (p95 {_ms(_p95(trips))}), of {len(trips)}\n"
        f"unlock, from request to bolt: {_ms(statistics.median(unlocks))} "
        f"(p95 {_ms(_p95(unlocks))}), of {len(unlocks)}\n"
        f"allowed: {ROUND_TRIPS} messages and {_ms(BESIDE_S)}: {_ms(allowed)}"
    )
    good = statistics.median(unlocks) <= allowed
    late = sum(one > allowed for one in unlocks)
    print(
        f"{'ok   ' if good else 'short'} unlock, p50; later than allowed: {late} of {len(unlocks)}"
    )
    return 0 if good else 1


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[round(0.95 * (len(values) - 1))]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
