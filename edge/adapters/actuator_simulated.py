"""What did a lock without hardware do, and when? A ledger on disk that outlives any process.

The ledger is append-only, one JSON object a line: `state` (`LOCKED`, `UNLOCKED`), `monotonic`
(seconds, the machine's), `wall` (UTC, ISO 8601) and `pid` of the process that moved the bolt.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from edge.errors import LockError


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the ledger."""

    state: str
    monotonic: float
    wall: str
    pid: int


class SimulatedActuator:
    """Moves nothing and writes down what a bolt would have done.

    The first line of each process is its `LOCKED` at start, for what happened before is not known
    then; after it only changes are written.

    Args of the constructor:
        ledger: the file.
        rests_open: fail-safe wiring: once stopped, the door is open.
    """

    simulated = True

    def __init__(self, ledger: str | Path, *, rests_open: bool = False) -> None:
        self._path = Path(ledger)
        self._rests_open = rests_open
        self._file: int | None = None
        self._drawn = False

    def start(self) -> None:
        """Open the ledger and write the first `LOCKED`.

        Raises:
            LockError: the file cannot be written.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.open(self._path, flags, 0o640)
            self._write("LOCKED")
        except OSError as error:
            raise LockError(
                f"the simulated lock cannot write its ledger {self._path}: {error.strerror}; "
                "set lock.ledger to a file in an existing folder that the edge may write"
            ) from error
        self._drawn = False

    def open(self) -> None:
        """Record `UNLOCKED`, unless open already."""
        if not self._drawn:
            self._write("UNLOCKED")
            self._drawn = True

    def close(self) -> None:
        """Record `LOCKED`, unless closed already."""
        if self._drawn:
            self._write("LOCKED")
            self._drawn = False

    def stop(self) -> None:
        """Close the bolt, or let it rest where it is wired fail-safe; then close the file."""
        if self._file is None:
            return
        if self._rests_open:
            self.open()
        else:
            self.close()
        os.close(self._file)
        self._file = None

    def _write(self, state: str) -> None:
        if self._file is None:
            raise LockError(f"the simulated lock on {self._path} has not been started")
        now = time.time()
        wall = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"
        line = {"state": state, "monotonic": time.monotonic(), "wall": wall, "pid": os.getpid()}
        os.write(self._file, json.dumps(line).encode() + b"\n")  # unbuffered: survives SIGKILL


def read_ledger(path: str | Path) -> list[Transition]:
    """Every transition on record, oldest first; none where there is no ledger yet.

    Raises:
        LockError: a line is no transition.
    """
    try:
        text = Path(path).read_text("utf-8")
    except FileNotFoundError:
        return []
    transitions = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            transitions.append(Transition(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise LockError(
                f"ledger {path}, line {number}: not a transition ({error}); move the file away"
            ) from error
    return transitions
