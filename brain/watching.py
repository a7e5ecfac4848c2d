"""Who is told when somebody tries to be let in again and again?"""

from __future__ import annotations

import structlog

from brain.core import guessing
from brain.core.guessing import COUNTED, Alarm, Watched, WatchRule
from brain.errors import StoreError
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.store_ports import AuditEntry, PeopleStore
from doorbus.messages import MOST_NAMED_DOORS, ManyRefusals, Reason

_log = structlog.get_logger()


class Watching:
    """Counts refusals across doors; on one thread.

    Args:
        store: for the audit.
        outgoing: for `brain/event`.
        clock: the time.
        rule: how many are too many.
    """

    def __init__(
        self, store: PeopleStore, outgoing: Outgoing, clock: Clock, rule: WatchRule
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._rule = rule
        self._watched = Watched()

    def refused(self, door: str, reason: Reason) -> None:
        """Somebody was not let in. Never raises: it comes after the verdict."""
        if reason not in COUNTED:
            return
        now = self._clock.monotonic()
        self._watched, alarms = guessing.refused(self._watched, door, now, self._rule)
        for alarm in alarms:
            self._tell(alarm)

    def _tell(self, alarm: Alarm) -> None:
        doors = alarm.doors[:MOST_NAMED_DOORS]
        words = (
            f"{alarm.refusals} refusals in {self._rule.window_s:g} s at {len(alarm.doors)} doors"
        )
        _log.warning("somebody tries again and again", doors=doors, refusals=alarm.refusals)
        one = alarm.doors[0] if len(alarm.doors) == 1 else None
        try:
            with self._store.work() as work:
                work.audit.append(
                    AuditEntry(self._clock.wall(), "brain", "many_refusals", door=one, reason=words)
                )
        except StoreError as error:
            _log.error("many refusals could not be kept in the audit", why=str(error))
        self._outgoing.event(
            ManyRefusals(doors=doors, refusals=alarm.refusals, window_s=self._rule.window_s)
        )
