"""What is a door told, once it is known whom a burst shows?"""

from __future__ import annotations

from dataclasses import dataclass

from brain.core.access import Resident, objection
from doorbus.messages import Decision, Reason
from matching.decision import Match


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What goes to the door; `resident` is the person recognised, let in or not."""

    decision: Decision
    reason: Reason
    resident: str | None = None


def conclude(found: Match, resident: Resident | None) -> Conclusion:
    """Turn a match into what the door is told.

    Args:
        found: what matching says.
        resident: the record of `found.resident` as it stands now; None where it is gone.
    """
    if found.reason is not Reason.MATCH:
        return Conclusion(Decision.DENY, found.reason)
    against = objection(resident)
    if against is not None:
        return Conclusion(Decision.DENY, against, found.resident)
    return Conclusion(Decision.GRANT, Reason.MATCH, found.resident)
