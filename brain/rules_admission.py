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
    passed,
    ruling,
)
from brain.ports import Clock
from brain.statistics_ports import Wanted
from brain.store_ports import Work
from doorbus.messages import Decision, DoorEvent, EventKind


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
        self._given_up: dict[str, int] = {}

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
        self,
        work: Work,
        resident: Resident | None,
        door: str,
        second: Second | None = None,
        visit: int | None = None,
    ) -> Ruling:
        """Decide whether somebody who was recognised comes in, and note it where they do.

        Args:
            work: the transaction that keeps the verdict.
            resident: who was recognised, as they are now; None where they were removed meanwhile.
            door: where.
            second: what came of asking for a card or PIN; None where the door asks for none.
            visit: its number at the door; nothing is noted of one that the door gave up meanwhile.
        """
        book = self.book(work)
        if book.areas(door):
            # Two doors of one area may be served by two brains.
            work.access.hold()
        now = book.local(self._clock.wall())
        facts = self._facts(work, resident, door, now, second=second, book=book)
        found = ruling(resident, door, now, facts, book)
        given_up = visit is not None and self._given_up.get(door) == visit
        if found.reason is None and resident is not None and not given_up:
            self._note_group(work, facts.groups, door, now, book)
            work.access.stand(resident.id, passed(book.areas(door), door, now.timestamp()))
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
        facts = self._facts(work, resident, door, now, second=second, book=book)
        return ruling(resident, door, now, facts, book)

    def came_in(self, work: Work, resident: str, door: str, at: float) -> None:
        """Note what follows from a door's having let somebody in by itself.

        Args:
            work: the transaction that keeps the door's event.
            resident: who.
            door: where.
            at: when, seconds since 1970. What is known of later moments stays.
        """
        book = self.book(work)
        if book.areas(door):
            work.access.hold()
        self._note_group(work, work.access.groups_of(resident), door, book.local(at), book)
        before = work.access.standings(resident)
        new = passed(book.areas(door), door, at)
        later = {area for area in new if area in before and before[area].at > at}
        work.access.stand(resident, {area: new[area] for area in new.keys() - later})

    def heard(self, work: Work, door: str, event: DoorEvent) -> None:
        """A door says that it opened to nobody: whoever it was told to let in is not inside.

        The verdict came too late, or the door is locked down. On which side they were before is not
        known any more, so that either way goes.

        Args:
            work: the transaction that keeps the event.
            door: which.
            event: anything that it tells.
        """
        if event.kind not in {EventKind.NO_ANSWER, EventKind.DENIED} or event.visit is None:
            return
        record = work.doors.get(door)
        if record.last is None or record.last.visit != event.visit or record.verdict is None:
            self._given_up[door] = event.visit
            return
        areas = self.book(work).areas(door)
        if not areas or record.verdict.decision is not Decision.GRANT:
            return
        granted = Wanted(actor=f"door:{door}", what=[Decision.GRANT.value])
        for _, entry in work.audit.find(granted, 1):
            if entry.resident is not None:
                work.access.forget_standings(entry.resident, [area.name for area in areas])

    def _note_group(
        self, work: Work, groups: frozenset[str], door: str, at: datetime, book: Book
    ) -> None:
        if groups and at.date() == book.local(self._clock.wall()).date():
            work.access.note_came_in(groups, door, at.date().isoformat())

    def _facts(
        self,
        work: Work,
        resident: Resident | None,
        door: str,
        now: datetime,
        *,
        second: Second | None,
        book: Book,
    ) -> Facts:
        if resident is None or not resident.enabled:
            return Facts()  # of no matter
        waits = book.waits(door)
        return Facts(
            groups=work.access.groups_of(resident.id),
            came_in=work.access.came_in(waits, now.date().isoformat()) if waits else {},
            standings=work.access.standings(resident.id) if book.areas(door) else {},
            second=second,
        )
