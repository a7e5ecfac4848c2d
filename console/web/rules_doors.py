"""Which doors belong together? Groups of doors, and areas that are watched."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.errors import NotDone
from console.web.asking import ask
from console.web.confirming import Question, carry_out
from console.web.forms import Form, filled, show, typed
from console.web.pages import see
from console.web.people_known import site_doors
from console.web.routes import BOTH, page
from console.words import _
from doorbus import messages as m
from doorbus.messages.console import Role

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
    page("/rules/add-doors", doors, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/doors/{group}", doors, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/doors/{group}/delete", drop_doors, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/add-area", area, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/areas/{area}", area, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/areas/{area}/delete", drop_area, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
