"""How does what has been kept long enough disappear?"""

from __future__ import annotations

import structlog

from brain.core.retention import RetentionRule, events_before, frames_due
from brain.errors import FrameStoreError
from brain.ports import Clock, FrameStore
from brain.store_ports import AuditEntry, PeopleStore
from doorbus.messages import EnrolmentState

_log = structlog.get_logger()


class Retaining:
    """Deletes what is due, and notes it in the audit; on one thread."""

    def __init__(
        self, *, store: PeopleStore, frames: FrameStore, clock: Clock, rule: RetentionRule
    ) -> None:
        self._store = store
        self._frames = frames
        self._clock = clock
        self._rule = rule

    def look(self) -> None:
        """Delete what is due now. Raises `StoreError`; the rest is deleted the next time."""
        self._delete_frames()
        self._delete_events()

    def _delete_frames(self) -> None:
        if self._rule.frames_days is None:
            return
        there, now = self._frames.enrolments(), self._clock.wall()
        with self._store.work() as work:
            every = work.enrolments.in_state(*EnrolmentState)
        for one in frames_due(every, there, self._rule, now):
            try:
                gone = self._frames.erase(one.id)
            except FrameStoreError as error:
                _log.error("frames stay until the next look", why=str(error))
                continue
            reason = f"{gone} frames, kept for {self._rule.frames_days} days"
            with self._store.work() as work:
                work.audit.append(
                    AuditEntry(
                        now, "brain", "frames_deleted", one.resident, one.door or None, reason
                    )
                )

    def _delete_events(self) -> None:
        now = self._clock.wall()
        before = events_before(self._rule, now)
        if before is None:
            return
        with self._store.work() as work:
            gone = work.events.forget_before(before)
            work.audit.forget_seen_before(before)
            if gone:
                reason = f"{gone} events, kept for {self._rule.events_months} months"
                work.audit.append(AuditEntry(now, "brain", "events_deleted", reason=reason))
