"""How is somebody removed, and which doors have yet to confirm that they forgot them?"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core import leaving
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.forms import Form, filled, show, typed
from console.web.people_known import card_in, known, site_doors
from console.web.routes import BOTH, page
from console.words import _
from console.words import rules as words_rules
from doorbus import messages as m
from doorbus.messages.console import Role


async def remove(request: Request) -> Response:
    """Say what will be erased, ask for the name or the card, then say what was erased where."""
    card = card_in(request)
    if request.method != "POST":
        person = await known(request, card)
        return await _question(request, card, filled(called=person["name"]), person)
    form = await typed(request)
    try:
        shown = await _there(request, card)
    except BrainAway as why:
        return await _question(request, card, form.refused(why), None)
    if shown and not leaving.meant(form["typed"], shown["name"], card):
        wrong = form.wrong(typed=_("This is neither the name nor the card."))
        return await _question(request, card, wrong, shown)
    try:
        answer = await ask(request, m.Remove, transaction=form.transaction, card=card)
    except NotDone as why:
        return await _question(request, card, form.refused(why), shown)
    context = {
        "name": form["called"],
        "resident": answer["resident"],
        "shares": [words_rules.share(one) for one in leaving.after(answer)],
        "waiting": answer["waiting"],
    }
    return show(request, "people_removed.html", Form(), context)


async def erasures(request: Request) -> Response:
    """Who was removed and is not forgotten everywhere yet."""
    data = await ask(request, m.ListErasures)
    found = sorted(data["erasures"], key=lambda one: -one["at"])
    return show(request, "people_erasures.html", Form(), {"erasures": found})


async def _there(request: Request, card: str) -> dict[str, Any] | None:
    """What is known of somebody; None for who is gone.

    They may have been removed by this very form, whose answer was lost: its transaction tells.
    """
    try:
        return await known(request, card)
    except NotDone as why:
        if why.code is not m.ErrorCode.UNKNOWN_CARD:
            raise
        return None


async def _question(
    request: Request, card: str, form: Form, shown: dict[str, Any] | None
) -> Response:
    """The page that asks; without what would be erased while the brain is away."""
    try:
        doors = site_doors(request, await ask(request, m.ListNames))
    except NotDone:
        doors = []
    context = {
        "card": card,
        "name": form["called"] if shown is None else shown["name"],
        "shares": None
        if shown is None
        else [words_rules.share(one) for one in leaving.before(shown)],
        "doors": doors,
    }
    return show(request, "people_remove.html", form, context)


routes: list[BaseRoute] = [
    page("/people/erasures", erasures, least=Role.PORTER),
    page("/people/{card}/remove", remove, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
