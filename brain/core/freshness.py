"""Is a burst new, the last one once more, or out of date?

A door counts its boots (epochs) and, within each, its visits; each visit has a random nonce. The
brain keeps the newest it has answered. Nothing here looks at a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Mark:
    """Which visit, of all that a door ever had.

    Attributes:
        epoch: the door's boot.
        visit: running number in that boot.
        nonce: the visit's random mark, so that two visits of one number are told apart.
    """

    epoch: int
    visit: int
    nonce: str

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the door's history."""
        return self.epoch, self.visit


class Freshness(Enum):
    """What a burst is to the brain."""

    NEW = "new"
    REPEAT = "repeat"
    STALE = "stale"


def assess(last: Mark | None, seen: Mark, epoch: int = 0) -> Freshness:
    """Compare `seen` with the newest visit that was answered.

    Args:
        last: the newest visit answered, None for a door that never asked.
        seen: the visit that asks now.
        epoch: the newest boot of the door known from any of its messages.
    """
    if seen == last:
        return Freshness.REPEAT
    if seen.epoch < epoch or (last is not None and seen.place <= last.place):
        return Freshness.STALE
    return Freshness.NEW


def newest(last: Mark | None, seen: Mark) -> Mark:
    """What to remember after `seen`: a stale or repeated visit changes nothing."""
    return seen if assess(last, seen) is Freshness.NEW or last is None else last
