"""Who floods? A door's own key and certificate, in a process of its own, as fast as it can.

`python flooder.py SITE DOOR KIND SECONDS`: KIND is `events` (100 bytes), `frames` (200 KB) or
`bursts` (20 pictures, 200 KB); every message is rightly signed. Prints how many it sent.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brain_world import POINTS, alive
from fault_world import SiteBuses

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import BusEvent, Connected, Wire
from doorbus.errors import BusError, QueueFullError
from doorbus.signing import Stamp, load_private_key, nonce, sign
from doorctl.site import Site


def main(folder: Path, door: str, kind: str, seconds: float) -> int:
    """Flood; how many messages went out."""
    site = Site.load(folder)
    key = load_private_key(site.door(door) / "door.key")
    stamp = Stamp(door, 1)
    picture = b"\xff\xd8" + os.urandom(200_000)
    crop = b"\xff\xd8" + os.urandom(10_000)
    points: Any = tuple((float(x), float(y)) for x, y in POINTS)

    def event(number: int) -> Wire:
        value = m.DoorEvent(id=f"1-{number}", kind=m.EventKind.WOKE, at=1.0)
        return sign(codec.encode(topics.DOOR_EVENT, value, door), topics.DOOR_EVENT, stamp, key)

    def frame(number: int) -> Wire:
        value = m.EnrolFrame(jpeg=picture, enrolment="e-none", index=number % 1000, count=1000)
        return sign(codec.encode(topics.ENROL_FRAME, value, door), topics.ENROL_FRAME, stamp, key)

    def burst(number: int) -> Wire:
        crops = tuple(m.Crop(jpeg=crop, points=points, at_ms=50 * i) for i in range(20))
        value = m.Burst(visit=number, nonce=nonce(), liveness=alive(), crops=crops)
        return sign(codec.encode(topics.RECOGNIZE, value, door), topics.RECOGNIZE, stamp, key)

    makers: dict[str, Callable[[int], Wire]] = {"events": event, "frames": frame, "bursts": burst}
    connected = threading.Event()

    def hear(told: BusEvent) -> None:
        if isinstance(told, Connected):
            connected.set()

    bus = SiteBuses(site).bus(f"door-{door}")
    bus.start(hear)
    assert connected.wait(10)
    sent, until = 0, time.monotonic() + seconds
    for number in itertools.count(1000):
        if time.monotonic() > until:
            break
        try:
            bus.publish(makers[kind](number))
        except QueueFullError:
            time.sleep(0.005)
            continue
        except BusError:
            time.sleep(0.1)
            continue
        sent += 1
    bus.stop()
    return sent


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]))}\n")
