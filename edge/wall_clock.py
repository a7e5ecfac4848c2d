"""What time is it for people: may this door trust its own wall clock?

Passes, schedules and the cache rest on it. A board without a battery wakes up at some date or
other; until it has been set since then, there is no time at all (`None`), and what needs one is
refused with the event `clock_unsure`.

`LatestTime` keeps the highest time ever seen across restarts, for a clock that is set back must
not make young again what has ended.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from edge import durable

KEEP_EVERY_S: Final = 60.0
"""Seconds of wall time that a power cut may take from the highest time kept."""

_log = structlog.get_logger(__name__)


class WallClock(Protocol):
    """The date and time that a door goes by."""

    def now(self) -> datetime | None:
        """Aware, in UTC; None while nobody has set the clock since this machine's boot.

        May be asked every turn of the loop: it costs microseconds. It may run backwards.
        """
        ...


class LatestTime:
    """The highest time that this door has ever believed; for one thread.

    Args of the constructor:
        path: the file that keeps it; what is in it after a power cut is whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._kept = self._latest

    def start(self) -> None:
        """Read what was kept. A file that nobody can read counts as none, and is logged."""
        try:
            kept = datetime.fromtimestamp(float(self._path.read_text("ascii")), UTC)
        except FileNotFoundError:
            return
        except (OSError, ValueError, OverflowError) as error:
            _log.warning("latest_time_unreadable", file=str(self._path), why=type(error).__name__)
            return
        self._latest = self._kept = kept

    def seen(self, now: datetime) -> datetime:
        """The highest time so far, `now` (aware) being one of them.

        It is kept on the disk (fsync) as soon as it has grown by `KEEP_EVERY_S`. A disk that
        refuses is logged: the time still counts until the door stops.
        """
        self._latest = max(self._latest, now)
        if (self._latest - self._kept).total_seconds() >= KEEP_EVERY_S:
            try:
                durable.write(self._path, f"{self._latest.timestamp():.3f}\n".encode())
            except OSError as error:
                _log.error("latest_time_not_kept", file=str(self._path), why=error.strerror)
            self._kept = self._latest
        return self._latest
