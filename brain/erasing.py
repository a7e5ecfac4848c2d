"""How do doors forget a resident who was removed, however long they are away?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import structlog

from brain.core.enrolment import Enrolment
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import AuditEntry, Erasure, PeopleStore, Work
from doorbus.messages import MAX_ENROLMENT, DoorEvent, Forget

FORGET_EVERY_S = 60.0
"""Seconds after which doors that have not confirmed are told once more."""

_log = structlog.get_logger()


class Erasing:
    """Commands doors to forget, and repeats it until each has confirmed; on one thread.

    Args:
        doors: every door of the site, within a transaction.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        reading: Reading,
        outgoing: Outgoing,
        clock: Clock,
        doors: Callable[[Work], Collection[str]],
    ) -> None:
        self._store = store
        self._reading = reading
        self._outgoing = outgoing
        self._clock = clock
        self._doors = doors

    def begin(self, work: Work, resident: str, enrolments: Sequence[Enrolment]) -> list[str]:
        """Note who has to forget a resident, in the transaction that removes them.

        Returns:
            The doors that have yet to confirm: all, by name.
        """
        doors = sorted(self._doors(work))
        now = self._clock.wall()
        for door in doors:
            theirs = tuple(one.id for one in enrolments if one.door == door)
            work.erasures.begin(Erasure(resident, door, theirs[:MAX_ENROLMENT], now))
        return doors

    def ask(self, resident: str) -> None:
        """Tell every door that has yet to confirm; after the commit."""
        with self._store.work() as work:
            waiting = [one for one in work.erasures.open() if one.resident == resident]
        self._command(waiting)

    def resume(self, door: str) -> None:
        """A door is there (again): tell it whom it has to forget."""
        with self._store.work() as work:
            waiting = work.erasures.open(door)
        self._command(waiting)

    def again(self) -> None:
        """Tell every door that has yet to confirm, once more: a message may have been lost."""
        with self._store.work() as work:
            waiting = work.erasures.open()
        self._command(waiting)

    def confirmed(self, door: str, event: DoorEvent) -> None:
        """A door says that it has forgotten somebody."""
        with self._store.work() as work:
            if not work.erasures.confirm(event.detail, door):
                return
            work.audit.append(
                AuditEntry(self._clock.wall(), f"door:{door}", "forgotten", event.detail, door)
            )
        _log.info("a door has forgotten a resident", door=door, resident=event.detail)

    def _command(self, waiting: Sequence[Erasure]) -> None:
        for one in waiting:
            epoch = self._reading.epoch(one.door)
            if epoch is None:
                continue  # never heard of: it is told when it comes
            with self._store.work() as work:
                number = work.doors.next_number(one.door)
            command = Forget(number=number, resident=one.resident, enrolments=one.enrolments)
            self._outgoing.command(one.door, epoch, command)
