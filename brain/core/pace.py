"""How much of one door's talk does the brain listen to in a second?

A door that floods, with its own key, would take the brain's time and with it everybody's. So each
has an allowance, many times what a door needs: a message that is read costs about 1, a large one
more, a burst that is looked at most; a message that is not by its writer nearly nothing. Who has
spent it waits, at the broker; and who floods loses what waits there (`doorbus.connection`). What
must not be lost is sent again by its sender until it is acked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOOK: Final = 0.2
"""What any message costs: the look at its signature."""

LOOK_BYTES: Final = 400_000
"""So many bytes to hash cost 1."""

READ: Final = 0.8
"""What one that is rightly signed costs besides: decoding, a transaction, an answer."""

READ_BYTES: Final = 100_000
EVENT: Final = 3.0
"""What an event costs besides: a commit that waits for the disk, for a few bytes."""

BURST: Final = 6.0
"""What a burst costs besides that goes on to those who look at pictures."""


@dataclass(frozen=True, slots=True)
class PaceRule:
    """What a door may spend.

    An enrolling door with 30 pictures of 60 kB a second spends 60 a second; one with a visitor who
    tries again and again 10.

    Attributes:
        per_s: in the long run, each second.
        most: what can be saved up.
    """

    per_s: float = 100.0
    most: float = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What a door has left, as of a moment.

    Attributes:
        left: of its allowance; below 0 it waits.
        at: monotonic seconds.
    """

    left: float
    at: float


def begun(now: float, rule: PaceRule) -> Pace:
    """A door that has said nothing yet."""
    return Pace(rule.most, now)


def spent(before: Pace, cost: float, now: float, rule: PaceRule) -> Pace:
    """What is left after something that cost so much."""
    return Pace(min(rule.most, before.left + (now - before.at) * rule.per_s) - cost, now)


def wait_s(pace: Pace, now: float, rule: PaceRule) -> float:
    """Seconds until the next message is heard; 0 for now."""
    return max(0.0, -pace.left / rule.per_s - (now - pace.at))


def look_cost(size: int) -> float:
    """What a message of so many bytes costs whoever it is from."""
    return LOOK + size / LOOK_BYTES


def read_cost(size: int) -> float:
    """What it costs besides, once its writer is certain."""
    return READ + size / READ_BYTES
