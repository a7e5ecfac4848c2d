"""When do the scores of visits go into the database, as counts of a day?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from brain.core.scores import ScoreKind, counted
from brain.decided import Decided
from brain.errors import StoreError
from brain.statistics_ports import ScoreCount
from brain.store_ports import PeopleStore

EVERY_S: Final = 60.0
"""Seconds between two writings: a power cut loses a minute of counts, and no verdict waits."""

KEPT_DAYS: Final = 400
"""Days after which counts are deleted: a year, and the month to compare it with."""

_log = structlog.get_logger()


class Scorekeeper:
    """Counts scores in memory and writes them down now and then; on one thread.

    Args:
        store: where counts are kept.
        encoder: whose scores they are, now.
        zone: the site's own time.
    """

    def __init__(self, store: PeopleStore, encoder: Callable[[], str], zone: ZoneInfo) -> None:
        self._store = store
        self._encoder = encoder
        self._zone = zone
        self._counts: Counter[tuple[date, str, ScoreKind, int]] = Counter()

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        day = datetime.fromtimestamp(one.at, self._zone).date()
        for kind, place in counted(one.decision, one.reason, one.near):
            self._counts[day, self._encoder(), kind, place] += 1

    def write(self) -> None:
        """Write down what was counted; what cannot be written now is tried again."""
        if not self._counts:
            return
        rows = [ScoreCount(*key, visits) for key, visits in sorted(self._counts.items())]
        try:
            with self._store.work() as work:
                work.scores.add(rows)
                work.scores.forget_before(max(row.day for row in rows) - timedelta(KEPT_DAYS))
        except StoreError as error:
            _log.warning("counts of scores are written later", why=str(error))
            return
        self._counts.clear()
