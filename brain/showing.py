"""Is the card or PIN that was shown at a door right, and who must be told of it?"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from brain.code_settings import DoorCodeSettings
from brain.core import codes
from brain.core.access import Resident, Second
from brain.core.codes import SITE, CodeLimits, WrongCodes
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.store_ports import AuditEntry, Work
from doorbus.messages import (
    Alarm,
    AlarmKind,
    CodeKind,
    DoorEvent,
    EventKind,
    Reason,
    SecondFactor,
)

_log = structlog.get_logger()
_NOTHING = DoorCodeSettings()

AHEAD_S = 300.0
"""A door's time that is further ahead of the brain's clock is not taken for one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of a card or PIN.

    Attributes:
        against: why it does not count; None where it does.
        resident: whose it is; None where that is not known.
        alarms: what to publish once the transaction is committed.
    """

    against: Reason | None
    resident: str | None = None
    alarms: tuple[Alarm, ...] = ()


class Showing:
    """Judges what was shown, and counts what was wrong; on one thread.

    Args:
        clock: the time.
        outgoing: for alarms.
        doors: what each door needs, by name.
        limits: how many wrong codes are too many.
    """

    def __init__(
        self,
        clock: Clock,
        outgoing: Outgoing,
        doors: Mapping[str, DoorCodeSettings],
        limits: CodeLimits,
    ) -> None:
        self._clock = clock
        self._outgoing = outgoing
        self._doors = doors
        self._limits = limits
        self._wrong = WrongCodes()
        self._coming: tuple[Alarm, ...] = ()

    def needs(self, door: str) -> str:
        """What must be shown beside a face there: `none`, `card` or `pin`."""
        return self._doors.get(door, _NOTHING).second

    def takes_codes(self, door: str) -> bool:
        """Whether a PIN opens there without a face."""
        return self._doors.get(door, _NOTHING).codes

    def beside(
        self, work: Work, door: str, person: Resident | None, shown: SecondFactor | None
    ) -> tuple[Second | None, tuple[Alarm, ...]]:
        """Judge what was shown beside the face of somebody who was recognised.

        What was shown must be right, also where nothing need be.

        Args:
            work: the transaction that keeps the verdict.
            door: where.
            person: who was recognised.
            shown: what was shown.

        Returns:
            For `Admission.admit`: None where nothing was needed nor shown; and alarms to publish.
        """
        needed = self.needs(door)
        if shown is None:
            return (None if needed == "none" else Second(Reason.SECOND_FACTOR)), ()
        if codes.rests(self._wrong, door, self._clock.monotonic(), alone=False):
            return Second(Reason.TOO_MANY_CODES), ()
        if person is None or needed not in {"none", shown.kind.value}:
            return Second(Reason.SECOND_FACTOR), ()
        if shown.kind is CodeKind.CARD:
            right = hmac.compare_digest(shown.value.encode(), person.card.encode())
            return self._judged(work, door, Shown(None, person.id), right=right)
        owner = work.pins.check(person.id, shown.value)
        alarms = self._duress(work, door, person.id) if owner and owner.duress else ()
        return self._judged(work, door, Shown(None, person.id, alarms), right=owner is not None)

    def alone(self, work: Work, door: str, shown: SecondFactor) -> Shown:
        """Judge a code without a face, within the transaction that keeps the verdict."""
        if shown.kind is CodeKind.CARD or not self._doors.get(door, _NOTHING).codes:
            return Shown(Reason.NO_CODES)
        if codes.rests(self._wrong, door, self._clock.monotonic(), alone=True):
            return Shown(Reason.TOO_MANY_CODES)
        owner = work.pins.owner(shown.value)
        if owner is None:
            return Shown(Reason.WRONG_SECOND_FACTOR, alarms=self._count(work, door))
        alarms = self._duress(work, door, owner.resident) if owner.duress else ()
        return Shown(None, owner.resident, alarms)

    def note(self, work: Work, door: str, event: DoorEvent) -> None:
        """Keep a door's own word of duress, in the transaction that keeps the event."""
        if event.kind is not EventKind.DURESS:
            return
        now = self._clock.wall()
        at = event.at if event.at <= now + AHEAD_S else now
        resident = event.detail if work.residents.by_id(event.detail) is not None else None
        work.audit.append(AuditEntry(at, f"door:{door}", "duress", resident, door))
        self._coming += (Alarm(what=AlarmKind.DURESS, at=at, door=door, resident=resident),)

    def told(self) -> None:
        """After such a transaction."""
        coming, self._coming = self._coming, ()
        self.tell(coming)

    def tell(self, alarms: tuple[Alarm, ...]) -> None:
        """Publish alarms; after the transaction."""
        for alarm in alarms:
            _log.warning("alarm", what=alarm.what.value, door=alarm.door)
            self._outgoing.event(alarm)

    def _judged(
        self, work: Work, door: str, shown: Shown, *, right: bool
    ) -> tuple[Second, tuple[Alarm, ...]]:
        if right:
            return Second(), shown.alarms
        return Second(Reason.WRONG_SECOND_FACTOR), self._count(work, door)

    def _count(self, work: Work, door: str) -> tuple[Alarm, ...]:
        """One more wrong code, and the rests that it brings."""
        now = self._clock.monotonic()
        self._wrong, begun = codes.wrong(self._wrong, door, now, self._limits)
        for place in begun:
            reason = f"{AlarmKind.WRONG_CODES.value}: rests for {self._limits.rest_s:g} s"
            self._record(work, "wrong_codes", place or None, None, reason)
        at = self._clock.wall()
        return tuple(
            Alarm(what=AlarmKind.WRONG_CODES, at=at, door=None if place == SITE else place)
            for place in begun
        )

    def _duress(self, work: Work, door: str, resident: str) -> tuple[Alarm, ...]:
        self._record(work, "duress", door, resident, "")
        at = self._clock.wall()
        return (Alarm(what=AlarmKind.DURESS, at=at, door=door, resident=resident),)

    def _record(
        self, work: Work, what: str, door: str | None, resident: str | None, reason: str
    ) -> None:
        actor = "brain" if door is None else f"door:{door}"
        work.audit.append(AuditEntry(self._clock.wall(), actor, what, resident, door, reason))
