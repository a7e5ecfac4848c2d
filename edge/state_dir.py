"""What does a door remember from one start to the next?

epoch      number of this boot, strictly rising; every signature carries it
clock-set  in which boot of the machine its clock was set (edge.adapters.wall_clock_kernel)
latest-time the highest time that was ever believed (edge.wall_clock)
lockdown   there while a lock-down is in force
evacuation there while an evacuation is in force
spool/     frames and events that the brain has not confirmed (edge.spool)
running    locked by the edge that runs, so that no second one signs with the same epoch
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from edge import durable
from edge.errors import StateError


class StateDir:
    """The folder that the configuration calls `state_dir`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: int | None = None

    @property
    def spool(self) -> Path:
        """Where what must not be lost waits."""
        return self.folder / "spool"

    def start(self) -> int:
        """Claim the folder and begin a new epoch; returns it.

        The epoch is the last one plus one. A new folder begins with the wall clock's seconds, so
        that a door whose folder was lost does not fall behind what the brain has seen of it; the
        clock is asked for nothing else.

        Raises:
            StateError: the folder cannot be written, belongs to a running edge, or its epoch is
                not readable.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._claim()
            epoch = self._last_epoch() + 1
            durable.write(self._epoch, f"{epoch}\n".encode())
        except OSError as error:
            self.stop()
            raise StateError(
                f"state_dir {self.folder} cannot be used ({error.strerror}); it must be a folder "
                "that the edge may write, on a disk with room"
            ) from error
        except StateError:
            self.stop()
            raise
        return epoch

    def stop(self) -> None:
        """Let another edge have the folder. Twice is harmless."""
        if self._running is not None:
            os.close(self._running)
            self._running = None

    @property
    def locked_down(self) -> bool:
        """Whether a lock-down was in force when the edge last ran."""
        return self._lockdown.exists()

    def keep_lockdown(self, *, on: bool) -> None:
        """Remember that a lock-down is in force, or over.

        Raises:
            OSError: it cannot be written.
        """
        self._keep(self._lockdown, on=on)

    @property
    def evacuating(self) -> bool:
        """Whether an evacuation was in force when the edge last ran."""
        return self._evacuation.exists()

    def keep_evacuation(self, *, on: bool) -> None:
        """Remember that an evacuation is in force, or over.

        Raises:
            OSError: it cannot be written.
        """
        self._keep(self._evacuation, on=on)

    @property
    def _epoch(self) -> Path:
        return self.folder / "epoch"

    @property
    def _lockdown(self) -> Path:
        return self.folder / "lockdown"

    @property
    def _evacuation(self) -> Path:
        return self.folder / "evacuation"

    def _keep(self, mark: Path, *, on: bool) -> None:
        if on:
            durable.write(mark, b"")
        else:
            mark.unlink(missing_ok=True)
            durable.settle(self.folder)

    def _claim(self) -> None:
        running = os.open(self.folder / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(running)
            raise StateError(
                f"state_dir {self.folder} belongs to an edge that is running; stop that one first, "
                "or give this door a folder of its own"
            ) from None
        self._running = running

    def _last_epoch(self) -> int:
        try:
            text = self._epoch.read_text("ascii")
        except FileNotFoundError:
            return int(time.time())
        with suppress(ValueError):
            return int(text)
        raise StateError(
            f"{self._epoch} does not hold a number; remove the file, and the door begins an epoch "
            "after every earlier one if its clock is right"
        )
