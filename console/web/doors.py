"""What do the pages Doors and one door show?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core import rules_told
from console.core.door_card import DoorCard, may_know
from console.core.door_list import Wanted, shown
from console.core.recalled import entry
from console.errors import NotDone
from console.live import Fragments
from console.web import doors_orders, doors_parts, forms
from console.web.asking import ask
from console.web.doors_feed import Feed
from console.web.doors_known import DoorsKnown
from console.web.doors_pictures import Pictures
from console.web.pages import fragment, render, signed_in
from console.web.people_known import names_of
from console.web.routes import page
from console.web.services import services
from console.web.streaming import stream
from console.words import rules as words_rules
from doorbus import messages as m
from doorbus.messages.console import may

MOST_EVENTS_SHOWN: Final = 40
MOST_RULES_SHOWN: Final = 50


def routes() -> Sequence[BaseRoute]:
    """The pages about doors."""
    known = DoorsKnown()
    pictures = Pictures(known)
    feed = Feed(known)
    pages = Doors(known, pictures, feed)
    return (
        page("/doors", pages.doors),
        page("/doors/{door}", pages.door),
        stream("/live/doors", pages.doors_told),
        stream("/live/doors/{door}", pages.door_told),
        *doors_orders.routes(known),
        *pictures.routes(),
        *feed.routes(),
    )


class Doors:
    """All doors, and one of them.

    Args:
        known: what the brain knows of doors.
        pictures: through their cameras.
        feed: what happens at all of them.
    """

    def __init__(self, known: DoorsKnown, pictures: Pictures, feed: Feed) -> None:
        self._known = known
        self._pictures = pictures
        self._feed = feed

    async def doors(self, request: Request) -> Response:
        """Every door, worst first."""
        await self._known.refresh(request)
        form, wanted = _wanted(request)
        every = [self._card(request, name) for name in self._known.doors(request)]
        members = self._known.groups.get(wanted.group, ())
        context = {
            **doors_parts.context(request),
            "cards": [
                (one, dict(doors_parts.parts(request, one.door)))
                for one in shown(every, wanted, members)
            ],
            "every": len(every),
            "groups": self._known.groups,
            "group_options": [(name, name) for name in self._known.groups],
            "form": form,
            "wanted": wanted,
            "query": request.url.query,
            "standing": doors_parts.whole(request),
            "called": Markup(self._feed.called(request)),  # noqa: S704  # a template's
        }
        return render(request, "doors.html", context)

    def doors_told(self, request: Request) -> Callable[[], Fragments]:
        """The stream of the page of all doors: those that the page shows."""
        _, wanted = _wanted(request)
        every = [self._card(request, name) for name in self._known.doors(request)]
        # A door that becomes worth a look later is told of by `standing`, with a link.
        members = self._known.groups.get(wanted.group, ())
        names = [one.name for one in shown(every, wanted, members)]
        some = doors_parts.told_of(request, names)
        sent: dict[str, str] = {}

        def news() -> Fragments:
            whole = [
                ("standing", doors_parts.whole(request)),
                ("called", self._feed.called(request)),
            ]
            if wanted == Wanted():
                come = len(services(request).view.doors.keys() - set(names))
                whole.append(
                    ("newcomers", fragment(request, "doors_newcomers.html", {"come": come}))
                )
            return {**doors_parts.changed(sent, whole), **some()}

        return news

    async def door(self, request: Request) -> Response:
        """One door in detail."""
        name = request.path_params["door"]
        await self._known.refresh(request)
        if not self._known.has(request, name):
            return render(request, "doors_unknown.html", {"door": name}, status=404)
        one = self._card(request, name)
        context = {
            **doors_parts.context(request),
            "card": one,
            "parts": dict(doors_parts.parts(request, one.door)),
            "picture": Markup(self._pictures.piece(request, name)),  # noqa: S704  # a template's
            "groups": [group for group, doors in self._known.groups.items() if name in doors],
            "told": await _events(request, name),
            "rules": await _rules(request, name),
        }
        return render(request, "doors_one.html", context)

    def door_told(self, request: Request) -> Callable[[], Fragments]:
        """The stream of the page of one door."""
        name = request.path_params["door"]
        if not self._known.has(request, name):
            return dict  # as its page, which does not know it either
        some = doors_parts.told_of(request, [name])
        picture = self._pictures.told_of(request, name)
        return lambda: {**some(), **picture()}

    def _card(self, request: Request, name: str) -> DoorCard:
        return doors_parts.card_of(request, doors_parts.view_of(request, name))


def _wanted(request: Request) -> tuple[forms.Form, Wanted]:
    form = forms.asked(request, "text", "group", "noteworthy")
    return form, Wanted(form["text"], form["group"], bool(form["noteworthy"]))


async def _events(request: Request, door: str) -> Mapping[str, Any]:
    """What the door told last, by the brain; `away` where it cannot be asked."""
    before = request.query_params.get("before") or None
    try:
        told = await ask(request, m.ReadEvents, door=door, before=before, limit=MOST_EVENTS_SHOWN)
    except NotDone:
        return {"lines": (), "before": None, "away": True, "older": False}
    role = signed_in(request).role
    lines = [entry(data) for data in told["entries"]]
    return {
        "lines": [one for one in lines if one is not None and may_know(one, role)],
        "before": told["before"],
        "away": False,
        "older": before is not None,
    }


async def _rules(request: Request, door: str) -> Mapping[str, Any] | None:
    """The rules that hold at the door; None for whom they are not."""
    if not may(signed_in(request).role, "rules"):
        return None
    try:
        found = await ask(request, m.ListRules, door=door, limit=MOST_RULES_SHOWN)
        rules = [rules_told.told(one) for one in found["rules"]]
        names = await names_of(request, rules_told.cards(rules))
    except NotDone:
        return {"said": (), "total": 0, "away": True}
    said = [words_rules.rule(one, names, {}) for one in rules]
    return {"said": said, "total": found["total"], "away": False}
