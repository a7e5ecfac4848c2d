"""One door floods the brain, with its own key and certificate, while another goes on working."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from brain_world import RED, Door, painted
from cases import case
from extent import FULL
from fault_table import Note
from fault_world import FaultWorld
from painted_brain import PATHS, ROOT

from doorbus import messages as m
from doorbus.messages import Decision

CARD = "000000000001"
MOST_TIMES_SLOWER: Final = 2.0
"""The goal, for a machine that has a core for the flood beside those that it works with."""

MOST_MB: Final = 400
"""What the brain may come to under a flood, megabytes; painted faces need no networks."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        yield world


def visits(door: Door, first: int, count: int) -> list[float]:
    """Seconds from burst to verdict of so many visits, all let in."""
    took = []
    pictures = [painted(RED) for _ in range(20)]
    for number in range(count):
        begun = time.monotonic()
        verdict = door.visit(pictures, first + number)
        took.append(time.monotonic() - begun)
        assert verdict.decision is Decision.GRANT
        time.sleep(0.05)
    return took


def p99(seconds: list[float]) -> float:
    """The 99th percentile; of fewer than a hundred, the worst."""
    return sorted(seconds)[max(0, -(-99 * len(seconds) // 100) - 1)]


@case(
    50,
    "a door floods with its own key: 100-byte events, 200 KB frames, bursts",
    "other doors' p99 at most 2 times the quiet one, memory bounded",
)
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not FULL, reason="full form only")
@pytest.mark.parametrize("kind", ["events", "frames", "bursts"])
def test_a_flooding_door_slows_nobody_else(world: FaultWorld, note: Note, kind: str) -> None:
    brain = world.brain_process(liveness={"policies": ["standard"]})
    admin = world.side.admin()
    door = world.side.door("back", started=False)
    door.heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE)
    door.ack_of(door.tell(m.EventKind.STARTED).id)
    world.side.enrol(admin, door, CARD, RED)
    count = 200
    quiet = visits(door, 1, count)
    command = [sys.executable, str(Path(__file__).parent / "flooder.py")]
    flooder = subprocess.Popen(
        [*command, str(world.site.root), "front", kind, "40"],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(str(ROOT / path) for path in PATHS)},
    )
    time.sleep(1.5)  # until it floods
    flooded = visits(door, 1000, count)
    sent = int(flooder.communicate(timeout=120)[0].splitlines()[-1])
    calm = visits(door, 2000, 50)
    times = p99(flooded) / p99(quiet)

    note(f"{sent} {kind}", p99_quiet_ms=f"{p99(quiet) * 1000:.0f}")
    note(p99_flooded_ms=f"{p99(flooded) * 1000:.0f}", times=f"{times:.1f}")
    note(brain_MB=f"{brain.memory_mb():.0f}", after_ms=f"{p99(calm) * 1000:.0f}")
    assert sent > 100
    assert brain.memory_mb() < MOST_MB
    assert times <= MOST_TIMES_SLOWER
