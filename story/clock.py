"""Which time is it in the story? It runs as ever while something happens, and leaps in between."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class StoryClock:
    """One clock for the brain and every door: their monotonic time, date and time of day.

    It implements the clocks of both sides (`brain.ports.Clock`, `edge.ports.Clock`,
    `edge.wall_clock.WallClock`).

    Args:
        begins: aware; the story's first moment.
        zone: the building's.
    """

    def __init__(self, begins: datetime, zone: ZoneInfo) -> None:
        self._zone = zone
        self._begins = begins.timestamp()
        self._origin = time.monotonic()
        self._ahead = 0.0

    def monotonic(self) -> float:
        """Seconds, never running backwards."""
        return time.monotonic() + self._ahead

    def wall(self) -> float:
        """Seconds since 1970."""
        return self._begins + self.monotonic() - self._origin

    def now(self) -> datetime:
        """The same, as doors have it."""
        return datetime.fromtimestamp(self.wall(), UTC)

    @property
    def local(self) -> datetime:
        """The same, on the building's walls."""
        return self.now().astimezone(self._zone)

    def leap(self, seconds: float) -> None:
        """Let time pass at once. Nothing may be under way that has to happen meanwhile."""
        self._ahead += seconds

    def leap_to(self, hour: int, minute: int, days: int = 0) -> None:
        """Leap to a time of this day, or of one to come. Raises ValueError where it is past."""
        there = self.local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        seconds = (there + timedelta(days=days) - self.local).total_seconds()
        if seconds < 0:
            raise ValueError(f"{hour:02}:{minute:02} is past: it is {self.local:%H:%M:%S}")
        self.leap(seconds)

    def __str__(self) -> str:
        return f"{self.local:%a %H:%M}"
