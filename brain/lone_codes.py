"""How does a code without a face become a verdict, once?"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from brain.core.access import Ruling
from brain.core.freshness import Freshness, Mark, assess
from brain.decided import Decided
from brain.errors import StoreError
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.rules_admission import Admission
from brain.showing import Showing
from brain.store_ports import AuditEntry, PeopleStore, SeenVisit
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import CodeShown, Decision, PassbackBroken, Reason, Verdict, VisitDecided
from doorbus.topics import CODE_SHOWN

_log = structlog.get_logger()


class LoneCodes:
    """Takes codes in, keeps each verdict and sends it; on one thread.

    Visits of codes and of faces are one series: neither can be replayed under the other's number.

    Args:
        showing: judges codes.
        admission: decides about those whose they are.
        witnessed: hears of each verdict that was sent.
        hold_s: how long a granted door stays open.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        outgoing: Outgoing,
        clock: Clock,
        showing: Showing,
        admission: Admission,
        witnessed: Callable[[Decided], None],
        hold_s: float,
    ) -> None:
        self._reading = reading
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._showing = showing
        self._admission = admission
        self._witnessed = witnessed
        self._hold_s = hold_s

    def take(self, wire: Wire) -> None:
        """A message on `frames/code`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(CODE_SHOWN, wire)
        shown = letter.content()
        mark = Mark(letter.epoch, shown.visit, shown.nonce)
        try:
            self._decide(wire.topic, letter.door, mark, shown)
        except StoreError:
            # What cannot be written down does not open a door.
            _log.exception("a verdict could not be kept", door=letter.door)
            self._outgoing.verdict(letter.door, mark.epoch, self._verdict(mark, Reason.BRAIN_ERROR))

    def _decide(self, topic: str, door: str, mark: Mark, shown: CodeShown) -> None:
        since, person, ruling = self._clock.monotonic(), None, Ruling(None)
        with self._store.work() as work:
            record = work.doors.get(door)
            freshness = assess(record.last, mark, self._reading.epoch(door) or 0)
            if freshness is Freshness.REPEAT and record.verdict is not None:
                self._outgoing.verdict(door, mark.epoch, record.verdict)
                return
            if freshness is not Freshness.NEW:
                raise MessageError(f"{topic}: a visit that is over (replayed, or overtaken)")
            found = self._showing.alone(work, door, shown)
            reason = found.against
            if found.resident is not None:
                person = work.residents.by_id(found.resident)
                ruling = self._admission.admit(work, person, door, visit=mark.visit)
                reason = ruling.reason
            verdict = self._verdict(mark, reason)
            work.doors.decided(door, mark, verdict)
            entries = [(verdict.decision.value, f"{verdict.reason.value} code")]
            areas = () if reason is not None else ruling.areas
            entries += [("passback_broken", area) for area in areas]
            for what, why in entries:
                work.audit.append(
                    AuditEntry(self._clock.wall(), f"door:{door}", what, found.resident, door, why),
                    SeenVisit(mark.visit),
                )
        self._outgoing.verdict(door, mark.epoch, verdict)
        self._showing.tell(found.alarms)
        self._witnessed(
            Decided(
                door=door,
                visit=mark.visit,
                at=self._clock.wall(),
                decision=verdict.decision,
                reason=verdict.reason,
                person=person,
                seconds=self._clock.monotonic() - since,
                near=None,
            )
        )
        self._outgoing.event(
            VisitDecided(
                door=door,
                visit=mark.visit,
                decision=verdict.decision,
                reason=verdict.reason,
                resident=found.resident if reason is None else None,
            )
        )
        for area in areas:
            self._outgoing.event(
                PassbackBroken(
                    door=door, visit=mark.visit, resident=found.resident or "", area=area
                )
            )

    def _verdict(self, mark: Mark, against: Reason | None) -> Verdict:
        return Verdict(
            visit=mark.visit,
            nonce=mark.nonce,
            decision=Decision.GRANT if against is None else Decision.DENY,
            reason=Reason.MATCH if against is None else against,
            hold_s=self._hold_s if against is None else 0.0,
        )
