"""Whom is a page about, and what do pages about people share?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.requests import Request

from console.core.looking_up import address
from console.errors import BrainAway, NotDone
from console.web.asking import ask
from console.web.forms import typed
from console.web.services import services
from console.words import _
from doorbus import messages as m

_CARD: Final = re.compile(r"[0-9]{12}")
_SETTLED: Final = {
    "trained": "enrolled",
    "capturing": "under_way",
    "training": "under_way",
    None: "missing",
}
"""Whether somebody is enrolled, where the state of their newest enrolment says it."""


def card_in(request: Request) -> str:
    """The card in the address. Raises `NotDone` for what is none."""
    card = str(request.path_params["card"])
    if not _CARD.fullmatch(card):
        raise NotDone(_("Nobody here has this card."), status=404)
    return card


async def known(request: Request, card: str) -> dict[str, Any]:
    """What `show` answers. Raises `NotDone`, where nobody has the card as a page not found."""
    try:
        return await ask(request, m.Show, card=card)
    except NotDone as why:
        if why.code is not m.ErrorCode.UNKNOWN_CARD:
            raise
        raise NotDone(_("Nobody here has this card."), code=why.code, status=404) from None


async def called(request: Request, card: str) -> str:
    """What somebody is called: as a form of theirs brought it, or as the brain says."""
    if request.method == "POST":
        form = await typed(request)
        if form["called"]:
            return form["called"]
    return str((await known(request, card))["name"])


def plain_card(typed_card: str) -> str:
    """A card as it is kept: people group its digits by blanks."""
    return "".join(typed_card.split())


def site_doors(request: Request, names: dict[str, Any]) -> list[str]:
    """Every door that was heard of, or that something names."""
    known = set(services(request).view.doors) | set(names["defaults"])
    for doors in names["doors"].values():
        known.update(doors)
    for area in names["passback"].values():
        known.update(area["inside"], area["outside"])
    return sorted(known)


async def names_of(request: Request, cards: Iterable[str]) -> dict[str, str]:
    """What people are called, by card; whoever is gone meanwhile is left out."""

    async def one(card: str) -> list[dict[str, Any]]:
        listed = await ask(request, m.ListResidents, card=card, limit=1)
        found: list[dict[str, Any]] = listed["residents"]
        return found

    found = await asyncio.gather(*(one(card) for card in cards))
    return {row["card"]: row["name"] for rows in found for row in rows}


async def standings(request: Request, rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Whether each is `enrolled`, `under_way` or `missing`, by card.

    An enrolment that was cancelled or taken back says nothing of the templates before it.
    """

    async def one(row: dict[str, Any]) -> str:
        settled = _SETTLED.get(row["enrolment"])
        if settled is not None:
            return settled
        try:
            shown = await ask(request, m.Show, card=row["card"])
        except BrainAway:
            raise
        except NotDone:
            return "missing"  # removed meanwhile
        return "enrolled" if shown["templates"] else "missing"

    listed = list(rows)
    found = await asyncio.gather(*(one(row) for row in listed))
    return {row["card"]: standing for row, standing in zip(listed, found, strict=True)}


def beginning(path: str, filters: dict[str, str], first: int | None) -> str:
    """The address of the part of a long answer that begins there; empty for none."""
    return "" if first is None else address(path, filters, offset=first or "")
