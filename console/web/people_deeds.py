"""What can be done about somebody who is known: rename, shut out, groups, areas, undo, cancel?"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.moments import seconds
from console.errors import NotDone
from console.web.asking import ask, mended
from console.web.confirming import Question, carry_out
from console.web.forms import Form, asked, filled, show, typed
from console.web.pages import see
from console.web.people_known import called, card_in, known, plain_card
from console.web.routes import BOTH, page
from console.web.services import services
from console.words import _
from console.words import times as words_times
from doorbus import messages as m
from doorbus.messages.console import Role


async def rename(request: Request) -> Response:
    """Another name, another card."""
    card = card_in(request)
    context = {"card": card}
    if request.method != "POST":
        shown = await known(request, card)
        form = filled(name=shown["name"], new_card=card, called=shown["name"])
        return show(request, "people_rename.html", form, context)
    form = await typed(request)
    new_card = plain_card(form["new_card"])
    changed = {
        "name": form["name"] if form["name"] != form["called"] else None,
        "new_card": new_card if new_card != card else None,
    }
    if not form["name"] or not new_card:
        empty = {name: _("This must be filled in.") for name in changed if not form[name]}
        return show(request, "people_rename.html", form.wrong(**empty), context)
    if not any(changed.values()):
        return see(f"/people/{card}")
    try:
        await ask(request, m.Rename, transaction=form.transaction, card=card, **changed)
    except NotDone as why:
        return show(request, "people_rename.html", form.refused(why), context)
    return see(f"/people/{changed['new_card'] or card}", done="person_renamed")


async def shut_out(request: Request) -> Response:
    """Let somebody in nowhere, until they are let in again."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Shut out %(name)s?", name=name),
        _("Shut them out"),
        f"/people/{card}",
        (
            _("No door will open for them until you let them in again."),
            _("Nothing is erased: their face, groups and rules stay."),
        ),
        hidden={"called": name},
    )
    return await carry_out(request, question, "person_shut_out", m.Disable, card=card)


async def let_in(request: Request) -> Response:
    """Undo that."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Let %(name)s in again?", name=name),
        _("Let in again"),
        f"/people/{card}",
        (_("Doors will open for them as the rules say."),),
        kind="primary",
        hidden={"called": name},
    )
    return await carry_out(request, question, "person_let_in", m.Enable, card=card)


async def join(request: Request) -> Response:
    """Have somebody belong to a group, which is made where it is new."""
    card = card_in(request)
    name = await called(request, card)
    context: dict[str, Any] = {"card": card, "name": name}
    form = await typed(request) if request.method == "POST" else filled(called=name)
    group = form["new_group"] or form["group"]
    if request.method == "POST" and group:
        try:
            await ask(
                request, m.ChangeGroup, transaction=form.transaction, group=group, add=(card,)
            )
        except NotDone as why:
            form = form.refused(why, group="new_group" if form["new_group"] else "group")
        else:
            return see(f"/people/{card}", done="person_joined")
    elif request.method == "POST":
        form = form.wrong(group=_("Choose a group, or name a new one."))
    context["groups"] = await _groups_to_join(request, card)
    return show(request, "people_join.html", form, context)


async def leave(request: Request) -> Response:
    """Have somebody belong to a group no more."""
    card, group = card_in(request), str(request.path_params["group"])
    name = await called(request, card)
    question = Question(
        _("Take %(name)s out of the group %(group)s?", name=name, group=group),
        _("Take out"),
        f"/people/{card}",
        (_("Rules for this group no longer hold for them."),),
        hidden={"called": name},
    )
    return await carry_out(
        request, question, "person_left", m.ChangeGroup, group=group, remove=(card,)
    )


async def forget_where(request: Request) -> Response:
    """Have it forgotten on which side of an area's doors somebody is."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Forget where %(name)s is?", name=name),
        _("Forget it"),
        f"/people/{card}",
        (_("Then they may go in or out next, whichever comes first."),),
        kind="primary",
        hidden={"called": name},
    )
    return await carry_out(request, question, "person_forgotten_where", m.ResetPassback, card=card)


async def cancel(request: Request) -> Response:
    """End the enrolment that is under way."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Stop the enrolment of %(name)s?", name=name),
        _("Stop it"),
        f"/people/{card}",
        (_("Nothing of this enrolment is kept. What was enrolled before still holds."),),
        hidden={"called": name},
    )
    return await carry_out(request, question, "enrolment_stopped", m.Cancel, card=card)


async def undo(request: Request) -> Response:
    """Take back what was learnt of somebody: a re-enrolment, or what visits taught."""
    card = card_in(request)
    if request.method != "POST":
        shown = await known(request, card)
        form = asked(request, "door", "visit")
        chosen = "visit" if form["visit"] else "former" if shown["former"] else "since"
        given = form.given("door", "visit")
        form = filled(called=shown["name"], what=chosen, **given)
        return show(request, "people_undo.html", form, _learnt(card, shown))
    form = await typed(request)
    try:
        await ask(
            request,
            m.Undo,
            transaction=form.transaction,
            card=card,
            reason=form["reason"],
            **_taken_back(request, form),
        )
    except NotDone as why:
        return show(request, "people_undo.html", form.refused(why), _learnt(card, None))
    return see(f"/people/{card}", done="person_undone")


def _taken_back(request: Request, form: Form) -> dict[str, object]:
    match form["what"]:
        case "visit":
            if not form["door"] or not form["visit"]:
                raise mended(visit=_("Give the door and the number of the visit."))
            return {"visit": {"door": form["door"], "visit": form["visit"]}}
        case "since":
            if not form["since"]:
                return {"since": 0.0}
            zone = words_times.zone(services(request).zone.name)
            since = seconds(form["since"], zone)
            if since is None:
                raise mended(since=_("A day such as 2026-12-25."))
            return {"since": since}
        case "former":
            return {}
        case _:
            raise mended(what=_("Choose what to take back."))


def _learnt(card: str, shown: dict[str, Any] | None) -> dict[str, Any]:
    """What there is to take back; nobody knows while the brain is away."""
    return {
        "card": card,
        "former": None if shown is None else shown["former"],
        "renewals": None if shown is None else shown["renewals"],
    }


async def _groups_to_join(request: Request, card: str) -> list[tuple[str, str]]:
    """Groups that somebody is not in yet; none while the brain is away: one may still be typed."""
    try:
        names = await ask(request, m.ListNames)
        mine = (await known(request, card))["groups"]
    except NotDone:
        return []
    return [(group, group) for group in sorted(names["groups"]) if group not in mine]


routes: list[BaseRoute] = [
    page(f"/people/{{card}}/{name}", endpoint, least=Role.ADMINISTRATOR, methods=BOTH)
    for name, endpoint in (
        ("rename", rename),
        ("shut-out", shut_out),
        ("let-in", let_in),
        ("groups", join),
        ("groups/{group}/leave", leave),
        ("forget-where", forget_where),
        ("cancel", cancel),
        ("undo", undo),
    )
]
"""The addresses of these pages."""
