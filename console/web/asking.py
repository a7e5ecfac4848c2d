"""How does a page ask the brain, in the name of whoever is signed in?"""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request
from starlette.responses import Response

from console import words
from console.errors import BrainAway, NotDone
from console.web.pages import begin_reading, render, signed_in
from console.web.services import services
from console.words import _
from console.words import mistakes as words_mistakes
from console.words import refusals as words_refusals
from doorbus import messages as m

R = TypeVar("R", bound=BaseModel)


def made(kind: type[R], **fields: object) -> R:
    """A request of fields as they were typed: "200" is a number, "hard" a code.

    Args:
        kind: of the request.
        fields: its own, by name; one that is None is left out.

    Raises:
        NotDone: with each wrong field's own message, in the reader's language.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    given.setdefault("op", words.op_of(kind))
    try:
        return kind.model_validate(given, strict=False)
    except ValidationError as error:
        raise _mistaken(error.errors(include_url=False, include_input=False)) from None


async def ask(request: Request, kind: type[BaseModel], **fields: object) -> dict[str, Any]:
    """Ask the brain under the account of the session; the data of its answer.

    Args:
        request: whose page asks.
        kind: of what is asked.
        fields: of it, as for `made`.

    Raises:
        NotDone: the brain refused it, or a field is wrong; nothing was changed. Texts are in the
            reader's language, and stand beside the field that they are about.
        BrainAway: nobody answered; asking again with the same transaction is safe.
    """
    who = signed_in(request)
    asked = cast(m.Request, made(kind, **fields))
    house = services(request)
    try:
        told = await house.line.ask(asked, who.account, who.role)
    except BrainAway as why:
        raise BrainAway(
            _("The brain cannot be reached. Nothing you typed is lost: send it again in a moment.")
            if asked.transaction is not None
            else _("The brain cannot be reached. Try again in a moment."),
            sent=why.sent,
        ) from None
    except NotDone as why:
        raise _refused(why, fields) from None
    zone = house.zone.name
    house.zone.learn(told)
    if house.zone.name != zone:
        begin_reading(request)  # also the first page of all tells the site's own time
    return told


async def know_zone(request: Request) -> None:
    """Ask in which zone the site tells the time, where nobody knows it yet.

    Called for every page of somebody who is signed in; once it was answered, nothing is asked.
    """
    house = services(request)
    if house.zone.name or house.line.away or request.method != "GET":
        return
    # Without an answer the page says UTC, and so much beside its times.
    with contextlib.suppress(NotDone):
        await ask(request, m.ListNames)


def mended(**fields: str) -> NotDone:
    """What keeps a form from being sent, before the brain is asked.

    Args:
        fields: what is wrong, by field.
    """
    return NotDone(_("Something has to be mended first."), fields=fields)


def not_done(request: Request, why: NotDone) -> Response:
    """The page for what could not be done or shown, where no form can say it."""
    texts = list(why.fields.values()) or [str(why)]
    return render(
        request, "not_done.html", {"texts": texts, "gone": why.status == 404}, status=why.status
    )


def _mistaken(problems: list[ErrorDetails]) -> NotDone:
    wrong: dict[str, str] = {}
    whole = []
    for problem in problems:
        field = next((str(step) for step in problem["loc"] if isinstance(step, str)), "")
        text = words.mistake(problem)
        if not field:
            field, template = words_mistakes.of_whole(problem["msg"])
            text = _(template)
        if field:
            wrong.setdefault(field, text)
        else:
            whole.append(text)
    if not whole:
        return mended(**wrong)
    return NotDone(" ".join(whole), fields=wrong)


def _refused(why: NotDone, fields: dict[str, object]) -> NotDone:
    if why.code is None:
        return why
    given = {name for name, value in fields.items() if value is not None}
    found = words_refusals.refusal(why.code, str(why), given)
    text = _(found.text, **found.values)
    if not found.field:
        return NotDone(text, code=why.code, status=why.status)
    return NotDone(
        _("Something has to be mended first."),
        code=why.code,
        fields={found.field: text},
        status=why.status,
    )
