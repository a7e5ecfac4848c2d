"""Does a visitor's pass open this door, now? The signature has been checked before.

Pure over what the door keeps: how often it opened for each pass, and which ones count no more. Two
times bear on a pass. It begins by the clock as it is now; it ends by the highest time that the door
ever believed. So a clock that is set back makes nothing young again, and one that once ran ahead
lets nobody in early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from doorbus.messages import Pass, PassRefusal


@dataclass(frozen=True, slots=True)
class Use:
    """How often a pass opened this door, and when it ends (seconds since 1970)."""

    count: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Book:
    """What the door keeps of passes.

    Attributes:
        uses: by the pass's id.
        revoked: ids that count no more.
    """

    uses: Mapping[str, Use] = field(default_factory=lambda: MappingProxyType({}))
    revoked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds since 1970.

    Attributes:
        now: by the clock as it is.
        latest: the highest that was ever believed, `now` among them.
    """

    now: float
    latest: float


def refusal(one: Pass, door: str, book: Book, times: Times | None) -> PassRefusal | None:
    """Why a pass does not open; None where it does.

    Args:
        one: signed by the brain.
        door: this door.
        book: what is kept.
        times: None while the clock was not set since boot.
    """
    used = book.uses.get(one.id)
    # In the order in which somebody can do something about it.
    against = {
        PassRefusal.OTHER_DOOR: bool(one.doors) and door not in one.doors,
        PassRefusal.USED_UP: used is not None and used.count >= one.uses,
        PassRefusal.REVOKED: one.id in book.revoked,
        PassRefusal.CLOCK_UNSURE: times is None,
        PassRefusal.NOT_YET: times is not None and times.now < one.valid_from,
        PassRefusal.EXPIRED: times is not None and times.latest >= one.valid_until,
    }
    return next((why for why, holds in against.items() if holds), None)


def used(book: Book, one: Pass) -> Book:
    """The book after the pass opened once more."""
    before = book.uses.get(one.id)
    count = (before.count if before is not None else 0) + 1
    return replace(book, uses={**book.uses, one.id: Use(count, one.valid_until)})


def revoked(book: Book, ids: Iterable[str]) -> Book:
    """The book with these ids, and no others, revoked."""
    return replace(book, revoked=frozenset(ids))


def tidied(book: Book, latest: float) -> Book:
    """The book without passes that have ended: those are refused without it."""
    return replace(
        book, uses={one: use for one, use in book.uses.items() if use.valid_until > latest}
    )
