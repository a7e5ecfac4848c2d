"""What time shall it be? A file says: for trials and tests, chosen by name and never fallen to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


class SimulatedWallClock:
    """The `WallClock` port over a file that is read at every question.

    Args of the constructor:
        source: a file with one time in ISO 8601 with its offset, such as
            `2026-01-05T08:00:00+00:00`. Missing, empty or unreadable: the clock is not set.
    """

    def __init__(self, source: Path) -> None:
        self._source = source

    def now(self) -> datetime | None:
        """See `WallClock.now`. It stands still until the file changes."""
        try:
            told = datetime.fromisoformat(self._source.read_text("ascii").strip())
        except (OSError, ValueError):
            return None
        return told.astimezone(UTC) if told.tzinfo is not None else None
