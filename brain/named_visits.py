"""Who hears by name who came? Administrators alone."""

from __future__ import annotations

import structlog

from brain.core.access import Resident
from brain.decided import Decided
from brain.errors import BrainError
from brain.outgoing import Outgoing
from brain.store_ports import PeopleStore
from doorbus.messages import Decision, DoorEvent, EventKind, NamedVisit, Reason
from doorbus.topics import ADMIN_EVENTS

LET_IN = frozenset({EventKind.AWAY_GRANTED, EventKind.CODE})
"""What a door decided by itself in somebody's favour."""

_log = structlog.get_logger()
_REASONS = {reason.value: reason for reason in Reason}


class NamedVisits:
    """Tells administrators of each verdict, with name and card; on one thread.

    Args:
        outgoing: for `admin/events`.
        store: knows who has which opaque id.
    """

    def __init__(self, outgoing: Outgoing, store: PeopleStore) -> None:
        self._outgoing = outgoing
        self._store = store

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        self._tell(one.door, one.visit, one.at, one.decision, one.reason, one.person)

    def told(self, door: str, event: DoorEvent) -> None:
        """A door told of something; of what it decided by itself, the opaque id comes last."""
        if event.kind not in LET_IN | {EventKind.AWAY_DENIED}:
            return
        words = event.detail.split()
        try:
            with self._store.work() as work:
                person = work.residents.by_id(words[-1]) if words else None
        except BrainError as error:
            _log.warning("nobody is named", door=door, why=str(error))
            return
        if event.kind in LET_IN:
            decision, reason = Decision.GRANT, Reason.MATCH
        else:
            first = words[0] if words else ""
            decision, reason = Decision.DENY, _REASONS.get(first, Reason.UNKNOWN)
        self._tell(door, event.visit or 0, event.at, decision, reason, person, away=True)

    def _tell(  # noqa: PLR0917  # a visit is so much
        self,
        door: str,
        visit: int,
        at: float,
        decision: Decision,
        reason: Reason,
        person: Resident | None,
        *,
        away: bool = False,
    ) -> None:
        self._outgoing.publish(
            ADMIN_EVENTS,
            NamedVisit(
                at=at,
                door=door,
                visit=visit,
                decision=decision,
                reason=reason,
                resident=person.id if person else None,
                name=person.name if person else None,
                card=person.card if person else None,
                away=away,
            ),
        )
