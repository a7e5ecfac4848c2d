"""How does somebody get a PIN, and lose it? Digits are typed twice, and shown nowhere."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.errors import NotDone
from console.web.asking import ask
from console.web.confirming import Question, carry_out
from console.web.forms import Form, filled, show, typed
from console.web.pages import see
from console.web.people_known import called, card_in
from console.web.routes import BOTH, page
from console.words import _
from doorbus import messages as m
from doorbus.messages.console import Role


async def pin(request: Request) -> Response:
    """Give somebody a PIN in the place of the one before."""
    card = card_in(request)
    name = await called(request, card)
    context = {"card": card, "name": name}
    if request.method != "POST":
        return show(request, "people_pin.html", filled(called=name), context)
    form = await typed(request)
    differs = _differs(form)
    if differs:
        return show(request, "people_pin.html", form.wrong(**differs), context)
    try:
        await ask(
            request,
            m.SetPin,
            transaction=form.transaction,
            card=card,
            pin=form["pin"],
            duress=form["duress"] or None,
        )
    except NotDone as why:
        return show(request, "people_pin.html", form.refused(why), context)
    return see(f"/people/{card}", done="pin_set")


async def unpin(request: Request) -> Response:
    """Take somebody's PINs away."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Take the PIN of %(name)s away?", name=name),
        _("Take it away"),
        f"/people/{card}",
        (_("The PIN under threat goes with it. Doors that ask for one stay shut for them."),),
        hidden={"called": name},
    )
    return await carry_out(request, question, "pin_gone", m.UnsetPin, card=card)


def _differs(form: Form) -> dict[str, str]:
    """Where the digits that were typed twice are not the same."""
    return {
        again: _("These are not the same digits as above.")
        for first, again in (("pin", "again"), ("duress", "duress_again"))
        if form[first] != form[again]
    }


routes: list[BaseRoute] = [
    page("/people/{card}/pin", pin, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/people/{card}/pin/remove", unpin, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
