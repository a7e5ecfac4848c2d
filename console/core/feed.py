"""What of everything that happened does somebody want to see?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from console.core.door_card import may_know
from console.core.door_view import VERDICTS, Came, Happened, Told
from doorbus import messages as m
from doorbus.messages.console import Role

MOST_SHOWN: Final = 100

_OF_PEOPLE: Final = VERDICTS | frozenset(
    {
        m.EventKind.PASS,
        m.EventKind.PASS_REFUSED,
        m.EventKind.CODE,
        m.EventKind.CODE_REFUSED,
        m.EventKind.NO_BLINK,
        m.EventKind.SPOOF,
        m.EventKind.NO_ANSWER,
        m.EventKind.EXIT,
    }
)
_OF_TROUBLE: Final = frozenset(
    {
        m.EventKind.FORCED_OPEN,
        m.EventKind.HELD_OPEN,
        m.EventKind.CLOSED_AGAIN,
        m.EventKind.TAMPER,
        m.EventKind.TAMPER_OVER,
        m.EventKind.FIRE,
        m.EventKind.FIRE_OVER,
        m.EventKind.LOCK_FAULT,
        m.EventKind.CAMERA_LOST,
        m.EventKind.CAMERA_FROZEN,
        m.EventKind.CAMERA_BACK,
        m.EventKind.PAUSED,
        m.EventKind.SPOOF,
        m.EventKind.DURESS,
        m.EventKind.CLOCK_UNSURE,
        m.EventKind.REFUSED_MESSAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody wants to see, and may.

    Attributes:
        role: of whoever reads.
        text: part of a door's name; empty for any.
        doors: of these; None for any.
        only: `people`, `trouble`, or anything.
    """

    role: Role
    text: str = ""
    doors: frozenset[str] | None = None
    only: str = ""


def newest(feed: Iterable[Happened], chosen: Chosen, most: int = MOST_SHOWN) -> list[Happened]:
    """The newest things that happened, newest first; each visit once, as the brain tells it.

    Args:
        feed: oldest first.
        chosen: which.
        most: how many.
    """
    feed = list(feed)
    judged = {(one.door, one.what.visit) for one in feed if isinstance(one.what, Came)}
    found = (one for one in reversed(feed) if _wanted(one, chosen) and not _twice(one, judged))
    return [one for _, one in zip(range(most), found, strict=False)]


def alarms(called: Iterable[Happened], dismissed: Collection[int]) -> list[Happened]:
    """What somebody should still look after, newest first.

    Args:
        called: oldest first.
        dismissed: numbers of those that were looked after.
    """
    return [one for one in called if one.number not in dismissed][::-1]


def _twice(one: Happened, judged: Collection[tuple[str | None, int]]) -> bool:
    told = one.what
    return (
        isinstance(told, Told)
        and told.kind in VERDICTS
        and told.visit is not None
        and (one.door, told.visit) in judged
    )


def _wanted(one: Happened, chosen: Chosen) -> bool:
    if chosen.text and chosen.text.casefold() not in (one.door or ""):
        return False
    if chosen.doors is not None and one.door not in chosen.doors:
        return False
    return _may_read(one.what, chosen.role) and _of_kind(one.what, chosen.only)


def _of_kind(what: object, only: str) -> bool:
    match only:
        case "people":
            return isinstance(what, Came) or (isinstance(what, Told) and what.kind in _OF_PEOPLE)
        case "trouble":
            if isinstance(what, Came):
                return what.decision is m.Decision.DENY
            return not isinstance(what, Told) or what.kind in _OF_TROUBLE
        case _:
            return True


def _may_read(what: object, role: Role) -> bool:
    """Alarms are for administrators alone: whoever forces somebody may see the porter's page."""
    if isinstance(what, Told):
        return may_know(what, role)
    return isinstance(what, Came | m.MessageRefused) or role is Role.ADMINISTRATOR
