"""Who may enter where and when? The rules as sentences; a form that makes one; their end."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.looking_up import PAGE, Part, card_of, offset
from console.core.rules_told import FIELDS, Who, asked, cards, told
from console.errors import BrainAway, NotDone
from console.web.asking import ask, mended
from console.web.confirming import Question, carry_out
from console.web.forms import Form, filled, show, typed
from console.web.forms import asked as in_address
from console.web.pages import see, signed_in
from console.web.people_known import beginning, names_of, site_doors
from console.web.routes import BOTH, page
from console.words import _
from console.words import rules as words_rules
from doorbus import messages as m
from doorbus.messages.console import Role

FILTERS: Final = ("card", "group", "door")
_NOTHING: Final[dict[str, Any]] = {"total": 0, "offset": 0, "rules": []}
_MOST_CHOICES: Final = 10


async def rules(request: Request) -> Response:
    """The rules, and what there is to make them of."""
    form = in_address(request, *FILTERS)
    names = await ask(request, m.ListNames)
    try:
        listed = await ask(
            request,
            m.ListRules,
            offset=offset(request.query_params.get("offset", "")),
            limit=PAGE,
            **form.given(*FILTERS),
        )
    except BrainAway:
        raise
    except NotDone as why:
        form, listed = form.refused(why), _NOTHING
    found = [told(one) for one in listed["rules"]]
    people = await names_of(request, cards(found))
    part = Part(listed["offset"], len(found), listed["total"])
    filters = form.given(*FILTERS)
    context = {
        "rules": [(one, words_rules.rule(one, people, names["schedules"])) for one in found],
        "defaults": words_rules.defaults(names),
        "timezone": names["timezone"],
        "part": part,
        "older": beginning("/rules", filters, part.after),
        "newer": beginning("/rules", filters, part.before),
        "filtered": bool(filters),
        "whose": people.get(form["card"]) or form["card"],
        "groups": [(one, one) for one in sorted(names["groups"])],
        "doors": [(one, one) for one in site_doors(request, names)],
        "names": names,
        "hours": {
            name: words_rules.hours(windows) for name, windows in sorted(names["schedules"].items())
        },
        "administers": signed_in(request).administers,
    }
    return show(request, "rules.html", form, context)


async def add(request: Request) -> Response:
    """A rule, by a form that reads like a sentence."""
    if request.method != "POST":
        return await _form(request, await _begun(request))
    form = await typed(request)
    kind = m.Forbid if form["effect"] == "forbid" else m.Permit
    try:
        person = await _whom(request, form)
        fields = asked({**form.values, "card": person})
        if kind is m.Forbid:
            fields.pop("after", None)
        await ask(request, kind, transaction=form.transaction, **fields)
    except NotDone as why:
        return await _form(request, form.refused(why, **FIELDS, name="person"))
    return see(f"/people/{person}" if person else "/rules", done="rule_added")


async def delete(request: Request) -> Response:
    """End a rule."""
    number = int(request.path_params["number"])
    form = await typed(request) if request.method == "POST" else in_address(request, "card")
    said = form["said"] if request.method == "POST" else await _said(request, number)
    whose = card_of(form["card"])
    question = Question(
        _("Delete this rule?"),
        _("Delete"),
        f"/people/{whose}" if whose else "/rules",
        (said,) if said else (),
        hidden={"said": said, "card": whose or ""},
    )
    return await carry_out(request, question, "rule_deleted", m.DropRule, rule=number)


# --- the form ------------------------------------------------------------------------------------


async def _begun(request: Request) -> Form:
    """The form as a link began it: for a person, a group or a door."""
    wished = in_address(request, "effect", "card", "group", "door")
    group, door = wished["group"], wished["door"]
    return filled(
        effect="forbid" if wished["effect"] == "forbid" else "permit",
        chosen=wished["card"],
        who="person" if wished["card"] else f"group/{group}" if group else "",
        where=f"door/{door}" if door else "",
    )


async def _form(request: Request, form: Form) -> Response:
    """The page; with nothing to choose from while the brain is away."""
    try:
        names, choices = await asyncio.gather(
            ask(request, m.ListNames), _choices(request, form["chosen"], form["person"])
        )
    except BrainAway as why:
        if request.method != "POST":
            raise
        names, choices = (
            _unknown(form),
            [(form["chosen"], form["chosen"])] if form["chosen"] else [],
        )
        form = form if form.problem else form.refused(why)
    groups, whose = sorted(names["groups"]), card_of(form["chosen"])
    context = {
        "who": [
            (Who.PERSON.value, _("One person")),
            *((f"group/{one}", _("Everybody in the group %(group)s", group=one)) for one in groups),
            (Who.EVERYBODY.value, _("Everybody who is enrolled")),
        ],
        "where": [
            *((f"door/{one}", _("Door %(door)s", door=one)) for one in site_doors(request, names)),
            *(
                (f"doors/{one}", _("The doors %(group)s", group=one))
                for one in sorted(names["doors"])
            ),
            ("everywhere", _("Every door")),
        ],
        "schedules": [
            (name, f"{name}: {words_rules.hours(windows)}")
            for name, windows in sorted(names["schedules"].items())
        ],
        "groups": [(one, one) for one in groups],
        "choices": choices,
        "back": f"/people/{whose}" if whose else "/rules",
    }
    return show(request, "rules_add.html", form, context)


def _unknown(form: Form) -> dict[str, Any]:
    """Names as far as the form itself has them."""
    kind, _slash, name = form["who"].partition("/")
    where, _slash, place = form["where"].partition("/")
    return {
        "groups": {one for one in (name if kind == "group" else "", form["after"]) if one},
        "doors": {place: [place]} if where == "doors" else {},
        "defaults": {place: ""} if where == "door" else {},
        "schedules": {form["schedule"]: ()} if form["schedule"] else {},
        "passback": {},
    }


async def _choices(request: Request, card: str, person: str) -> list[tuple[str, str]]:
    """Whom somebody may mean, by card."""
    if card and not person:
        people = await names_of(request, (card,)) if card_of(card) == card else {}
        return [(one, f"{name} · {one}") for one, name in people.items()]
    if not person:
        return []
    return [
        (one["card"], f"{one['name']} · {one['card']}") for one in await _called(request, person)
    ]


async def _called(request: Request, person: str) -> list[dict[str, Any]]:
    """Who has this card, or is called so; everybody whose name holds it where nobody is."""
    card = card_of(person)
    listed = await ask(
        request,
        m.ListResidents,
        limit=_MOST_CHOICES,
        **({"card": card} if card else {"name": person}),
    )
    found: list[dict[str, Any]] = listed["residents"]
    exactly = [one for one in found if one["name"].casefold() == person.casefold()]
    return exactly or found


async def _whom(request: Request, form: Form) -> str:
    """The card of whom a form names; empty where it names nobody. Raises `NotDone`."""
    if form["who"] != Who.PERSON:
        return ""
    if form["chosen"] and form["person"] == form["person_was"]:
        return form["chosen"]
    if not form["person"]:
        raise mended(person=_("Type a name or a card number."))
    found = await _called(request, form["person"])
    if not found:
        raise mended(person=_("Nobody here has this name or card."))
    if len(found) > 1:
        raise mended(chosen=_("Several people match: choose one."))
    return str(found[0]["card"])


async def _said(request: Request, number: int) -> str:
    """A rule as a sentence; empty where there is none of this number."""
    first = 0
    names = await ask(request, m.ListNames)
    while True:
        listed = await ask(request, m.ListRules, offset=first, limit=1000)
        for one in listed["rules"]:
            if one["rule"] == number:
                rule = told(one)
                people = await names_of(request, cards([rule]))
                return words_rules.rule(rule, people, names["schedules"])
        first += len(listed["rules"])
        if not listed["rules"] or first >= listed["total"]:
            return ""


routes: list[BaseRoute] = [
    page("/rules", rules, least=Role.PORTER),
    page("/rules/add", add, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/{number:number}/delete", delete, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
