"""What does a door's card say, and who may know more?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from console.core.door_view import VERDICTS, Came, DoorView, Told
from console.core.worries import Found, Known, Weight, found, heaviest
from doorbus import messages as m
from doorbus.messages.console import Role

MOST_LINES: Final = 4
"""Newest things that happened, on a card."""

_ROUTINE: Final = frozenset({m.EventKind.WOKE, m.EventKind.FORGOTTEN})
_SECRET: Final = frozenset({m.EventKind.DURESS})
"""Told to nobody but administrators: whoever forces somebody may see the porter's page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened at a door; `came` where the brain judged somebody, else `told`.

    Attributes:
        at: seconds since 1970.
    """

    at: float
    told: Told | None = None
    came: Came | None = None


@dataclass(frozen=True, slots=True)
class DoorCard:
    """What a card says.

    Attributes:
        name: of the door.
        weight: how much it matters that somebody looks.
        worries: what there is to know, what matters most first.
        door: all that was heard.
        lines: the newest things that happened, newest first.
    """

    name: str
    weight: Weight
    worries: tuple[Found, ...]
    door: DoorView
    lines: tuple[Line, ...]

    @property
    def unheard(self) -> bool:
        """Whether nothing of the door was heard yet."""
        return known(self.door) == Known()


def card(door: DoorView, now: float) -> DoorCard:
    """What a door's card says at `now`, seconds since 1970."""
    worries = found(known(door), now)
    lines = tuple(merged(door.told, door.came))[:MOST_LINES]
    return DoorCard(door.name, heaviest(worries), worries, door, lines)


def known(door: DoorView) -> Known:
    """What of a door its worries come from."""
    return Known(door.online, door.health, door.health_at, door.lasting, door.heard_at)


def may_know(told: Told, role: Role) -> bool:
    """Whether a page of somebody of that role shows what a door told."""
    return told.kind not in _SECRET or role is Role.ADMINISTRATOR


def merged(told: Iterable[Told], came: Iterable[Came]) -> Iterable[Line]:
    """What happened, newest first: each visit once, by the brain's word where there is one.

    Duress stands on no card: others look along while doors are open on a screen.
    """
    came = tuple(came)
    judged = {one.visit for one in came}
    lines = [Line(one.at, came=one) for one in came]
    lines += [
        Line(one.at, told=one)
        for one in told
        if one.kind not in _ROUTINE | _SECRET and not (one.kind in VERDICTS and one.visit in judged)
    ]
    return sorted(lines, key=lambda line: -line.at)
