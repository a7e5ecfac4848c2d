"""Who floods? A door's own key and certificate, in a process of its own, as fast as it can.

`python flooder.py SITE DOOR KIND`: KIND is `events` (100 bytes), `frames` (200 KB), `bursts` (20
times rubbish, 200 KB) or `faces` (20 pictures that must be looked at); every message is rightly
signed. Says `ready` once it could begin, floods until SIGTERM, and prints how many it sent.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from brain_world import GREEN, POINTS, alive, painted
from fault_world import SiteBuses

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Wire
from doorbus.errors import BusError, QueueFullError
from doorbus.signing import Stamp, load_private_key, nonce, sign
from doorctl.site import Site

AHEAD: Final = {"events": 20_000, "frames": 50, "bursts": 0, "faces": 0}
"""Messages signed before the flood begins: who signs as it goes floods less."""

LINE_RATE: Final = 125e6
"""Bytes a second of gigabit Ethernet, the fastest network that a door's board has."""

SLACK_S: Final = 0.02


def main(folder: Path, door: str, kind: str) -> int:
    """Flood until SIGTERM; how many messages went out."""
    site = Site.load(folder)
    key = load_private_key(site.door(door) / "door.key")
    stamp = Stamp(door, 1)
    picture = b"\xff\xd8" + os.urandom(200_000)
    rubbish = [b"\xff\xd8" + os.urandom(10_000)] * 20
    strangers = [painted(GREEN) for _ in range(20)] if kind == "faces" else rubbish
    points: Any = tuple((float(x), float(y)) for x, y in POINTS)

    def event(number: int) -> Wire:
        value = m.DoorEvent(id=f"1-{number}", kind=m.EventKind.WOKE, at=1.0)
        return sign(codec.encode(topics.DOOR_EVENT, value, door), topics.DOOR_EVENT, stamp, key)

    def frame(number: int) -> Wire:
        value = m.EnrolFrame(jpeg=picture, enrolment="e-none", index=number % 1000, count=1000)
        return sign(codec.encode(topics.ENROL_FRAME, value, door), topics.ENROL_FRAME, stamp, key)

    def burst(number: int) -> Wire:
        crops = tuple(
            m.Crop(jpeg=crop, points=points, at_ms=50 * i) for i, crop in enumerate(strangers)
        )
        value = m.Burst(visit=number, nonce=nonce(), liveness=alive(), crops=crops)
        return sign(codec.encode(topics.RECOGNIZE, value, door), topics.RECOGNIZE, stamp, key)

    makers: dict[str, Callable[[int], Wire]] = {
        "events": event,
        "frames": frame,
        "bursts": burst,
        "faces": burst,
    }
    ring = [makers[kind](number) for number in range(1000, 1000 + AHEAD[kind])]
    connected, stopping = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())

    def hear(told: BusEvent) -> None:
        if isinstance(told, Connected):
            connected.set()

    bus = SiteBuses(site).bus(f"door-{door}")
    bus.start(hear)
    assert connected.wait(10)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sent, line_s = 0, time.monotonic()
    for number in itertools.count(1000):
        if stopping.is_set():
            break
        # A visit that was is a replay, and cheap to refuse: bursts are new ones, all of them.
        new = kind in {"bursts", "faces"}
        wire = makers[kind](number + len(ring)) if new else ring[number % len(ring)]
        while not stopping.is_set():
            try:
                bus.publish(wire)
            except QueueFullError:
                time.sleep(0.005)
            except BusError:
                time.sleep(0.1)
            else:
                sent += 1
                break
        # What has gone out by now could not have gone out any faster.
        line_s = max(line_s, time.monotonic() - SLACK_S) + len(wire.payload) / LINE_RATE
        time.sleep(max(0.0, line_s - time.monotonic()))
    bus.stop()
    return sent


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])}\n")
