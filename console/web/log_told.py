"""What have doors told of themselves? Their events, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core import log_wanted, recalled
from console.core.looking_up import address
from console.errors import BrainAway, NotDone
from console.web import log_known
from console.web.asking import ask
from console.web.forms import asked, show
from console.web.routes import page
from console.words import events as words_events
from console.words import log as words_log
from console.words.marked import N_
from doorbus import messages as m
from doorbus.messages import EventKind as Kind

KINDS: Final[Mapping[str, tuple[str, tuple[Kind, ...]]]] = {
    "refusals": (
        N_("Refusals at the door"),
        (
            Kind.NO_FACE,
            Kind.TOO_DARK,
            Kind.SEVERAL_FACES,
            Kind.FACE_LOST,
            Kind.NO_BLINK,
            Kind.SPOOF,
            Kind.NO_ANSWER,
            Kind.DENIED,
            Kind.PAUSED,
            Kind.PASS_REFUSED,
            Kind.CODE_REFUSED,
            Kind.AWAY_DENIED,
        ),
    ),
    "openings": (
        N_("Openings"),
        (
            Kind.GRANTED,
            Kind.PASS,
            Kind.CODE,
            Kind.AWAY_GRANTED,
            Kind.ORDER,
            Kind.EXIT,
            Kind.OFFICE_OPEN,
            Kind.OFFICE_CLOSED,
            Kind.WOULD_OPEN,
        ),
    ),
    "alarms": (
        N_("Alarms"),
        (
            Kind.FORCED_OPEN,
            Kind.HELD_OPEN,
            Kind.CLOSED_AGAIN,
            Kind.TAMPER,
            Kind.TAMPER_OVER,
            Kind.FIRE,
            Kind.FIRE_OVER,
            Kind.DURESS,
        ),
    ),
    "faults": (
        N_("Faults and messages refused"),
        (
            Kind.STARTED,
            Kind.CAMERA_LOST,
            Kind.CAMERA_FROZEN,
            Kind.CAMERA_BACK,
            Kind.LOCK_FAULT,
            Kind.CLOCK_UNSURE,
            Kind.REFUSED_MESSAGE,
        ),
    ),
    "enrolments": (
        N_("Enrolments"),
        (
            Kind.ENROLLING,
            Kind.ENROLLING_WAITS,
            Kind.ENROLMENT_SENT,
            Kind.ENROLMENT_FAILED,
            Kind.FORGOTTEN,
        ),
    ),
}
"""What events are about, by how the page calls it."""


async def told(request: Request) -> Response:
    """The newest events of those that are looked for."""
    doors = await log_known.doors(request)
    form = asked(request, *log_wanted.TOLD_FILTERS)
    between = log_wanted.time_between(
        {"since": form["since"], "until": form["until"]}, log_known.zone(request)
    )
    form = log_known.refuse_times(form, between)
    found: dict[str, Any] = {"entries": [], "before": None}
    if not form.errors:
        try:
            found = await ask(
                request,
                m.ReadEvents,
                door=form["door"] or None,
                kinds=_kinds(form["kind"]),
                since=between.since,
                until=between.until,
                before=request.query_params.get("before") or None,
                limit=log_wanted.PAGE,
            )
        except BrainAway:
            raise
        except NotDone as why:
            form = form.refused(why)
    filters = form.given(*log_wanted.TOLD_FILTERS)
    events = [
        (one["door"], event)
        for one in found["entries"]
        if (event := recalled.entry(one)) is not None
    ]
    context = {
        "events": [
            (door, one, words_events.told(one), words_events.tone(one)) for door, one in events
        ],
        "older": address("/log/doors", filters, before=found["before"]) if found["before"] else "",
        "newest": address("/log/doors", filters) if request.query_params.get("before") else "",
        "filters": filters,
        "doors": [(door, door) for door in doors],
        "groups": KINDS,
        "unsaid": log_known.unsaid(request),
        "words": words_log,
    }
    return show(request, "log_doors.html", form, context)


def _kinds(chosen: str) -> tuple[Kind, ...]:
    """The kinds of a group, or the one kind of that name; all for neither."""
    if chosen in KINDS:
        return KINDS[chosen][1]
    return (Kind(chosen),) if chosen in set(Kind) else ()


routes: list[BaseRoute] = [page("/log/doors", told)]
