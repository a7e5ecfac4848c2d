"""What becomes of what a door decided by itself while the brain was away?

It is told afterwards, with the times at which it happened. Each becomes an entry of the audit, of
the door's own time and in the door's own name: the brain saw nothing of it. Who was let in has come
in, as far as rules about that are concerned.
"""

from __future__ import annotations

from brain.rules_admission import Admission
from brain.store_ports import AuditEntry, SeenVisit, Work
from doorbus.messages import DoorEvent, EventKind, Reason

AWAY = frozenset({EventKind.AWAY_GRANTED, EventKind.AWAY_DENIED, EventKind.CODE})
"""What doors decide by themselves; of their own refusals of codes they tell online too."""

AHEAD_S = 300.0
"""A door's time that is further ahead of the brain's clock is not taken for one."""


def note(work: Work, admission: Admission, door: str, event: DoorEvent, now: float) -> None:
    """Keep what a door decided by itself, in the transaction that keeps the event.

    Args:
        work: that transaction.
        admission: the site's rules.
        door: who tells.
        event: what, for the first time.
        now: the brain's wall clock, seconds since 1970.
    """
    if event.kind not in AWAY:
        return
    granted = event.kind in {EventKind.AWAY_GRANTED, EventKind.CODE}
    words = event.detail.split()
    resident = _named(work, words[-1] if words[int(not granted) :] else None)
    at = event.at if event.at <= now + AHEAD_S else now
    reason = Reason.MATCH.value if granted else (words[0] if words else "")
    work.audit.append(
        AuditEntry(
            at=at,
            actor=f"door:{door}",
            what=event.kind.value,
            resident=resident,
            door=door,
            reason=reason,
        ),
        None if event.visit is None else SeenVisit(event.visit),
    )
    if granted and resident is not None and work.residents.by_id(resident) is not None:
        admission.came_in(work, resident, door, at)


def _named(work: Work, word: str | None) -> str | None:
    """An opaque id that somebody has, or had; a door cannot make one up."""
    if word is None:
        return None
    known = work.residents.by_id(word) is not None
    return word if known or word.startswith("r-") else None
