"""Who hears by name who came? Administrators alone."""

from __future__ import annotations

from brain.decided import Decided
from brain.outgoing import Outgoing
from doorbus.messages import NamedVisit
from doorbus.topics import ADMIN_EVENTS


class NamedVisits:
    """Tells administrators of each verdict, with name and card; on one thread."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        person = one.person
        self._outgoing.publish(
            ADMIN_EVENTS,
            NamedVisit(
                at=one.at,
                door=one.door,
                visit=one.visit,
                decision=one.decision,
                reason=one.reason,
                resident=person.id if person else None,
                name=person.name if person else None,
                card=person.card if person else None,
            ),
        )
