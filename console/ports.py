"""What does the console need from the machine it runs on?"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The console's own time."""

    def monotonic(self) -> float:
        """Seconds, never running backwards; only differences mean anything."""
        ...

    def wall(self) -> float:
        """Seconds since 1970."""
        ...
