"""Which passes are out for visitors? Made, shown as a QR code, sent as a picture, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.looking_up import PAGE, Part, offset
from console.core.pass_standing import PassStanding, likely_end, standing
from console.errors import NotDone
from console.web.asking import ask
from console.web.confirming import Question, confirm
from console.web.forms import Form, asked, filled, show, typed
from console.web.pages import render, see, signed_in
from console.web.people_known import beginning, site_doors
from console.web.routes import BOTH, page
from console.web.services import services
from console.words import _, ngettext
from console.words import times as words_times
from console.words.marked import N_
from doorbus import messages as m
from doorbus.messages.console import Role
from doorctl.pass_picture import png_of

DOOR: Final = "door:"
DOORS: Final = "doors:"
ALL: Final = "doors:all"

STANDINGS: Final[Mapping[PassStanding, tuple[str, str]]] = {
    PassStanding.VALID: (N_("Valid"), "good"),
    PassStanding.LATER: (N_("Begins later"), "info"),
    PassStanding.ENDED: (N_("Ended"), "plain"),
    PassStanding.USED_UP: (N_("Used up"), "plain"),
    PassStanding.REVOKED: (N_("Taken back"), "bad"),
}


async def passes(request: Request) -> Response:
    """Those that have not ended."""
    first = offset(request.query_params.get("offset", ""))
    data = await ask(request, m.ListPasses, offset=first, limit=PAGE)
    rows = [_shown(request, one) for one in data["passes"]]
    part = Part(first, len(rows), data["total"])
    context = {
        "rows": rows,
        "total": data["total"],
        "administers": signed_in(request).administers,
        "older": beginning("/passes", {}, part.after),
        "newer": beginning("/passes", {}, part.before),
    }
    return render(request, "passes.html", context)


async def issue(request: Request) -> Response:
    """Make one."""
    names = await ask(request, m.ListNames)
    if request.method != "POST":
        now = datetime.fromtimestamp(
            services(request).clock.wall(), words_times.zone(names["timezone"])
        )
        form = filled(until=likely_end(now), uses="1", where=asked(request, "where")["where"])
        return _form(request, form, names)
    form = await typed(request)
    where = form["where"]
    fields: dict[str, Any] = {"name": form["name"], "uses": form["uses"] or None}
    fields |= {"from": form["from"] or None, "until": form["until"] or None}
    if where.startswith(DOOR):
        fields["door"] = where.removeprefix(DOOR)
    elif where.startswith(DOORS):
        fields["doors"] = where.removeprefix(DOORS)
    else:
        return _form(request, form.wrong(where=_("Choose what it opens.")), names)
    try:
        data = await ask(request, m.IssuePass, transaction=form.transaction, **fields)
    except NotDone as why:
        for name in ("door", "doors"):
            if name in why.fields:
                why.fields["where"] = why.fields.pop(name)
        return _form(request, form.refused(why), names)
    return see(f"/passes/{data['pass']}", done="pass_issued")


async def one_pass(request: Request) -> Response:
    """One of them; its code for administrators alone."""
    data = await _known(request)
    return render(request, "pass.html", {"one": _shown(request, data), "code": "code" in data})


async def picture(request: Request) -> Response:
    """Its QR code, as a picture to show or to send: whoever has it has the pass."""
    data = await _known(request)
    if "code" not in data:
        return Response(status_code=404)
    name = f"{data['pass']}.png"
    headers = {"Cache-Control": "no-store"}
    if "download" in request.query_params:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(png_of(str(data["code"])), media_type="image/png", headers=headers)


async def revoke(request: Request) -> Response:
    """Take it back."""
    number = request.path_params["number"]
    data = await _known(request)
    question = Question(
        _("Take back the pass of %(name)s?", name=data["name"]),
        _("Take it back"),
        f"/passes/{number}",
        lines=(_("No door takes it any more. A door that is away learns it when it is back."),),
    )
    if request.method != "POST":
        return confirm(request, question, Form())
    form = await typed(request)
    try:
        told = await ask(request, m.RevokePass, transaction=form.transaction, **{"pass": number})
    except NotDone as why:
        return confirm(request, question, form.refused(why))
    return see(f"/passes/{number}", done="pass_revoked", told=" ".join(told["doors"]))


async def _known(request: Request) -> dict[str, Any]:
    """The pass of the address. Raises `NotDone`, where there is none as a page not found."""
    try:
        return await ask(request, m.ListPasses, **{"pass": request.path_params["number"]})
    except NotDone as why:
        if why.code is m.ErrorCode.UNKNOWN_PASS or "pass" in why.fields:
            raise NotDone(_("There is no such pass any more."), status=404) from None
        raise


def _form(request: Request, form: Form, names: Mapping[str, Any]) -> Response:
    places = [(DOOR + door, door) for door in site_doors(request, dict(names))]
    places += [
        (DOORS + group, _("The doors of %(group)s", group=group))
        for group in sorted(names["doors"])
    ]
    places.append((ALL, _("Every door")))
    return show(request, "pass_issue.html", form, {"places": places, "zone": names["timezone"]})


def _shown(request: Request, one: Mapping[str, Any]) -> dict[str, Any]:
    how = standing(one, services(request).clock.wall())
    word, tone = STANDINGS[how]
    told = request.query_params.get("told")
    heard = [] if told is None else [door for door in one["doors"] if door in told.split()]
    return {
        "number": one["pass"],
        "name": one["name"],
        "doors": ", ".join(one["doors"]) or _("Every door"),
        "from": one["from"],
        "until": one["until"],
        "used": one["used"],
        "uses": one["uses"],
        "left": ngettext("It opens %(num)s more time.", "It opens %(num)s more times.", _left(one)),
        "standing": _(word),
        "tone": tone,
        "open": how in {PassStanding.VALID, PassStanding.LATER},
        "told": _told(told, heard, one["doors"]),
    }


def _told(told: str | None, heard: list[str], doors: list[str]) -> str:
    """Which doors know already that a pass was taken back; empty where that is not the question."""
    if told is None:
        return ""
    away = [door for door in doors if door not in heard]
    if not doors:
        return _("Every door that is there was told; others learn it when they are back.")
    if not away:
        return _("Told to: %(doors)s.", doors=", ".join(heard))
    return _(
        "Told to: %(doors)s. Not there, and told when they are back: %(away)s.",
        doors=", ".join(heard) or "-",
        away=", ".join(away),
    )


def _left(one: Mapping[str, Any]) -> int:
    return max(0, int(one["uses"]) - int(one["used"]))


_ONE: Final = "/passes/{number}"
routes: Final[tuple[BaseRoute, ...]] = (
    page("/passes", passes, least=Role.PORTER),
    page("/passes/issue", issue, least=Role.ADMINISTRATOR, methods=BOTH),
    page(_ONE, one_pass, least=Role.PORTER),
    page(f"{_ONE}/picture.png", picture, least=Role.ADMINISTRATOR),
    page(f"{_ONE}/revoke", revoke, least=Role.ADMINISTRATOR, methods=BOTH),
)
