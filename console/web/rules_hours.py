"""When do hours hold? An editor of a schedule's windows that needs no script."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.hours import DAYS, Row, mistakes, rows, windows
from console.core.hours import typed as typed_rows
from console.core.looking_up import offset
from console.errors import NotDone
from console.web.asking import ask, made, mended
from console.web.confirming import Question, carry_out
from console.web.forms import Form, filled, show, typed
from console.web.pages import see
from console.web.routes import BOTH, page
from console.words import _
from console.words import rules as words_rules
from doorbus import messages as m
from doorbus.messages.console import Role
from doorctl import schedule_words

SPARE: Final = 1
"""Empty rows below those that are filled in."""

_LINES: Final = 100


async def hours(request: Request) -> Response:
    """Make hours, or say anew when they hold."""
    old = str(request.path_params.get("schedule", ""))
    if request.method != "POST":
        return _page(request, *await _begun(request, old), old)
    form = await typed(request)
    given = typed_rows(form.many, min(offset(form["rows"]), _LINES))
    if form["more"]:
        return _page(request, form, given, old, spare=len(given) + SPARE)
    name = old or form["schedule"]
    try:
        wished = _wished(form, given, name)
        if not old:
            await _free(request, name, wished)
        await ask(
            request,
            m.ChangeSchedule,
            transaction=form.transaction,
            schedule=name,
            windows=wished,
        )
    except NotDone as why:
        return _page(request, form.refused(why, windows="lines"), given, old)
    return see("/rules", done="saved")


async def drop_hours(request: Request) -> Response:
    """Delete hours that no rule names."""
    name = str(request.path_params["schedule"])
    question = Question(_("Delete the hours %(schedule)s?", schedule=name), _("Delete"), "/rules")
    return await carry_out(request, question, "hours_deleted", m.DropSchedule, schedule=name)


async def _begun(request: Request, old: str) -> tuple[Form, tuple[Row, ...]]:
    if not old:
        return Form(), (Row(days=("mon", "tue", "wed", "thu", "fri"), start="08:00", end="18:00"),)
    known = (await ask(request, m.ListNames))["schedules"]
    if old not in known:
        raise NotDone(_("There are no such hours any more."), status=404)
    return filled(schedule=old), rows(known[old])


def _page(
    request: Request, form: Form, given: tuple[Row, ...], old: str, *, spare: int = 0
) -> Response:
    """The editor, with empty rows below the others."""
    filled_in = [row for row in given if not row.empty] if form.status == 200 else list(given)
    wished = max(spare, len(filled_in) + SPARE if form.status == 200 else len(filled_in), 1)
    shown = [*filled_in, *(Row() for _row in range(wished - len(filled_in)))]
    context = {
        "old": old,
        "rows": shown,
        "days": [(day, _(words_rules.SHORT_DAYS[day]), _(words_rules.DAYS[day])) for day in DAYS],
        "example": "mon-fri 08:00-12:00",
    }
    return show(request, "rules_hours.html", form, context)


def _wished(form: Form, given: tuple[Row, ...], name: str) -> tuple[dict[str, Any], ...]:
    """The windows that a form asks for.

    Raises:
        NotDone: what is wrong with which row, and with the name too: all at once.
    """
    wrong = {field: words_rules.row_mistake(one) for field, one in mistakes(given).items()}
    lines = _lines(form["lines"], wrong)
    wished = (*(() if wrong else windows(given)), *lines)
    if not wished and not wrong:
        wrong["days-0"] = _("Say at least once from when until when, on which days.")
    if wrong:
        try:
            made(m.DropSchedule, transaction=form.transaction, schedule=name)
        except NotDone as why:
            wrong = {**why.fields, **wrong}
        raise mended(**wrong)
    return wished


async def _free(request: Request, name: str, wished: tuple[dict[str, Any], ...]) -> None:
    """Raise `NotDone` where other hours have this name already."""
    there = (await ask(request, m.ListNames))["schedules"].get(name)
    if there is not None and not _same(there, wished):
        raise mended(schedule=_("There are hours of this name already: change them there."))


def _lines(text: str, wrong: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """Windows that were written one a line, as `doorctl` takes them; notes what is wrong."""
    found = []
    for number, line in enumerate(text.splitlines()[:_LINES], 1):
        if not line.strip():
            continue
        try:
            found.append(schedule_words.window(line))
        except ValueError:
            wrong["lines"] = _(
                "Line %(number)s cannot be read. Write it as mon-fri 08:00-12:00, or "
                "fri 22:00-02:00+1 over midnight.",
                number=number,
            )
    return tuple(found)


def _same(there: list[dict[str, Any]], wished: tuple[dict[str, Any], ...]) -> bool:
    """Whether hours are there as they are asked for: a form that is sent again."""
    told = [{**one, "days": sorted(one["days"])} for one in there]
    return told == [{**one, "days": sorted(one["days"])} for one in wished]


routes: list[BaseRoute] = [
    page("/rules/add-hours", hours, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/hours/{schedule}", hours, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/hours/{schedule}/delete", drop_hours, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
