"""How does somebody look through a door's camera? They ask; the door sends one picture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from console.core.door_view import Picture
from console.errors import NotDone
from console.live import Fragments
from console.web import doors_parts, forms
from console.web.asking import ask
from console.web.doors_known import DoorsKnown
from console.web.pages import fragment, render, see, signed_in
from console.web.routes import page
from console.web.services import services
from console.words import _
from console.words import orders as words_orders
from doorbus import messages as m
from doorbus.messages.console import Role, may

SOON_S: Final = 3.0
"""Seconds for which the page waits, so that it is whole without script; most come at once."""

LATE_S: Final = 10.0
"""Seconds after which no picture is to be expected."""

LOOK_S: Final = 0.05
MOST_ASKED: Final = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture that somebody asked for.

    Attributes:
        command: which the door will answer; empty where nothing went out.
        at: when, seconds since 1970.
        problem: why nothing went out, in the words of whoever asked.
    """

    command: str
    at: float
    problem: str = ""


class Pictures:
    """Asks for pictures, and shows those that were asked for here and no others.

    Args:
        known: what the brain knows of doors.
    """

    def __init__(self, known: DoorsKnown) -> None:
        self._known = known
        self._asked: dict[tuple[str, str], Asked] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Their pages."""
        return (
            page("/doors/{door}/snapshot", self.take, least=Role.PORTER, methods=("POST",)),
            page("/doors/{door}/snapshot/{command}", self.show_picture, least=Role.PORTER),
        )

    async def take(self, request: Request) -> Response:
        """Ask the door for a picture, and wait a little for it."""
        door = request.path_params["door"]
        if not self._known.has(request, door):
            return render(request, "doors_unknown.html", {"door": door}, status=404)
        form = await forms.typed(request)
        asked = await self._ask(request, door, form.transaction)
        self._asked.pop((door, signed_in(request).account), None)
        self._asked[door, signed_in(request).account] = asked
        while len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        if asked.command:
            live = services(request).live
            asyncio.get_running_loop().call_later(LATE_S + LOOK_S, live.wake)
            await self._arrives(request, door, asked.command)
        return see(f"/doors/{door}#picture-{door}")

    async def show_picture(self, request: Request) -> Response:
        """The picture itself; no browser keeps it."""
        found = self._picture(request, request.path_params["door"])
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if found is None or found.command != request.path_params["command"]:
            return PlainTextResponse(
                _("This picture is kept no longer. Ask for another one."), 404, headers
            )
        return Response(found.jpeg, media_type="image/jpeg", headers=headers)

    def piece(self, request: Request, door: str) -> str:
        """The element `picture-<door>`: the picture, or how it stands with it."""
        if not may(signed_in(request).role, "snapshot"):
            return ""
        house = services(request)
        asked = self._asked.get((door, signed_in(request).account))
        found = self._picture(request, door)
        if asked is not None and asked.command and found and found.command != asked.command:
            found = None  # an older one, while a newer one is on its way
        late = asked is not None and house.clock.wall() - asked.at > LATE_S
        pending = found is None and asked is not None and not asked.problem
        shown = {
            "door": door,
            "picture": found,
            "problem": asked.problem if asked is not None else "",
            "waits": pending and not late,
            "late": pending and late,
        }
        version = (found and (found.command, found.at), *list(shown.values())[2:])
        return house.rendered.once(
            ("picture", door),
            version,
            request,
            lambda: fragment(
                request, "doors_picture.html", {**doors_parts.context(request), **shown}
            ),
        )

    def told_of(self, request: Request, door: str) -> Callable[[], Fragments]:
        """The element, where it changed since it was asked last."""
        sent: dict[str, str] = {}

        def news() -> Fragments:
            piece = self.piece(request, door)
            return doors_parts.changed(sent, [(f"picture-{door}", piece)] if piece else [])

        return news

    async def _ask(self, request: Request, door: str, transaction: str) -> Asked:
        now = services(request).clock.wall()
        if doors_parts.view_of(request, door).online is m.Availability.OFFLINE:
            return Asked("", now, _("The door is not connected, so it can send no picture."))
        try:
            told = await ask(request, m.TakeDoorSnapshot, transaction=transaction, door=door)
        except NotDone as why:
            return Asked("", now, words_orders.not_done(why, words_orders.target("door", door)))
        return Asked(told["command"], now)

    async def _arrives(self, request: Request, door: str, command: str) -> None:
        for _each in range(int(SOON_S / LOOK_S)):
            taken = doors_parts.view_of(request, door).snapshot
            if taken is not None and taken.command == command:
                return
            await asyncio.sleep(LOOK_S)

    def _picture(self, request: Request, door: str) -> Picture | None:
        """The door's last picture, if somebody asked for it here."""
        taken = doors_parts.view_of(request, door).snapshot
        if taken is None:
            return None
        here = {asked.command for (name, _who), asked in self._asked.items() if name == door}
        return taken if taken.command in here else None
