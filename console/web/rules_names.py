"""What do rules name? Groups of people and of doors, holidays, and areas that are watched."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.looking_up import PAGE, Part, offset
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.confirming import Question, carry_out
from console.web.forms import Form, filled, show, typed
from console.web.pages import see, signed_in
from console.web.people_known import beginning, plain_card, site_doors
from console.web.routes import BOTH, page
from console.words import _
from doorbus import messages as m
from doorbus.messages.console import Role

# --- groups of people ----------------------------------------------------------------------------


async def group(request: Request) -> Response:
    """Who belongs to a group; somebody more may be put in by their card."""
    name = str(request.path_params["group"])
    form = Form()
    if request.method == "POST":
        form = await typed(request)
        card = plain_card(form["card"])
        try:
            await ask(request, m.ChangeGroup, transaction=form.transaction, group=name, add=(card,))
        except NotDone as why:
            form = form.refused(why, add="card")
        else:
            return see(f"/rules/groups/{name}", done="person_joined")
    try:
        first = offset(request.query_params.get("offset", ""))
        listed = await ask(request, m.ListMembers, group=name, offset=first, limit=PAGE)
    except BrainAway:
        if request.method != "POST":
            raise
        listed = {"offset": 0, "total": 0, "members": []}
    part = Part(listed["offset"], len(listed["members"]), listed["total"])
    here = f"/rules/groups/{name}"
    context = {
        "group": name,
        "members": listed["members"],
        "part": part,
        "older": beginning(here, {}, part.after),
        "newer": beginning(here, {}, part.before),
        "administers": signed_in(request).administers,
    }
    return show(request, "rules_group.html", form, context)


async def add_group(request: Request) -> Response:
    """Make a group that nobody is in yet."""
    if request.method != "POST":
        return show(request, "rules_add_group.html", Form())
    form = await typed(request)
    try:
        await ask(request, m.ChangeGroup, transaction=form.transaction, group=form["group"])
    except NotDone as why:
        return show(request, "rules_add_group.html", form.refused(why))
    return see(f"/rules/groups/{form['group']}", done="group_made")


async def drop_group(request: Request) -> Response:
    """Delete a group that no rule names."""
    name = str(request.path_params["group"])
    question = Question(
        _("Delete the group %(group)s?", group=name),
        _("Delete"),
        f"/rules/groups/{name}" if request.method != "POST" else "/rules",
        (_("The people in it stay known; they are only no longer in this group."),),
    )
    return await carry_out(request, question, "group_deleted", m.DropGroup, group=name)


# --- groups of doors -----------------------------------------------------------------------------


async def doors(request: Request) -> Response:
    """Make a group of doors, or say anew which it has."""
    old = str(request.path_params.get("group", ""))
    if request.method != "POST":
        names = await ask(request, m.ListNames)
        if old and old not in names["doors"]:
            raise NotDone(_("There is no such group any more."), status=404)
        form = filled(group=old, doors=names["doors"].get(old))
        return await _doors_form(request, form, old, names)
    form = await typed(request)
    name, chosen = old or form["group"], form.all("doors")
    try:
        names = await ask(request, m.ListNames)
        if not old and names["doors"].get(name, sorted(chosen)) != sorted(chosen):
            taken = form.wrong(group=_("There is a group of this name already: change it there."))
            return await _doors_form(request, taken, old, names)
        await ask(request, m.ChangeDoors, transaction=form.transaction, group=name, doors=chosen)
    except NotDone as why:
        return await _doors_form(request, form.refused(why), old, None)
    return see("/rules", done="saved")


async def drop_doors(request: Request) -> Response:
    """Delete a group of doors that no rule names."""
    name = str(request.path_params["group"])
    question = Question(
        _("Delete the group of doors %(group)s?", group=name),
        _("Delete"),
        "/rules",
        (_("The doors themselves stay."),),
    )
    return await carry_out(request, question, "group_deleted", m.DropDoors, group=name)


async def _doors_form(
    request: Request, form: Form, old: str, names: dict[str, Any] | None
) -> Response:
    context = {"old": old, "doors": await _doors_of(request, names, form.all("doors"))}
    return show(request, "rules_doors.html", form, context)


async def _doors_of(
    request: Request, names: dict[str, Any] | None, chosen: tuple[str, ...]
) -> list[tuple[str, str]]:
    """The doors to choose from; while the brain is away those that were chosen are there too."""
    if names is None:
        try:
            names = await ask(request, m.ListNames)
        except NotDone:
            names = {"doors": {"": chosen}, "defaults": {}, "passback": {}}
    return [(door, door) for door in sorted({*site_doors(request, names), *chosen})]


# --- holidays ------------------------------------------------------------------------------------


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


# --- areas ---------------------------------------------------------------------------------------


async def area(request: Request) -> Response:
    """Watch an area, or change how."""
    old = str(request.path_params.get("area", ""))
    if request.method != "POST":
        names = await ask(request, m.ListNames)
        return await _area_form(request, _area_of(names, old), old, names)
    form = await typed(request)
    name = old or form["name"]
    inside, outside = form.all("inside"), form.all("outside")
    try:
        names = await ask(request, m.ListNames)
        there = names["passback"].get(name)
        same = there and (there["inside"], there["outside"]) == (sorted(inside), sorted(outside))
        if there and not old and not same:
            taken = form.wrong(name=_("There is an area of this name already: change it there."))
            return await _area_form(request, taken, old, names)
        await ask(
            request,
            m.ChangePassback,
            transaction=form.transaction,
            name=name,
            inside=inside,
            outside=outside,
            mode=form["mode"],
            forget_h=form["forget_h"] or None,
        )
    except NotDone as why:
        return await _area_form(request, form.refused(why), old, None)
    return see("/rules", done="saved")


async def drop_area(request: Request) -> Response:
    """Watch an area no more."""
    name = str(request.path_params["area"])
    question = Question(
        _("Watch the area %(area)s no more?", area=name),
        _("Watch it no more"),
        "/rules",
        (_("It is forgotten who is in it; people go in and out as other rules say."),),
    )
    return await carry_out(request, question, "area_deleted", m.DropPassback, name=name)


def _area_of(names: dict[str, Any], old: str) -> Form:
    if not old:
        return filled(mode="hard", forget_h="12")
    if old not in names["passback"]:
        raise NotDone(_("There is no such area any more."), status=404)
    known = names["passback"][old]
    return filled(
        name=old,
        inside=known["inside"],
        outside=known["outside"],
        mode=known["mode"],
        forget_h=f"{known['forget_h']:g}",
    )


async def _area_form(
    request: Request, form: Form, old: str, names: dict[str, Any] | None
) -> Response:
    chosen = (*form.all("inside"), *form.all("outside"))
    context = {"old": old, "doors": await _doors_of(request, names, chosen)}
    return show(request, "rules_area.html", form, context)


routes: list[BaseRoute] = [
    page("/rules/groups/{group}", group, least=Role.PORTER),
    *(
        page(f"/rules/{path}", endpoint, least=Role.ADMINISTRATOR, methods=BOTH)
        for path, endpoint in (
            ("add-group", add_group),
            ("groups/{group}/add", group),
            ("groups/{group}/delete", drop_group),
            ("add-doors", doors),
            ("doors/{group}", doors),
            ("doors/{group}/delete", drop_doors),
            ("add-holiday", add_holiday),
            ("holidays/{date}/delete", drop_holiday),
            ("add-area", area),
            ("areas/{area}", area),
            ("areas/{area}/delete", drop_area),
        )
    ),
]
"""The addresses of these pages."""
