"""How is what is known of a door filled in, once for all who read it alike?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request

from console.core.brain_now import brain_now
from console.core.door_card import DoorCard, card
from console.core.door_list import sorted_as, standing
from console.core.door_view import DoorView
from console.core.worries import Weight
from console.live import Fragments
from console.web.pages import signed_in
from console.web.services import services
from console.words import doors as words_doors
from console.words import events as words_events
from console.words import orders as words_orders
from doorbus.messages.console import may

LOOK_S: Final = 5.0
"""Seconds after which a door that says nothing is judged anew: silence tells something too."""

AGE_S: Final = 30.0
"""Seconds after which "a minute ago" is filled in anew; meanwhile browsers keep it true."""

TONES: Final[Mapping[Weight, str]] = {
    Weight.CALM: "good",
    Weight.NOTE: "info",
    Weight.WARNING: "warn",
    Weight.URGENT: "bad",
}
ICONS: Final[Mapping[Weight, str]] = {
    Weight.CALM: "check",
    Weight.NOTE: "info",
    Weight.WARNING: "warning",
    Weight.URGENT: "stop",
}

_CHANGING: Final[Mapping[str, Callable[[DoorCard], tuple[Hashable, ...]]]] = {
    "state": lambda one: (
        one.worries,
        one.door.online,
        one.door.lock,
        one.door.contact,
        one.unheard,
    ),
    "lines": lambda one: (one.lines, one.door.heard_at, one.unheard),
    "health": lambda one: (one.door.health, one.door.health_at, one.door.online),
}
"""The pieces of a card that change, and what each of them shows."""


def view_of(request: Request, door: str) -> DoorView:
    """What was heard of a door; nothing, of one that was not heard."""
    return services(request).view.doors.get(door) or DoorView(door)


def card_of(request: Request, door: DoorView) -> DoorCard:
    """What a door's card says now."""
    return card(door, services(request).clock.wall())


def parts(request: Request, door: DoorView) -> Iterator[tuple[str, Markup]]:
    """The pieces of a door's card, by the id of the element that each is."""
    now = (door.version, _look(request))
    one = cache(lambda: card_of(request, door))
    for part in _CHANGING:
        yield f"{part}-{door.name}", _once(request, ("door", part, door.name), now, one)


def whole(request: Request) -> Markup:
    """How all doors and the brain stand: the element `standing`."""
    house = services(request)
    view = house.view

    def make() -> str:
        found = standing(card_of(request, door) for door in view.doors.values())
        now = None if view.brain is None else brain_now(view.brain, view.gallery)
        shown = (
            tuple((one.name, one.worries) for one in found.urgent),
            found.by_weight,
            view.brain,
            now,
            view.brain_at,
            view.brain_online,
            house.line.away,
            age(request),
        )
        return house.rendered.once(
            "doors-standing",
            shown,
            request,
            lambda: _filled(
                request, "doors_standing.html", found=found, now=now, away=house.line.away
            ),
        )

    version = (view.version, _look(request), house.line.away)
    return Markup(house.rendered.once("doors-standing-now", version, request, make))  # noqa: S704  # a template's


def told_of(request: Request, doors: Iterable[str]) -> Callable[[], Fragments]:
    """What changed about these doors since it was asked last; at first all."""
    names = tuple(doors)
    sent: dict[str, str] = {}
    seen: dict[str, tuple[int, int]] = {}

    def news() -> Fragments:
        look = _look(request)
        found: dict[str, str] = {}
        for name in names:
            door = view_of(request, name)
            if seen.get(name) == (door.version, look):
                continue
            seen[name] = (door.version, look)
            found.update(changed(sent, parts(request, door)))
        return found

    return news


def changed(sent: dict[str, str], pieces: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those pieces that are not as they were sent, which they then are."""
    found: dict[str, str] = {}
    for name, piece in pieces:
        if sent.get(name) != piece:
            found[name] = sent[name] = piece
    return found


def context(request: Request) -> dict[str, Any]:
    """What every template about doors has beside the words."""
    who = signed_in(request)
    return {
        "names": who.sees_names,
        "porter": may(who.role, "unlock"),
        "administrator": who.administers,
        "say": words_doors,
        "events": words_events,
        "orders": words_orders,
        "rank": sorted_as,
        "tones": TONES,
        "icons": ICONS,
        "view": services(request).view,
    }


def age(request: Request) -> int:
    """Changes as often as what is said of times has to be filled in anew."""
    return int(services(request).clock.wall() / AGE_S)


def _look(request: Request) -> int:
    return int(services(request).clock.wall() / LOOK_S)


def _once(
    request: Request, key: tuple[str, str, str], now: Hashable, one: Callable[[], DoorCard]
) -> Markup:
    """A piece: looked at once anything of the door changed, filled in where the piece did."""
    rendered, (_, part, _name) = services(request).rendered, key

    def make() -> str:
        return rendered.once(
            key,
            (age(request), *_CHANGING[part](one())),
            request,
            lambda: _filled(request, f"doors_{part}.html", card=one()),
        )

    return Markup(rendered.once((*key, "now"), now, request, make))  # noqa: S704  # a template's


def _filled(request: Request, template: str, **more: object) -> str:
    known = {**context(request), **more}
    return services(request).templates.get_template(template).render(known)
