"""What do the pages of the log share: what is asked for, about whom, and which doors there are?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from starlette.requests import Request

from console.core import log_wanted
from console.core.looking_up import address, card_of, sought
from console.errors import NotDone
from console.web.asking import ask
from console.web.forms import Form, asked, filled
from console.web.pages import signed_in
from console.web.people_known import site_doors
from console.web.services import services
from console.words import _
from console.words import times as words_times
from doorbus import messages as m

MOST_NAMED = 8
"""People of one name among whom somebody is asked to choose."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the log.

    Attributes:
        form: as it was typed, with what is wrong with it.
        fields: of the request, without `before` and `limit`.
        choice: people of that name, each with the address that asks for them.
    """

    form: Form
    fields: Mapping[str, object]
    choice: tuple[tuple[str, str, str], ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether nothing can be asked for."""
        return bool(self.form.errors)


def unsaid(request: Request) -> frozenset[str]:
    """What the brain tells administrators alone, so that nobody else is offered to look for it."""
    return frozenset() if signed_in(request).administers else frozenset({m.EventKind.DURESS.value})


def zone(request: Request) -> tzinfo:
    """The site's own; UTC while it is not known."""
    return words_times.zone(services(request).zone.name)


async def doors(request: Request) -> list[str]:
    """Every door that was heard of, or that something names. The site's zone is known then, too."""
    return site_doors(request, await ask(request, m.ListNames))


def typed_filters(request: Request) -> Form:
    """The filters of the log in the address; `card` is another word for a person."""
    form = asked(request, *log_wanted.FILTERS)
    card = request.query_params.get("card", "")
    if form["person"] or not card:
        return form
    return filled(**form.given(*log_wanted.FILTERS), person=card)


async def wanted(request: Request, form: Form) -> Asked:
    """What to ask of `log` for what stands in the filters."""
    between = log_wanted.time_between(
        {"since": form["since"], "until": form["until"]}, zone(request)
    )
    form = refuse_times(form, between)
    fields: dict[str, object] = {
        **form.given("what", "door", "reason"),
        "since": between.since,
        "until": between.until,
    }
    if form["admin"]:
        fields["admin"] = log_wanted.actor(form["admin"], services(request).settings.name)
    if not form["person"]:
        return Asked(form, fields)
    return await _about(request, Asked(form, fields))


def refuse_times(form: Form, between: log_wanted.Time) -> Form:
    """The form, with what is wrong with the two ends of a time."""
    if not between.wrong:
        return form
    texts = {name: _("Type a day, or a day and a time.") for name in between.wrong if form[name]}
    if between.until is not None and "until" in texts:
        texts["until"] = _("The end must be later than the beginning.")
    return form.wrong(**texts)


async def _about(request: Request, so_far: Asked) -> Asked:
    """The same, about whoever was typed into the field for a person."""
    form = so_far.form
    resident = log_wanted.opaque(form["person"])
    if resident is not None:
        return replace(so_far, fields={**so_far.fields, "resident": resident})
    if not signed_in(request).sees_names:
        text = _("Type an opaque id, such as r-51f7a0c92be43d68: names are not for your account.")
        return replace(so_far, form=form.wrong(person=text))
    card = card_of(form["person"])
    if card is not None:
        return replace(so_far, fields={**so_far.fields, "card": card})
    found = await ask(request, m.ListResidents, limit=MOST_NAMED, **sought(form["person"]))
    people: list[dict[str, Any]] = found["residents"]
    if len(people) == 1:
        return replace(so_far, fields={**so_far.fields, "card": people[0]["card"]})
    if not people:
        return replace(so_far, form=form.wrong(person=_("Nobody here is called so.")))
    filters = form.given(*log_wanted.FILTERS)
    choice = tuple(
        (
            one["name"],
            one["card"],
            address(request.url.path, {**filters, "person": one["card"]}),
        )
        for one in people
    )
    text = (
        _("More than one person is called so: choose one.")
        if found["total"] <= len(people)
        else _("Many people are called so: type more of the name, or the card.")
    )
    return replace(so_far, form=form.wrong(person=text), choice=choice)


async def entry(request: Request, number: int) -> dict[str, Any]:
    """One entry of the audit. Raises `NotDone` where there is none."""
    told = await ask(request, m.ReadLog, before=number + 1, limit=1)
    found: list[dict[str, Any]] = told["entries"]
    if not found or found[0]["number"] != number:
        raise NotDone(_("The log has no entry of this number."), status=404)
    return found[0]
