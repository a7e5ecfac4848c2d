"""What do `log` and `events` answer? What happened, by what is looked for; they change nothing."""

from __future__ import annotations

from typing import Any, Final

from brain import evidence
from brain.asking import Asker
from brain.core.access import Resident
from brain.errors import RequestRefused
from brain.operations import House, known
from brain.resident_reading import MOST_BYTES, fitting
from brain.statistics_ports import Wanted
from brain.store_ports import EventPlace, EventsWanted, KeptEvent, Numbered, SeenVisit, Work
from doorbus.messages import ErrorCode, EventKind, ReadEvents, ReadLog

WITHIN: Final = 20_000
"""Lines that are looked at for one answer: so long a door waits for its own, at most."""


def read_log(_: House, work: Work, asker: Asker, request: ReadLog) -> dict[str, Any]:
    """Some entries of the audit, each with whom it concerns and what is kept beside it.

    Raises:
        RequestRefused: nobody has the card, or the asker may not be told whose it is.
    """
    resident = request.resident
    if request.card is not None:
        if not asker.sees_names:
            raise RequestRefused(
                ErrorCode.NOT_ALLOWED, "log.card: names and cards are not for you; leave it out"
            )
        resident = known(work, request.card).id
    wanted = Wanted(
        since=request.since,
        until=request.until,
        door=request.door,
        reason=request.reason,
        what=() if request.what is None else (request.what,),
        resident=resident,
        actor=request.admin,
        before=request.before,
    )
    found = work.audit.page(wanted, request.limit, WITHIN)
    people: dict[str, Resident | None] = {}
    if asker.sees_names:
        theirs = {one.entry.resident for one in found.lines if one.entry.resident is not None}
        people = {one: work.residents.by_id(one) for one in theirs}
    entries = [
        _line(one, people.get(one.entry.resident or ""), asker)
        for one in found.lines
        if asker.sees_duress or one.entry.what != EventKind.DURESS
    ]
    fits = fitting(entries, MOST_BYTES)
    more = found.before if len(fits) == len(entries) else fits[-1]["number"]
    return {"entries": fits, "before": more}


def read_events(_: House, work: Work, asker: Asker, request: ReadEvents) -> dict[str, Any]:
    """Some of what doors told of themselves: no names, no cards, no scores."""
    wanted = EventsWanted(
        door=request.door,
        kinds=request.kinds,
        since=request.since,
        until=request.until,
        visit=request.visit,
        before=None if request.before is None else _place(request.before),
    )
    found = work.events.page(wanted, request.limit, WITHIN)
    return {
        "entries": [
            _event(one)
            for one in found.events
            if asker.sees_duress or one.event.kind is not EventKind.DURESS
        ],
        "before": None if found.before is None else _cursor(found.before),
    }


def _line(one: Numbered, person: Resident | None, asker: Asker) -> dict[str, Any]:
    entry, seen = one.entry, one.seen
    return {
        "number": one.number,
        "at": entry.at,
        "actor": entry.actor,
        "what": entry.what,
        "reason": entry.reason,
        "door": entry.door,
        "resident": entry.resident,
        "name": None if person is None else person.name,
        "card": None if person is None else person.card,
        "visit": None if seen is None else seen.visit,
        "evidence": None if seen is None else _evidence(seen, asker),
    }


def _evidence(seen: SeenVisit, asker: Asker) -> dict[str, Any] | None:
    if seen.evidence is None:
        return None
    return evidence.told(seen.evidence, scores=asker.sees_scores)


def _event(one: KeptEvent) -> dict[str, Any]:
    event = one.event
    return {
        "door": one.door,
        "id": event.id,
        "kind": event.kind.value,
        "at": one.at,
        "visit": event.visit,
        "detail": event.detail,
        "prompt": None if event.prompt is None else event.prompt.value,
    }


def _cursor(place: EventPlace) -> str:
    return f"{place.at!r}/{place.door}/{place.id}"


def _place(cursor: str) -> EventPlace:
    at, door, event = cursor.split("/", 2)
    return EventPlace(float(at), door, event)
