"""What is known of one person? Their page, why they can or cannot get in, and their export."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.enrolments_heard import OPEN
from console.core.rules_told import RuleTold, told
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.confirming import Question, confirm
from console.web.forms import Form, asked, show, typed
from console.web.pages import signed_in
from console.web.people_known import (
    called,
    card_in,
    known,
    site_doors,
    standings,
)
from console.web.routes import BOTH, page
from console.web.services import services
from console.words import _, word
from console.words import rules as words_rules
from doorbus import messages as m
from doorbus.messages.console import Role


async def person(request: Request) -> Response:
    """Everything about one person, in words."""
    card = card_in(request)
    shown, names = await asyncio.gather(known(request, card), ask(request, m.ListNames))
    enrolled = shown["enrolment"]
    row = shown | {"enrolment": enrolled and enrolled["state"]}
    standing = (await standings(request, [row]))[card]
    if shown["templates"] and standing == "missing":
        standing = "enrolled"
    rules = [told(one) for one in shown["rules"]]
    context = {
        "person": shown,
        "standing": standing,
        "open": enrolled if enrolled and enrolled["state"] in OPEN else None,
        "alike": await _alike(request, shown["lookalikes"]),
        "rules": _sentences(rules, {card: shown["name"]}, names),
        "defaults": words_rules.defaults(names),
        "groups": [one for one in sorted(names["groups"]) if one not in shown["groups"]],
        "doors": site_doors(request, names),
        "administers": signed_in(request).administers,
    }
    return show(request, "people_one.html", Form(), context)


async def may(request: Request) -> Response:
    """Whether they could come in at a door, and if not, why not."""
    card = card_in(request)
    form = asked(request, "door", "day", "time")
    shown, names = await asyncio.gather(known(request, card), ask(request, m.ListNames))
    context: dict[str, Any] = {
        "person": shown,
        "doors": [(door, door) for door in site_doors(request, names)],
        "administers": signed_in(request).administers,
        "answer": None,
        "back": f"/people/{card}",
    }
    if not form["door"]:
        return show(request, "people_may.html", form, context)
    if form["time"] and not form["day"]:
        wrong = form.wrong(day=_("Choose the day too."))
        return show(request, "people_may.html", wrong, context)
    at = f"{form['day']}T{form['time']}" if form["time"] else form["day"]
    try:
        answer = await ask(request, m.MayEnter, card=card, door=form["door"], at=at or None)
        rules = await _rule(request, form["door"], answer["rule"])
    except BrainAway:
        raise
    except NotDone as why:
        return show(request, "people_may.html", form.refused(why, at="day"), context)
    context |= {
        "answer": answer,
        "comes_in": answer["may"] and answer["enrolled"],
        "why": words_rules.why(answer),
        "rule": next(iter(_sentences(rules, {card: shown["name"]}, names)), None),
        "moment": words_rules.moment(answer["at"]),
        "hints": [] if at else _at_the_door(request, form["door"]),
    }
    return show(request, "people_may.html", form, context)


async def export(request: Request) -> Response:
    """All that is kept of somebody, as a file; the audit notes it."""
    card = card_in(request)
    name = await called(request, card)
    question = Question(
        _("Save what is kept of %(name)s?", name=name),
        _("Save the file"),
        f"/people/{card}",
        (
            _("The file has name, card, groups, rules, enrolments, what the audit says about them"
              " and the numbers by which their face is told. It has no pictures."),
            _("Keep it as safe as the brain's own disk. The log notes that it was saved."),
        ),
        kind="primary",
        plain=True,
        hidden={"called": name},
    )  # fmt: skip
    if request.method != "POST":
        return confirm(request, question, Form())
    try:
        data = await ask(request, m.ExportResident, card=card)
    except NotDone as why:
        return confirm(request, question, (await typed(request)).refused(why))
    # The opaque id names nobody: a browser keeps a list of what it saved.
    disposition = f'attachment; filename="doorward-{data["resident"]}.json"'
    return Response(
        json.dumps(data, indent=2, ensure_ascii=False) + "\n",
        media_type="application/json",
        headers={"Content-Disposition": disposition},
    )


# --- in words ------------------------------------------------------------------------------------


def _sentences(
    rules: list[RuleTold], people: Mapping[str, str], names: Mapping[str, Any]
) -> list[tuple[RuleTold, str]]:
    return [(one, words_rules.rule(one, people, names["schedules"])) for one in rules]


async def _rule(request: Request, door: str, number: int | None) -> list[RuleTold]:
    """The rule of that number, among those that hold at a door."""
    first = 0
    while number is not None:
        listed = await ask(request, m.ListRules, door=door, offset=first, limit=1000)
        for one in listed["rules"]:
            if one["rule"] == number:
                return [told(one)]
        first += len(listed["rules"])
        if not listed["rules"] or first >= listed["total"]:
            break
    return []


async def _alike(request: Request, residents: list[str]) -> list[dict[str, str]]:
    """Those whom the cameras do not tell from somebody: by name and card, where these are known.

    The audit knows them by their opaque ids; nothing else answers for those.
    """

    async def one(resident: str) -> dict[str, str]:
        entries = (await ask(request, m.ReadLog, resident=resident, limit=1))["entries"]
        newest = entries[0] if entries else {}
        return {"name": newest.get("name") or "", "card": newest.get("card") or ""} | {
            "resident": resident
        }

    return list(await asyncio.gather(*(one(resident) for resident in residents)))


def _at_the_door(request: Request, door: str) -> list[str]:
    """What the door itself has against anybody, now."""
    view = services(request).view.doors.get(door)
    if view is None:
        return []
    if view.online is not m.Availability.ONLINE:
        return [_("This door is not there now: it answers nobody.")]
    hints = []
    if view.health is not None:
        if view.health.mode is not m.DoorMode.NORMAL:
            hints.append(_("The door now: %(mode)s.", mode=word(view.health.mode)))
        if view.health.shadow:
            hints.append(_("The door is in shadow mode: it decides, and does not move its lock."))
        if view.health.camera is not m.CameraHealth.GOOD:
            hints.append(_("The door's camera: %(camera)s.", camera=word(view.health.camera)))
    return hints


routes: list[BaseRoute] = [
    page("/people/{card}", person, least=Role.PORTER),
    page("/people/{card}/may", may, least=Role.PORTER),
    page("/people/{card}/export", export, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
