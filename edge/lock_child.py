"""How is the lock process started, and on which actuator? Its command line, and its socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.core.bolt import LONGEST_HOLD
from edge.errors import LockError


@dataclass(frozen=True, slots=True)
class ActuatorChoice:
    """Which actuator the lock process drives, and how.

    Attributes:
        kind: `simulated` (needs `ledger`) or `gpio` (needs `pin` and `factory`).
        ledger: file for the simulated lock's transitions, in an existing folder.
        pin: BCM number of the relay's pin.
        factory: `rpigpio` or `lgpio`.
        active_high: whether a high pin energises the relay.
        rests_open: wired fail-safe: energised keeps the door shut, and at rest it is open.
        longest_hold: upper bound of any hold, seconds.
    """

    kind: Literal["simulated", "gpio"]
    ledger: Path | None = None
    pin: int | None = None
    factory: Literal["rpigpio", "lgpio"] | None = None
    active_high: bool = True
    rests_open: bool = False
    longest_hold: float = LONGEST_HOLD

    def arguments(self) -> list[str]:
        """The command line of `edge.lock`. Raises `LockError` where something is missing."""
        words = [f"--kind={self.kind}", f"--longest-hold={self.longest_hold!r}"]
        if self.rests_open:
            words.append("--rests-open")
        if self.kind == "simulated":
            if self.ledger is None:
                raise LockError("a simulated lock needs a ledger file: set lock.ledger")
            return [*words, f"--ledger={self.ledger.absolute()}"]
        if self.pin is None or self.factory is None:
            raise LockError("a gpio lock needs a pin and a pin factory: set lock.pin, lock.factory")
        words += [f"--pin={self.pin}", f"--factory={self.factory}"]
        return words if self.active_high else [*words, "--active-low"]


class LockChild:
    """One run of the lock process.

    Attributes:
        process: the process, in a session of its own, so that Ctrl-C in a terminal reaches the
            edge only.
        link: the edge's end of the socket; its end closes the bolt.
        started_at: monotonic seconds.
        ready: it has closed the bolt and serves.
        unanswered: beats sent since its last line.
    """

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket) -> None:
        self.process = process
        self.link = link
        self.started_at = time.monotonic()
        self.ready = False
        self.unanswered = 0

    @classmethod
    def spawn(cls, arguments: list[str], folder: str | None) -> LockChild:
        """Start `edge.lock` in the working directory `folder`. Raises `OSError`."""
        ours, theirs = socket.socketpair()
        # The very edge this is, from wherever it was imported.
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        with theirs:
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "edge.lock", *arguments],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    start_new_session=True,
                    cwd=folder,
                    env=environment,
                )
            except OSError:
                ours.close()
                raise
        return cls(process, ours)

    def send(self, line: bytes) -> bool:
        """Hand over a line without ever blocking; False when the process has stopped reading.

        Raises:
            OSError: the process has ended.
        """
        try:
            return self.link.send(line, socket.MSG_DONTWAIT) == len(line)
        except BlockingIOError:
            return False

    def bury(self, patience: float) -> int:
        """Wait for its end, kill it after `patience` seconds, and return the exit code."""
        self.link.close()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
