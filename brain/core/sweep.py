"""Which stretch of time is looked at next, so that nobody waits long for a look?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FIRST_S: Final = 6 * 3600.0
LEAST_S: Final = 900.0
MOST_S: Final = 32 * 24 * 3600.0
FEW: Final = 500
"""Visits in a stretch from which on the next one is no longer."""

MANY: Final = 4000
"""From which on it is shorter."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A way through some time, stretch by stretch.

    Attributes:
        at: where the next stretch begins, seconds since 1970.
        until: where the last one ends.
        width_s: how long the next one is.
    """

    at: float
    until: float
    width_s: float = FIRST_S

    @property
    def over(self) -> bool:
        """Whether there is no next one."""
        return self.at >= self.until

    @property
    def end(self) -> float:
        """Where the next one ends; it belongs to the one behind it."""
        return min(self.at + self.width_s, self.until)

    def after(self, visits: int) -> Sweep:
        """On, once the stretch was looked at.

        Args:
            visits: how many there were in it.
        """
        width = self.width_s
        if visits < FEW:
            width = min(2 * width, MOST_S)
        elif visits > MANY:
            width = max(width / 2, LEAST_S)
        return replace(self, at=self.end, width_s=width)
