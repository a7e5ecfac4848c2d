"""How much of one door's talk does the brain listen to in a second?

A door that floods, with its own key, would take the brain's time and with it everybody's. So each
has an allowance, many times what a door needs: a message that is read costs about 1, a large one
more, a burst that is looked at most; a message that is not by its writer nearly nothing. Who has
spent it waits, at the broker, whose own limits then drop what is too much; what must not be lost is
sent again by its sender until it is acked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

LOOK: Final = 0.2
"""What any message costs: the look at its signature."""

LOOK_BYTES: Final = 400_000
"""So many bytes to hash cost 1."""

READ: Final = 0.8
"""What one that is rightly signed costs besides: decoding, a transaction, an answer."""

READ_BYTES: Final = 100_000
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
        flood_s: seconds without pause in which a door has spent all, after which it floods.
    """

    per_s: float = 100.0
    most: float = 300.0
    flood_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What a door has left, as of a moment.

    Attributes:
        left: of its allowance; below 0 it waits.
        at: monotonic seconds.
        short_since: since when it has spent all and never saved up half of it again.
    """

    left: float
    at: float
    short_since: float | None = None


def begun(now: float, rule: PaceRule) -> Pace:
    """A door that has said nothing yet."""
    return Pace(rule.most, now)


def spent(before: Pace, cost: float, now: float, rule: PaceRule) -> Pace:
    """What is left after something that cost so much."""
    left = min(rule.most, before.left + (now - before.at) * rule.per_s)
    since = None if left >= rule.most / 2 else before.short_since
    left -= cost
    if left <= 0 and since is None:
        since = now
    return Pace(left, now, since)


def wait_s(pace: Pace, now: float, rule: PaceRule) -> float:
    """Seconds until the next message is heard; 0 for now."""
    return max(0.0, -pace.left / rule.per_s - (now - pace.at))


def floods(pace: Pace, now: float, rule: PaceRule) -> bool:
    """Whether it has gone on like this for too long."""
    return pace.short_since is not None and now - pace.short_since >= rule.flood_s


def forgiven(pace: Pace, now: float) -> Pace:
    """Its flood is dealt with, and counts anew from now."""
    return replace(pace, short_since=now)


def look_cost(size: int) -> float:
    """What a message of so many bytes costs whoever it is from."""
    return LOOK + size / LOOK_BYTES


def read_cost(size: int) -> float:
    """What it costs besides, once its writer is certain."""
    return READ + size / READ_BYTES
