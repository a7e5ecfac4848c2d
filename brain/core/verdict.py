"""What is a door told, once it is known whom a burst shows?"""

from __future__ import annotations

from dataclasses import dataclass

from doorbus.messages import Decision, Reason
from matching.decision import Match


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What goes to the door; `resident` is the person recognised, let in or not."""

    decision: Decision
    reason: Reason
    resident: str | None = None


def conclude(found: Match, against: Reason | None) -> Conclusion:
    """Turn a match into what the door is told.

    Args:
        found: what matching says.
        against: why the resident who was found is refused all the same (`brain.core.access`); None
            where nothing speaks against it. Of no matter where nobody was found.
    """
    if found.reason is not Reason.MATCH:
        return Conclusion(Decision.DENY, found.reason)
    if against is not None:
        return Conclusion(Decision.DENY, against, found.resident)
    return Conclusion(Decision.GRANT, Reason.MATCH, found.resident)
