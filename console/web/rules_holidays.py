"""Which days are holidays?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.errors import NotDone
from console.web.asking import ask
from console.web.confirming import Question, carry_out
from console.web.forms import Form, show, typed
from console.web.pages import see
from console.web.routes import BOTH, page
from console.words import _
from doorbus import messages as m
from doorbus.messages.console import Role


async def add_holiday(request: Request) -> Response:
    """Make a day a holiday."""
    if request.method != "POST":
        return show(request, "rules_holiday.html", Form())
    form = await typed(request)
    try:
        await ask(
            request,
            m.AddHoliday,
            transaction=form.transaction,
            date=form["date"],
            name=form["name"],
        )
    except NotDone as why:
        return show(request, "rules_holiday.html", form.refused(why))
    return see("/rules", done="holiday_added")


async def drop_holiday(request: Request) -> Response:
    """Make it an ordinary day."""
    date = str(request.path_params["date"])
    question = Question(
        _("Make %(date)s an ordinary day?", date=date),
        _("Delete the holiday"),
        "/rules",
        (_("Hours of the week then count on it as on any other day."),),
    )
    return await carry_out(request, question, "holiday_deleted", m.DropHoliday, date=date)


routes: list[BaseRoute] = [
    page("/rules/add-holiday", add_holiday, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/holidays/{date}/delete", drop_holiday, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
