"""How can a door with a card reader be tried without one? A FIFO takes what would be typed.

    echo 271828 > reader

Each line is what was typed before Enter. It opens a simulated lock only.
"""

from __future__ import annotations

import os
import select
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from doorbus.messages import SecondFactor
from edge.core.keys import Key, Keys, press
from edge.errors import SensorError

TURN_S: Final = 0.2
JOIN_S: Final = 2.0
AT_ONCE: Final = 256
"""Bytes read at once; of more in one go, each key still counts."""

_log = structlog.get_logger(__name__)


class SimulatedReader:
    """The `CodeReader` port over a FIFO.

    Args of the constructor:
        path: the FIFO; made at start where it is missing.
    """

    simulated = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def problem(self) -> str | None:
        """See `CodeReader.problem`."""
        try:
            there = stat.S_ISFIFO(self._path.stat().st_mode)
        except OSError:
            return None  # it is made at start
        return None if there else f"{self._path} is no FIFO; remove it"

    def start(self, on_code: Callable[[SecondFactor], None]) -> None:
        """See `CodeReader.start`."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._path.exists():
                os.mkfifo(self._path, 0o600)
            if not stat.S_ISFIFO(self._path.stat().st_mode):
                raise SensorError(
                    f"reader: {self._path} is no FIFO; remove it, and it is made at the next start"
                )
            # For writing too: so it never ends, whoever comes and goes at the other end.
            pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise SensorError(
                f"reader: {self._path} cannot be used ({error.strerror}); name another file"
            ) from None
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._run, args=(pipe, on_code), name="reader", daemon=True
        )
        self._thread.start()
        _log.warning("reader is simulated", file=str(self._path), hint="for simulated locks only")

    def stop(self) -> None:
        """See `CodeReader.stop`."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(JOIN_S)

    def _run(self, pipe: int, on_code: Callable[[SecondFactor], None]) -> None:
        keys = Keys()
        try:
            while not self._stopping.is_set():
                if not select.select((pipe,), (), (), TURN_S)[0]:
                    continue
                with suppress(BlockingIOError):
                    for letter in os.read(pipe, AT_ONCE).decode("ascii", "replace"):
                        keys, made = press(keys, _key(letter), time.monotonic())
                        if made is not None:
                            on_code(made)
        finally:
            os.close(pipe)


def _key(letter: str) -> str | Key:
    if letter == "\n":
        return Key.ENTER
    return letter if letter in "0123456789" else Key.CLEAR
