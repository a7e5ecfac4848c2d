"""Which groups of people are there, and who belongs to them?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.looking_up import PAGE, Part, offset
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.confirming import Question, carry_out
from console.web.forms import Form, show, typed
from console.web.pages import see, signed_in
from console.web.people_known import beginning, plain_card
from console.web.routes import BOTH, page
from console.words import _
from doorbus import messages as m
from doorbus.messages.console import Role


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


routes: list[BaseRoute] = [
    page("/rules/groups/{group}", group, least=Role.PORTER),
    page("/rules/add-group", add_group, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/groups/{group}/add", group, least=Role.ADMINISTRATOR, methods=BOTH),
    page("/rules/groups/{group}/delete", drop_group, least=Role.ADMINISTRATOR, methods=BOTH),
]
"""The addresses of these pages."""
