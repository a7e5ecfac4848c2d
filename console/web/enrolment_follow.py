"""How does an enrolment go? Its page follows it to its end, at a door picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.enrolment_ending import refused
from console.core.enrolments_heard import EnrolmentHeard
from console.enrolment_book import Subject
from console.errors import NotDone
from console.live import Fragments
from console.web import enrolment_photos
from console.web.asking import ask
from console.web.confirming import Question
from console.web.forms import Form, show, typed
from console.web.pages import fragment, render, see, signed_in
from console.web.routes import BOTH, page
from console.web.services import services
from console.web.streaming import stream
from console.words import _
from console.words.enrolment import doing, why_refused
from doorbus import messages as m
from doorbus.messages.console import Role

PICTURE_EVERY_S: Final = 0.6
"""Seconds between two pictures on one page: a door sends more than a phone need load."""


async def enrolment(request: Request) -> Response:
    """Follow one."""
    wanted = request.path_params["enrolment"]
    house, who = services(request), signed_in(request)
    draft = house.desks.photos.find(wanted)
    if draft is not None:
        return enrolment_photos.photos_page(request, draft, Form())
    subject = await house.desks.book.whose(wanted, who)
    if subject is None:
        return render(request, "enrolment_unknown.html", {"subject": None}, status=404)
    await house.desks.book.look_up(wanted, who)
    heard = house.view.enrolments.of(wanted)
    if heard.changed is None or (not heard.door and heard.open):
        # A later one is there, or its photos lie at another console.
        return render(request, "enrolment_unknown.html", {"subject": subject}, status=404)
    return render(request, "enrolment.html", _context(request, heard, subject))


async def picture(request: Request) -> Response:
    """The newest picture that a door sent for it."""
    jpeg = services(request).view.enrolments.of(request.path_params["enrolment"]).picture
    if jpeg is None:
        return Response(status_code=404)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def cancel(request: Request) -> Response:
    """End one; nothing of it is kept."""
    wanted = request.path_params["enrolment"]
    house, who = services(request), signed_in(request)
    subject = await house.desks.book.whose(wanted, who)
    if subject is None:
        return render(request, "enrolment_unknown.html", {"subject": None}, status=404)
    form = Form()
    if request.method == "POST":
        form = await typed(request)
        try:
            if house.desks.photos.find(wanted) is not None:
                await house.desks.photos.leave(wanted, who)
            else:
                await _cancelled(request, form, subject)
            if form["also"] == "remove" and not subject.again:
                await ask(request, m.Remove, card=subject.card, transaction=form.transaction)
                return see("/people", done="enrolment_taken_back")
        except NotDone as why:
            form = form.refused(why)
        else:
            return see(f"/people/{subject.card}", done="enrolment_cancelled")
    question = Question(
        _("Cancel the enrolment of %(name)s?", name=subject.name),
        _("Cancel the enrolment"),
        f"/enrol/{wanted}",
    )
    context = {"question": question, "subject": subject}
    return show(request, "enrolment_cancel.html", form, context)


async def _cancelled(request: Request, form: Form, subject: Subject) -> None:
    try:
        await ask(request, m.Cancel, card=subject.card, transaction=form.transaction)
    except NotDone as why:
        if why.code is not m.ErrorCode.NO_ENROLMENT:
            raise


def news(request: Request) -> Callable[[], Fragments]:
    """What changed on the page of an enrolment."""
    wanted = request.path_params["enrolment"]
    house, who = services(request), signed_in(request)
    if house.desks.photos.find(wanted) is not None:
        return enrolment_photos.news(request, wanted)
    shown: dict[str, object] = {}
    next_picture = 0.0

    def found() -> Fragments:
        nonlocal next_picture
        book = house.desks.book
        book.keep_fresh(wanted, who)
        heard = house.view.enrolments.of(wanted)
        subject = book.known(wanted)
        if heard.changed is None or subject is None:
            return {}
        context = _context(request, heard, subject)
        changed: dict[str, str] = {}
        now = house.clock.monotonic()
        newest = (heard.came, heard.picture is None)
        if shown.get("picture") != newest and (now >= next_picture or not heard.open):
            shown["picture"], next_picture = newest, now + PICTURE_EVERY_S
            changed["enrolment-picture"] = fragment(request, "enrolment_picture.html", context)
        plain = replace(heard, picture=None, came=0, version=0)
        key = (plain, heard.came > 0, house.line.away, context["online"], context["alike"])
        if shown.get("state") != key:
            shown["state"] = key
            changed["enrolment-state"] = fragment(request, "enrolment_state.html", context)
        return changed

    return found


def _context(request: Request, heard: EnrolmentHeard, subject: Subject) -> Mapping[str, Any]:
    """What the templates of this page show."""
    house = services(request)
    changed = heard.changed
    assert changed is not None  # noqa: S101  # whoever calls has looked
    door = house.view.doors.get(heard.door)
    prompt = heard.waits.prompt if heard.waits else None
    return {
        "enrolment": heard.enrolment,
        "heard": heard,
        "changed": changed,
        "subject": subject,
        "state": changed.state.value,
        "online": door is not None and door.online is m.Availability.ONLINE,
        "doing": doing(changed.hint, prompt),
        "refusal": why_refused(refused(changed.reason), changed.reason),
        "alike": [house.desks.book.name_of(one) for one in changed.lookalikes],
        "away": house.line.away,
    }


routes: Final[tuple[BaseRoute, ...]] = (
    page("/enrol/{enrolment}", enrolment, least=Role.ADMINISTRATOR),
    page("/enrol/{enrolment}/picture", picture, least=Role.ADMINISTRATOR),
    page("/enrol/{enrolment}/cancel", cancel, least=Role.ADMINISTRATOR, methods=BOTH),
    stream("/live/enrol/{enrolment}", news, least=Role.ADMINISTRATOR),
)
