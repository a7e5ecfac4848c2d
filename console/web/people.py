"""Who is known here? The page that finds people, and the one that adds somebody."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.looking_up import PAGE, Part, offset, sought, yes_no
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.forms import asked, show, typed
from console.web.pages import see, signed_in
from console.web.people_known import beginning, plain_card, standings
from console.web.routes import BOTH, page
from doorbus import messages as m
from doorbus.messages.console import Role

FILTERS: Final = ("q", "group", "enrolled", "enabled")
_NOTHING: Final[dict[str, Any]] = {"total": 0, "offset": 0, "residents": []}


async def people(request: Request) -> Response:
    """Search, with what is left of everybody."""
    form = asked(request, *FILTERS)
    names = await ask(request, m.ListNames)
    try:
        listed = await ask(
            request,
            m.ListResidents,
            offset=offset(request.query_params.get("offset", "")),
            limit=PAGE,
            group=form["group"] or None,
            enrolled=yes_no(form["enrolled"]),
            enabled=yes_no(form["enabled"]),
            **sought(form["q"]),
        )
    except BrainAway:
        raise
    except NotDone as why:
        form, listed = form.refused(why, name="q", card="q"), _NOTHING
    rows = listed["residents"]
    part = Part(listed["offset"], len(rows), listed["total"])
    filters = form.given(*FILTERS)
    context = {
        "rows": rows,
        "standings": await standings(request, rows),
        "part": part,
        "older": beginning("/people", filters, part.after),
        "newer": beginning("/people", filters, part.before),
        "groups": [(group, group) for group in sorted(names["groups"])],
        "filtered": bool(filters),
        "administers": signed_in(request).administers,
    }
    return show(request, "people.html", form, context)


async def add(request: Request) -> Response:
    """Make somebody known."""
    if request.method != "POST":
        return show(request, "people_add.html", asked(request, "name", "card"))
    form = await typed(request)
    try:
        await ask(
            request,
            m.Add,
            transaction=form.transaction,
            name=form["name"],
            card=plain_card(form["card"]),
            consent=form["consent"],
        )
    except NotDone as why:
        return show(request, "people_add.html", form.refused(why))
    return see(f"/people/{plain_card(form['card'])}", done="person_added")


routes: list[BaseRoute] = [
    page("/people", people, least=Role.PORTER),
    page("/people/add", add, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
