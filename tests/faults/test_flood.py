"""One door floods the brain, with its own key and certificate, while another goes on working."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from doorbus import topics
from doorbus.messages import Decision

CARD = "000000000001"
ROUNDS: Final = 10
VISITS: Final = 25
"""So many in quiet and so many under flood a round: both meet the machine's other work."""

MOST_TIMES_SLOWER: Final = 2.0
MOST_MB: Final = 500
"""What the brain and its lookers may come to, megabytes; painted faces need no networks."""

COMES_S: Final = 1.0
"""Seconds until a flood has risen, and until what it left in the broker has flowed off."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        yield world


class Flooder:
    """A process that floods while it is let.

    In truth it is a board of its own somewhere else: it gets what processor time nobody else wants,
    so that not its own work is what slows others.
    """

    def __init__(self, site: Path, door: str, kind: str) -> None:
        program = str(Path(__file__).parent / "flooder.py")
        self._process = subprocess.Popen(
            [sys.executable, program, str(site), door, kind],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": ":".join(str(ROOT / path) for path in PATHS)},
        )
        os.setpriority(os.PRIO_PROCESS, self._process.pid, 19)
        assert self._process.stdout is not None
        # What it logs comes the same way.
        assert any(line == b"ready\n" for line in self._process.stdout)
        self._process.send_signal(signal.SIGSTOP)

    @contextmanager
    def flooding(self) -> Iterator[None]:
        """It floods within."""
        self._process.send_signal(signal.SIGCONT)
        time.sleep(COMES_S)
        yield
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(COMES_S)

    def kill(self) -> None:
        """Whatever it is at. Twice is harmless."""
        self._process.kill()
        self._process.wait(10)

    def end(self) -> int:
        """How many messages it sent."""
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(signal.SIGTERM)
        said, _ = self._process.communicate(timeout=60)
        return int(said.splitlines()[-1])


def visits(door: Door, first: int, count: int) -> list[float]:
    """Seconds from burst to verdict of so many visits, all let in."""
    took = []
    pictures = [painted(RED) for _ in range(20)]
    for number in range(first, first + count):
        burst = door.burst(pictures, number)
        begun = time.monotonic()
        door.send(topics.RECOGNIZE, burst)
        verdict = door.verdict_for(burst)
        took.append(time.monotonic() - begun)
        assert verdict.decision is Decision.GRANT
        time.sleep(0.05)
    return took


def p99(seconds: list[float]) -> float:
    """The 99th percentile; of fewer than a hundred, the worst."""
    return sorted(seconds)[max(0, -(-99 * len(seconds) // 100) - 1)]


@case(
    50,
    "a door floods with its own key: 100-byte events, 200 KB frames, bursts of rubbish, of faces",
    "other doors' p99 at most 2 times the quiet one, memory bounded",
)
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not FULL, reason="full form only")
@pytest.mark.parametrize("kind", ["events", "frames", "bursts", "faces"])
def test_a_flooding_door_slows_nobody_else(world: FaultWorld, note: Note, kind: str) -> None:
    brain = world.brain_process(liveness={"policies": ["standard"]})
    admin = world.side.admin()
    door = world.side.door("back", started=False)
    door.heard.wait(m.Availability, lambda word: word is m.Availability.ONLINE)
    door.ack_of(door.tell(m.EventKind.STARTED).id)
    world.side.enrol(admin, door, CARD, RED)
    visits(door, 1, 5)
    flooder = Flooder(world.site.root, "front", kind)
    quiet: list[float] = []
    flooded: list[float] = []
    most_mb = 0.0
    try:
        for turn in range(ROUNDS):
            first = 100 + 2 * VISITS * turn
            quiet += visits(door, first, VISITS)
            with flooder.flooding():
                flooded += visits(door, first + VISITS, VISITS)
                most_mb = max(most_mb, brain.tree_mb())
        sent = flooder.end()
    finally:
        flooder.kill()
    times = p99(flooded) / p99(quiet)

    note(f"{sent} {kind}; {len(quiet)} visits in quiet, {len(flooded)} between them under flood")
    note(**{f"{kind}_p99_ms": f"{p99(quiet) * 1000:.0f} quiet, {p99(flooded) * 1000:.0f} flooded"})
    note(times_slower=f"{times:.2f}", flood_MB=f"{most_mb:.0f}")
    assert sent > 100
    assert most_mb < MOST_MB
    assert times <= MOST_TIMES_SLOWER
