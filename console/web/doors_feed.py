"""What happens at the whole site now? Everything, newest first, and what calls for somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from console.core.door_view import Happened
from console.core.feed import Chosen, alarms, newest
from console.live import Fragments, Paced
from console.web import doors_parts, forms
from console.web.doors_known import DoorsKnown
from console.web.pages import render, see, signed_in
from console.web.routes import page
from console.web.services import services
from console.web.streaming import stream
from doorbus.messages.console import Role

EVERY_S: Final = 0.5
"""Seconds between two tellings of the list: nobody reads faster, and it is long."""

MOST_DISMISSED: Final = 1000

ONLY: Final = frozenset({"people", "trouble"})
"""What somebody may want to see alone."""


class Feed:
    """The page Now.

    Args:
        known: what the brain knows of doors.
    """

    def __init__(self, known: DoorsKnown) -> None:
        self._known = known
        self._dismissed: dict[tuple[str, int], None] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Its pages."""
        return (
            page("/now", self.now),
            page("/now/dismiss", self.dismiss, least=Role.ADMINISTRATOR, methods=("POST",)),
            stream("/live/now", self.told),
        )

    async def now(self, request: Request) -> Response:
        """Everything that was heard, newest first."""
        await self._known.refresh(request)
        form, chosen = self._chosen(request)
        context = {
            **doors_parts.context(request),
            "form": form,
            "chosen": chosen,
            "groups": self._known.groups,
            "group_options": [(name, name) for name in self._known.groups],
            "alarms": Markup(self._alarms(request)),  # noqa: S704  # a template's
            "list": Markup(self._list(request, chosen)),  # noqa: S704  # a template's
            "query": request.url.query,
        }
        return render(request, "doors_now.html", context)

    async def dismiss(self, request: Request) -> Response:
        """Have alarms stand out no longer, for this account."""
        form = await forms.typed(request)
        account = signed_in(request).account
        for text in form.all("number"):
            if text.isdecimal():
                self._dismissed[account, int(text[:15])] = None
        while len(self._dismissed) > MOST_DISMISSED:
            del self._dismissed[next(iter(self._dismissed))]
        return see("/now")

    def told(self, request: Request) -> Callable[[], Fragments]:
        """The stream of the page."""
        _form, chosen = self._chosen(request)
        house = services(request)
        sent: dict[str, str] = {}
        loop = asyncio.get_running_loop()
        listing = Paced(EVERY_S, house.clock.monotonic, loop.call_later, house.live.wake)

        def news() -> Fragments:
            pieces = [("alarms", self._alarms(request))]
            if listing.due():
                pieces.append(("happened", self._list(request, chosen)))
            return doors_parts.changed(sent, pieces)

        return news

    def called(self, request: Request) -> str:
        """The element `called`: how many alarms wait for whoever looks at another page."""
        house = services(request)
        count = len(self._waiting(request))
        return house.rendered.once(
            "called",
            count,
            request,
            lambda: house.templates.get_template("doors_called.html").render(count=count),
        )

    def _chosen(self, request: Request) -> tuple[forms.Form, Chosen]:
        form = forms.asked(request, "text", "group", "only")
        group = form["group"]
        doors = frozenset(self._known.groups.get(group, ())) if group else None
        only = form["only"] if form["only"] in ONLY else ""
        return form, Chosen(signed_in(request).role, form["text"], doors, only)

    def _list(self, request: Request, chosen: Chosen) -> str:
        house = services(request)
        number = house.view.feed[-1].number if house.view.feed else 0

        def make() -> str:
            context: dict[str, Any] = {
                **doors_parts.context(request),
                "happened": newest(house.view.feed, chosen),
            }
            return house.templates.get_template("doors_now_list.html").render(context)

        if chosen.text:
            return make()  # nobody else types the same, and all that could be typed is not kept
        version = (number, doors_parts.age(request))
        return house.rendered.once(("feed", chosen), version, request, make)

    def _alarms(self, request: Request) -> str:
        if not signed_in(request).administers:
            return '<div id="alarms"></div>'
        house, found = services(request), self._waiting(request)

        def make() -> str:
            context = {
                **doors_parts.context(request),
                "found": found,
            }
            return house.templates.get_template("doors_now_alarms.html").render(context)

        # Its buttons belong to a form of the page, which has the tokens.
        numbers = tuple(one.number for one in found)
        return house.rendered.once(("alarms", numbers), doors_parts.age(request), request, make)

    def _waiting(self, request: Request) -> list[Happened]:
        """Alarms that whoever asks has not looked after; none for whom they are not."""
        who = signed_in(request)
        if not who.administers:
            return []
        dismissed = {number for account, number in self._dismissed if account == who.account}
        return alarms(services(request).view.alarms, dismissed)
