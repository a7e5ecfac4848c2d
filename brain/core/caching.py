"""What may a door know of whom, and which rules go with it, for the time when the brain is away?

A door learns of those residents alone who may enter there at some time. Rules that hang on what
happens elsewhere meanwhile cannot be read there: a permit that waits for somebody else is left out,
a prohibition that does counts always, and a door of an area with hard anti-passback learns of
nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from brain.core.access import Book, Default, Effect, Holding, Mode
from doorbus.messages import CachedRule, Schedule

MOST_RULES = 100
"""Rules of one resident in a cache; whoever has more is left out of it."""


def knows_nobody(book: Book, door: str) -> bool:
    """Whether the door must not decide about anybody: it cannot know who came out elsewhere."""
    return any(area.mode is Mode.HARD for area in book.areas(door))


def rules_for(
    book: Book, resident: str, groups: AbstractSet[str], door: str, now: datetime
) -> tuple[CachedRule, ...] | None:
    """The rules that go into a door's cache with a resident.

    Args:
        book: the site's rules.
        resident: whom, by opaque id.
        groups: that they belong to.
        door: where.
        now: aware; what is over by then is left out.

    Returns:
        None where the resident can never enter there by what the door could know.
    """
    moment = now.astimezone(UTC)
    forbids = [
        _cached(one, permits=False)
        for one in _left(book.about(Effect.FORBID, resident, groups, door), moment)
    ]
    if any(rule.schedule is None and rule.since is None and rule.until is None for rule in forbids):
        return None
    permits: list[CachedRule] = []
    if book.default(door) is Default.NOBODY:
        permits = [
            _cached(one, permits=True)
            for one in _left(book.about(Effect.PERMIT, resident, groups, door), moment)
            if one.rule.after is None or one.rule.after in groups
        ]
        if not permits:
            return None
    rules = tuple(dict.fromkeys((*forbids, *permits)))
    return rules if len(rules) <= MOST_RULES else None


def schedules_of(book: Book, door: str) -> tuple[Schedule, ...]:
    """Schedules that rules at a door may name, by name in order."""
    named = {
        holding.schedule.name: holding.schedule
        for holding in book.at(door)
        if holding.schedule is not None
    }
    return tuple(named[name] for name in sorted(named))


def _left(holdings: Iterable[Holding], now: datetime) -> Iterable[Holding]:
    return (one for one in holdings if one.ends is None or now < one.ends)


def _cached(holding: Holding, *, permits: bool) -> CachedRule:
    return CachedRule(
        permits=permits,
        schedule=None if holding.schedule is None else holding.schedule.name,
        since=None if holding.begins is None else holding.begins.timestamp(),
        until=None if holding.ends is None else holding.ends.timestamp(),
    )
