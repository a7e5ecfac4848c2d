"""How many refused attempts in a row, and how long does the door pause for them?

Figures after NIST SP 800-63B-4: at most 5 failures in a row, then at least 30 s, growing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from doorbus.messages import Reason

AGAINST_A_RESIDENT = frozenset(
    {
        Reason.NOT_PERMITTED,
        Reason.FORBIDDEN,
        Reason.OUT_OF_HOURS,
        Reason.NOT_VALID_YET,
        Reason.NO_LONGER_VALID,
        Reason.NOBODY_IN_YET,
        Reason.PASSBACK,
        Reason.SECOND_FACTOR,
        Reason.TOO_MANY_CODES,
    }
)
"""Refusals of somebody alive who was recognised: no guess, so they bring no pause.

Else students who wait for their teacher would close the door to the teacher. They do not end a row
of guesses either: who is nobody here cannot wipe out failures by having a resident refused between
them. A stranger learns nothing faster by them, for everything that is not a match counts as before.
"""

NOT_THE_VISITORS_FAULT = AGAINST_A_RESIDENT | {
    Reason.BRAIN_ERROR,
    Reason.NO_RESIDENTS,
    Reason.NOT_READY,
}
"""Refusals that are no failed guess of whoever stands there."""


@dataclass(frozen=True, slots=True)
class PauseRule:
    """When the door pauses.

    Attributes:
        after: refused live attempts in a row until a pause.
        first_s: seconds of the first pause; each further one lasts twice as long.
        longest_s: seconds that no pause exceeds.
    """

    after: int = 5
    first_s: float = 30.0
    longest_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered since the last grant.

    Attributes:
        in_row: refused live attempts since the last grant or pause.
        pauses: pauses since the last grant.
        paused_until: end of the running or last pause, monotonic seconds.
    """

    in_row: int = 0
    pauses: int = 0
    paused_until: float = -math.inf

    def paused(self, now: float) -> bool:
        """Whether the door pauses at `now`."""
        return now < self.paused_until


def refused(attempts: Attempts, reason: Reason, rule: PauseRule, now: float) -> Attempts:
    """One live attempt was refused; the pause that it may bring begins at once.

    After a pause the count begins anew, and only a grant makes the next pause short again. So one
    stranger cannot keep residents out for long with single attempts.
    """
    if reason in NOT_THE_VISITORS_FAULT:
        return attempts
    if attempts.in_row + 1 < rule.after:
        return replace(attempts, in_row=attempts.in_row + 1)
    # The exponent is bounded: a door may pause more often than a float can double.
    length = min(rule.first_s * 2.0 ** min(attempts.pauses, 32), rule.longest_s)
    return Attempts(in_row=0, pauses=attempts.pauses + 1, paused_until=now + length)
