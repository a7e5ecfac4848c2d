"""What did a visit come to, for whoever counts, names or measures it?"""

from __future__ import annotations

from dataclasses import dataclass

from brain.core.access import Resident
from doorbus.messages import Decision, Reason
from matching.decision import Nearness


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict that was sent.

    Attributes:
        door: where.
        visit: its number there.
        at: seconds since 1970.
        decision: what the door was told.
        reason: why.
        person: who was recognised, let in or not; None where nobody known was.
        seconds: from the burst's arrival to the verdict's sending.
        near: how near the faces were to whom; None where they were compared with nobody.
    """

    door: str
    visit: int
    at: float
    decision: Decision
    reason: Reason
    person: Resident | None
    seconds: float
    near: Nearness | None
