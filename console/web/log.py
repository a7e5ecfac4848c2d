"""What has happened, and what was it about? The audit, page by page, and one entry of it."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core import log_wanted, recalled
from console.core.door_view import Told
from console.core.looking_up import address
from console.errors import BrainAway, NotDone
from console.web import log_known
from console.web.asking import ask
from console.web.confirming import Question, confirm
from console.web.forms import Form, show, typed
from console.web.pages import render, see, signed_in
from console.web.routes import BOTH, page
from console.words import _
from console.words import events as words_events
from console.words import log as words_log
from doorbus import messages as m
from doorbus.messages.console import Role

NEAR_S: Final = 600.0
"""How far door and brain may be apart in time for what they tell to be of one visit: a door counts
its visits anew after each boot."""

_MAY_BE_TAKEN_BACK: Final = frozenset({"grant", "away_granted"})


async def log(request: Request) -> Response:
    """The newest entries of those that are looked for."""
    doors = await log_known.doors(request)
    wanted = await log_known.wanted(request, log_known.typed_filters(request))
    form = wanted.form
    told: dict[str, Any] = {"entries": [], "before": None}
    if not wanted.wrong:
        before = log_wanted.number(request.query_params.get("before", ""))
        try:
            told = await ask(
                request, m.ReadLog, before=before, limit=log_wanted.ASKED, **wanted.fields
            )
        except BrainAway:
            raise
        except NotDone as why:
            form = form.refused(why, card="person", resident="person")
    filters = form.given(*log_wanted.FILTERS)
    entries = _shown(told["entries"], form["what"])
    context = {
        "lines": entries[: log_wanted.PAGE],
        "older": _older(filters, entries, told["before"]),
        "newest": address("/log", filters) if request.query_params.get("before") else "",
        "filters": filters,
        "choice": wanted.choice,
        "doors": [(door, door) for door in doors],
        "names": signed_in(request).sees_names,
        "unsaid": log_known.unsaid(request),
        "exports": {
            form_of: address(f"/log/export.{form_of}", filters) for form_of in ("csv", "json")
        },
        "words": words_log,
    }
    return show(request, "log.html", form, context)


async def one(request: Request) -> Response:
    """One entry: the reason in words, what the door saw, and what the person was shown."""
    entry = await log_known.entry(request, _number(request))
    told = await _told(request, entry) if entry["visit"] is not None else []
    context = {
        "entry": entry,
        "told": [(event, words_events.told(event)) for event in told],
        "shown": next((event.prompt for event in told if event.prompt is not None), None),
        "takeable": _takeable(request, entry),
        "names": signed_in(request).sees_names,
        "words": words_log,
    }
    return render(request, "log_entry.html", context)


async def not_me(request: Request) -> Response:
    """Take back what the gallery learnt from a visit of somebody else."""
    entry = await log_known.entry(request, _number(request))
    if not _takeable(request, entry):
        raise NotDone(_("Nothing can be taken back of this entry."), status=404)
    back = f"/log/{entry['number']}"
    question = Question(
        title=_("Was this not %(name)s?", name=entry["name"]),
        button=_("Take back what was learnt"),
        back=back,
        lines=(
            _(
                "Whatever was learnt of %(name)s from this visit and later is taken back. "
                "Nobody is let in or kept out by it at once.",
                name=entry["name"],
            ),
            _("If others get in as this person, let the card in nowhere until it is clear why."),
        ),
    )
    if request.method != "POST":
        return confirm(request, question, Form())
    form = await typed(request)
    try:
        await ask(
            request,
            m.Undo,
            transaction=form.transaction,
            card=entry["card"],
            visit={"door": entry["door"], "visit": entry["visit"]},
            reason="this was not me",
        )
    except NotDone as why:
        if why.code is m.ErrorCode.NOTHING_TO_UNDO:
            return see(back, done="nothing_learnt")
        return confirm(request, question, form.refused(why))
    return see(back, done="visit_taken_back")


def _number(request: Request) -> int:
    return int(request.path_params["number"])


def _shown(entries: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """Without the lines that stand beside visits: the visit's own page has what they say."""
    return entries if what else [one for one in entries if one["what"] != "life"]


def _older(filters: dict[str, str], entries: list[dict[str, Any]], before: int | None) -> str:
    """The address of the next page; empty at the end."""
    if len(entries) > log_wanted.PAGE:
        before = entries[log_wanted.PAGE - 1]["number"]
    return "" if before is None else address("/log", filters, before=before)


def _takeable(request: Request, entry: dict[str, Any]) -> bool:
    """Whether whoever looks may say of an entry that it was somebody else."""
    known = entry["card"] is not None and entry["visit"] is not None and entry["door"] is not None
    return known and signed_in(request).administers and entry["what"] in _MAY_BE_TAKEN_BACK


async def _told(request: Request, entry: dict[str, Any]) -> list[Told]:
    """What the door told of the same visit, the last first."""
    found = await ask(
        request,
        m.ReadEvents,
        door=entry["door"],
        visit=entry["visit"],
        since=max(0.0, entry["at"] - NEAR_S),
        until=entry["at"] + NEAR_S,
        limit=50,
    )
    return [event for one in found["entries"] if (event := recalled.entry(one)) is not None]


routes: list[BaseRoute] = [
    page("/log", log),
    page("/log/{number:number}", one),
    page(
        "/log/{number:number}/not-me",
        not_me,
        least=Role.ADMINISTRATOR,
        methods=BOTH,
    ),
]
