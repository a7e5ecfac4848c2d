"""When must the lock be told anew, and for how long?

A passing hold is one order with an end of its own. A standing one (fire, evacuation, office mode)
has none that is known, and the lock never gets an endless order: it is told `STANDING_S` again and
again, so that it closes by itself when the edge no longer renews.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

from edge.core.gate import Decision, Hold, Reason, Shut
from edge.core.visit_effects import CloseLock, HoldLock

STANDING_S: Final = 10.0
"""Seconds of one order within a standing hold; renewed at half of it."""

AGAIN_S: Final = 0.25
"""Least seconds between two orders of a standing hold to a lock that closed on its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the lock was last told.

    Attributes:
        decision: what it followed from.
        at: when an order last went out, monotonic seconds.
        renew_at: when a standing hold is told again, monotonic seconds.
    """

    decision: Decision = field(default_factory=lambda: Shut(Reason.NOTHING))
    at: float = -math.inf
    renew_at: float = math.inf


def follow(
    told: Told, decision: Decision, now: float, longest: float
) -> tuple[Told, HoldLock | CloseLock | None]:
    """What to tell the lock at `now` (monotonic seconds) so that it does as decided, if anything.

    Args:
        told: what it was told so far.
        decision: what it should do.
        now: monotonic seconds.
        longest: seconds that no order may exceed.
    """
    before = told.decision
    if isinstance(decision, Shut):
        order = CloseLock() if isinstance(before, Hold) else None
        return replace(told, decision=decision, renew_at=math.inf), order
    same = isinstance(before, Hold) and (before.until == decision.until)
    if not decision.standing:
        if same:
            return replace(told, decision=decision), None
        seconds = decision.until - now
        return Told(decision, now), HoldLock(seconds, decision.reason)
    renewed = same and before.reason is decision.reason
    if renewed and now < told.renew_at:
        return told, None
    seconds = min(STANDING_S, longest)
    return (
        Told(decision, now, now + seconds / 2),
        HoldLock(seconds, decision.reason, renewed=renewed),
    )


def closed(told: Told, now: float) -> Told:
    """The lock reported at `now` that it closed: a standing hold is told again soon."""
    if not (isinstance(told.decision, Hold) and told.decision.standing):
        return told
    return replace(told, renew_at=min(told.renew_at, max(now, told.at + AGAIN_S)))
