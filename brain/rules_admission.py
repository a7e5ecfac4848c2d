"""Who is let in, by the rules as they are at this very moment?

Asked within the transaction that keeps the verdict, so that what follows from letting somebody in
(where they are, that their group has come in) is kept together with it or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from brain.core.access import (
    Book,
    Default,
    Facts,
    Resident,
    Ruling,
    Second,
    Standing,
    passed,
    ruling,
)
from brain.ports import Clock
from brain.store_ports import Work


class Admission:
    """The site's rules, in memory as they are in the database; on one thread.

    Args:
        clock: which time it is.
        zone: the site's time zone.
        default: who may enter where no rule matches.
        defaults: the same for single doors.
    """

    def __init__(
        self,
        clock: Clock,
        zone: tzinfo,
        default: Default = Default.EVERYBODY,
        defaults: Mapping[str, Default] | None = None,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._default = default
        self._defaults = defaults
        self._version: int | None = None
        self._book: Book | None = None

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return self._zone

    def book(self, work: Work) -> Book:
        """The rules as they are now, whichever brain changed them: its version is looked at."""
        version = work.access.version()
        if self._book is None or version != self._version:
            self._book = Book(work.access.site(), self._zone, self._default, self._defaults)
            self._version = version
        return self._book

    def admit(
        self, work: Work, resident: Resident | None, door: str, second: Second | None = None
    ) -> Ruling:
        """Decide whether somebody who was recognised comes in, and note it where they do.

        Args:
            work: the transaction that keeps the verdict.
            resident: who was recognised, as they are now; None where they were removed meanwhile.
            door: where.
            second: what came of asking for a card or PIN; None where the door asks for none.
        """
        book = self.book(work)
        if book.areas(door):
            # Two doors of one area may be served by two brains.
            work.access.hold()
        found = self.would(work, resident, door, second)
        if found.reason is None and resident is not None:
            self.came_in(work, resident.id, door)
        return found

    def would(
        self,
        work: Work,
        resident: Resident | None,
        door: str,
        second: Second | None = None,
        at: datetime | None = None,
    ) -> Ruling:
        """What `admit` would say, without anything being noted.

        Args:
            work: a transaction.
            resident: who.
            door: where.
            second: as for `admit`.
            at: when, with a time zone; None for now.
        """
        book = self.book(work)
        now = book.local(self._clock.wall()) if at is None else at.astimezone(self._zone)
        if resident is None or not resident.enabled:
            return ruling(resident, door, now, Facts(), book)
        return ruling(resident, door, now, self._facts(work, resident.id, now, second, book), book)

    def came_in(self, work: Work, resident: str, door: str, at: float | None = None) -> None:
        """Note what follows from letting somebody in; also where a door did so by itself.

        Args:
            work: the transaction that keeps the verdict or event.
            resident: who.
            door: where.
            at: when, seconds since 1970; None for now. What is known of later moments stays.
        """
        book = self.book(work)
        moment = self._clock.wall() if at is None else at
        day = book.local(moment).date()
        groups = work.access.groups_of(resident)
        if groups and day == book.local(self._clock.wall()).date():
            work.access.note_came_in(groups, door, day.isoformat())
        areas = book.areas(door)
        if areas:
            before = work.access.standings(resident) if at is not None else {}
            work.access.stand(resident, _newer(passed(areas, door, moment), before))

    def _facts(
        self, work: Work, resident: str, now: datetime, second: Second | None, book: Book
    ) -> Facts:
        waits = book.waits()
        return Facts(
            groups=work.access.groups_of(resident),
            came_in=work.access.came_in(waits, now.date().isoformat()) if waits else {},
            standings=work.access.standings(resident) if book.site.areas else {},
            second=second,
        )


def _newer(new: dict[str, Standing], before: Mapping[str, Standing]) -> dict[str, Standing]:
    return {
        area: standing
        for area, standing in new.items()
        if area not in before or before[area].at <= standing.at
    }
