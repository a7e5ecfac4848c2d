"""One daemon as its own process, with its log in a file, ended by its own process id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from doorbus.errors import DoorwardError

STOP_S = 15.0
LOG_LINES = 15


class DaemonFailed(DoorwardError):  # noqa: N818  # reads as what happened
    """A daemon ended that should run; the message holds the end of its log."""


class Daemon:
    """`python -m brain` or `python -m edge` with one configuration."""

    def __init__(self, module: str, config: Path, log: Path, *options: str) -> None:
        self._command = [sys.executable, "-m", module, "--config", str(config), *options]
        self._name = module
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The running process's id. Raises DaemonFailed where none runs."""
        if self._process is None or self._process.poll() is not None:
            raise DaemonFailed(f"{self._name} does not run: {self.last_words()}")
        return self._process.pid

    def start(self) -> None:
        """Start it; returns at once. Nothing happens where it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal is for whoever started the daemons; it ends them in turn.
                start_new_session=True,
            )

    def stop(self) -> int | None:
        """End it as a system does (SIGTERM), by force after a while; the exit code, if it ran."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does (SIGKILL)."""
        self._end(signal.SIGKILL)

    def check(self) -> None:
        """Raise DaemonFailed where it should run and does not."""
        if self._process is not None and self._process.poll() is not None:
            raise DaemonFailed(
                f"{self._name} ended with exit code {self._process.returncode}: {self.last_words()}"
            )

    def last_words(self) -> str:
        """The end of its log."""
        if not self._log.exists():
            return "(no log)"
        lines = self._log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return os.linesep.join(lines)

    def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return process.returncode if process else None
        process.send_signal(how)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(STOP_S)
