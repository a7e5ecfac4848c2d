"""May this resident come in here, now, and if not, why not?

In this order: a resident who is disabled comes in nowhere. A rule that forbids wins over all that
permit. Without a rule that permits, the site's default decides. Then the second factor, where the
door asks for one; and at last whether they came out before they come in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from brain.core.access.book import Book, Holding
from brain.core.access.passback import Mode, Standing, broken
from brain.core.access.resident import Resident
from brain.core.access.rules import Default, Effect
from doorbus.messages import Reason, Schedule


@dataclass(frozen=True, slots=True)
class Second:
    """What came of asking for a card or PIN beside the face.

    Attributes:
        against: `SECOND_FACTOR`, `WRONG_SECOND_FACTOR` or `TOO_MANY_CODES`; None where it was
            given and right.
    """

    against: Reason | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of somebody at this moment.

    Attributes:
        groups: that they belong to.
        came_in: doors at which somebody of a group came in today, by group.
        standings: on which side of which area they are, by area.
        second: what came of the second factor; None where the door asks for none.
    """

    groups: frozenset[str] = frozenset()
    came_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    second: Second | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say.

    Attributes:
        reason: against letting in; None where nothing is.
        rule: the rule that decided, or that came nearest to letting in; None where none did.
        areas: whose order is broken: the one that refuses, or those that only tell.
        until: the end of the present window or validity of the rule that lets in, local; None
            where it has none.
    """

    reason: Reason | None
    rule: int | None = None
    areas: tuple[str, ...] = ()
    until: datetime | None = None


_NEARNESS = (
    Reason.NO_LONGER_VALID,
    Reason.NOT_VALID_YET,
    Reason.OUT_OF_HOURS,
    Reason.NOBODY_IN_YET,
)
"""Of several rules that almost let in, the last of these tells best what is missing."""


def objection(
    resident: Resident | None, door: str, now: datetime, facts: Facts, book: Book
) -> Reason | None:
    """Why a recognised resident is refused all the same; see `ruling`."""
    return ruling(resident, door, now, facts, book).reason


def ruling(resident: Resident | None, door: str, now: datetime, facts: Facts, book: Book) -> Ruling:
    """Whether somebody may come in.

    Args:
        resident: who; None means that the person was removed meanwhile.
        door: where.
        now: when, in the site's time zone.
        facts: what is known of them.
        book: the site's rules.
    """
    if resident is None:
        return Ruling(Reason.UNKNOWN)
    if not resident.enabled:
        return Ruling(Reason.DISABLED)
    found = _by_rules(resident.id, door, now, facts, book)
    if found.reason is not None:
        return found
    if facts.second is not None and facts.second.against is not None:
        return Ruling(facts.second.against, found.rule)
    areas = broken(book.areas(door), door, facts.standings, now.timestamp())
    hard = tuple(area.name for area in areas if area.mode is Mode.HARD)
    if hard:
        return Ruling(Reason.PASSBACK, found.rule, hard)
    return Ruling(None, found.rule, tuple(area.name for area in areas), found.until)


class _Moment:
    """A moment in a book."""

    def __init__(self, now: datetime, book: Book) -> None:
        self.now = now
        self.utc = now.astimezone(UTC)
        self._minute = int(now.timestamp() // 60)
        self._book = book

    def end(self, schedule: Schedule) -> datetime | None:
        """When the schedule's present window ends; None where it does not hold."""
        return self._book.end(schedule, self.now, self._minute)


def _by_rules(resident: str, door: str, now: datetime, facts: Facts, book: Book) -> Ruling:
    moment = _Moment(now, book)
    for holding in book.about(Effect.FORBID, resident, facts.groups, door):
        if _missing(holding, moment, facts) is None:
            return Ruling(Reason.FORBIDDEN, holding.rule.number)
    nearest: tuple[int, int] | None = None
    for holding in book.about(Effect.PERMIT, resident, facts.groups, door):
        missing = _missing(holding, moment, facts)
        if missing is None:
            return Ruling(None, holding.rule.number, until=_until(holding, moment))
        near = (_NEARNESS.index(missing), -holding.rule.number)
        if nearest is None or near > nearest:
            nearest = near
    if book.default(door) is Default.EVERYBODY:
        return Ruling(None)
    if nearest is None:
        return Ruling(Reason.NOT_PERMITTED)
    return Ruling(_NEARNESS[nearest[0]], -nearest[1])


def _missing(holding: Holding, moment: _Moment, facts: Facts) -> Reason | None:
    """What keeps a rule from counting now; None where it counts."""
    if holding.begins is not None and moment.utc < holding.begins:
        return Reason.NOT_VALID_YET
    if holding.ends is not None and moment.utc >= holding.ends:
        return Reason.NO_LONGER_VALID
    if holding.schedule is not None and moment.end(holding.schedule) is None:
        return Reason.OUT_OF_HOURS
    if holding.rule.after is not None and not _begun(holding, holding.rule.after, facts):
        return Reason.NOBODY_IN_YET
    return None


def _begun(holding: Holding, first: str, facts: Facts) -> bool:
    """Whether somebody of a group came in where the rule holds; its own members need not wait."""
    if first in facts.groups:
        return True
    doors = facts.came_in.get(first, frozenset())
    return bool(doors if holding.places is None else doors & holding.places)


def _until(holding: Holding, moment: _Moment) -> datetime | None:
    ends = [] if holding.ends is None else [holding.ends.astimezone(moment.now.tzinfo)]
    if holding.schedule is not None and (end := moment.end(holding.schedule)) is not None:
        ends.append(end)
    return min(ends, key=datetime.timestamp, default=None)
