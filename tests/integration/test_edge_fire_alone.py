"""A whole edge process with a fire alarm and no broker: what it does, and what its death does.

The proof is the simulated lock's ledger, which outlives every process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from doorctl.site import Site
from edge.adapters.actuator_simulated import read_ledger
from faces import models

MISSING = models.problem("yunet") or models.problem("landmarks68")
WITHIN_S = 30.0

pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"needs the models: {MISSING}")


class Board:
    """The door `front`, as a process of its own."""

    def __init__(self, folder: Path, wiring: str) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        path = folder / "edge.yaml"
        (folder / "scene.yaml").write_text("kind: empty\n")
        text: dict[str, Any] = yaml.safe_load(path.read_text())
        text |= {
            "camera": {"kind": "scene", "source": "scene.yaml"},
            "liveness": {"policy": "demo"},
            "lock": {"kind": "simulated", "wiring": wiring},
            "fire": {"kind": "simulated", "source": "senses.yaml"},
        }
        path.write_text(yaml.safe_dump(text))
        self.fire(on=False)

    def fire(self, *, on: bool) -> None:
        draft = self.folder / "senses.draft"
        draft.write_text(f"fire: {str(on).lower()}\n")
        draft.replace(self.folder / "senses.yaml")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge", "--config", str(self.folder / "edge.yaml")],
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def wait(self, state: str, pid: Callable[[int], bool] = lambda _: True) -> int:
        """Wait until the lock's last movement was that one; the process that moved it."""
        ledger = self.folder / "state" / "lock-ledger.jsonl"
        give_up_at = time.monotonic() + WITHIN_S
        while time.monotonic() < give_up_at:
            moves = read_ledger(ledger)
            if moves and moves[-1].state == state and pid(moves[-1].pid):
                return moves[-1].pid
            time.sleep(0.02)
        raise AssertionError(f"the lock is not {state}: {read_ledger(ledger)}")


@pytest.fixture
def board(request: pytest.FixtureRequest, site: Site) -> Iterator[Board]:
    board = Board(site.door("front"), request.param)
    yield board
    board.kill()


@pytest.mark.parametrize("board", ["fail_secure"], indirect=True)
def test_an_edge_that_is_killed_during_a_fire_closes_and_opens_again_when_it_is_back(
    board: Board,
) -> None:
    board.start()
    first = board.wait("LOCKED")
    board.fire(on=True)
    board.wait("UNLOCKED")

    board.kill()
    board.wait("LOCKED")

    board.start()
    board.wait("UNLOCKED", lambda pid: pid != first)
    board.fire(on=False)
    board.wait("LOCKED")


@pytest.mark.parametrize("board", ["fail_safe"], indirect=True)
def test_a_fail_safe_door_is_open_whenever_its_edge_is_dead(board: Board) -> None:
    board.start()
    first = board.wait("LOCKED")

    board.kill()
    board.wait("UNLOCKED", lambda pid: pid == first)

    board.start()
    board.wait("LOCKED", lambda pid: pid != first)
