"""How is `figures` answered without anybody waiting? Stretch by stretch, between other messages."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

import structlog

from brain import statistics
from brain.asking import Asker
from brain.core.sweep import Sweep
from brain.core.visit_counts import VisitCounts
from brain.errors import RequestRefused, StoreError
from brain.ports import Clock
from brain.store_ports import EventsWanted, PeopleStore
from doorbus.messages import (
    MOST_FIGURE_DAYS,
    ErrorCode,
    ErrorResponse,
    EventKind,
    OkResponse,
    ReadFigures,
)

USUAL_DAYS: Final = 30
"""Days that are counted where nothing else is said."""

MOST_WAITING: Final = 16
"""Requests that wait to be counted for; another one is asked to come again."""

TOLD: Final = (
    EventKind.NO_FACE,
    EventKind.TOO_DARK,
    EventKind.SEVERAL_FACES,
    EventKind.FACE_LOST,
    EventKind.NO_BLINK,
    EventKind.SPOOF,
    EventKind.NO_ANSWER,
)
"""How visits end at the door without a verdict."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Count:
    """One request, as far as it is counted for."""

    principal: str
    transaction: str | None
    door: str | None
    since: float
    sweep: Sweep
    visits: VisitCounts = field(default_factory=VisitCounts)
    told: Counter[EventKind] = field(default_factory=Counter)


class Counting:
    """Counts verdicts for one request after the other; on one thread.

    Args:
        zone: the site's own time.
        later: has something done once others had their turn; False where it will not be.
        answer: sends the response to whoever asked.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        clock: Clock,
        zone: tzinfo,
        later: Callable[[Callable[[], None]], bool],
        answer: Callable[[str, OkResponse | ErrorResponse], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._later = later
        self._answer = answer
        self._waiting: deque[_Count] = deque()

    def begin(self, asker: Asker, request: ReadFigures) -> None:
        """Take a request; its one response comes later.

        Raises:
            RequestRefused: nothing can be counted in that time, or too many others wait.
        """
        since, until = self._bounds(request)
        if len(self._waiting) >= MOST_WAITING:
            raise _too_many()
        one = _Count(asker.principal, request.transaction, request.door, since, Sweep(since, until))
        self._waiting.append(one)
        if len(self._waiting) == 1 and not self._later(self._step):
            self._waiting.clear()
            raise _too_many()

    def _bounds(self, request: ReadFigures) -> tuple[float, float]:
        now = self._clock.wall()
        # A door's own time may be a little ahead.
        latest = now + statistics.DAY_S
        until = latest if request.until is None else min(request.until, latest)
        days = MOST_FIGURE_DAYS
        if request.since is None:
            days = USUAL_DAYS
        last = datetime.fromtimestamp(min(until, now), self._zone)
        midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
        first = (midnight - timedelta(days - 1)).timestamp()
        since = first if request.since is None else max(request.since, first)
        if since >= until:
            raise RequestRefused(
                ErrorCode.BAD_REQUEST, "figures.since: nothing has happened by then"
            )
        return since, until

    def _step(self) -> None:
        one = self._waiting[0]
        try:
            with self._store.work() as work:
                wanted = EventsWanted(one.door, TOLD, one.sweep.at, one.sweep.end)
                one.told.update(work.events.count(wanted))
                one.sweep = statistics.count(work, one.sweep, one.visits, self._zone, one.door)
        except StoreError as error:
            _log.error("figures could not be counted", why=str(error))
            self._end(
                ErrorResponse(
                    code=ErrorCode.BRAIN_ERROR,
                    error="the brain could not count them; see its log, then try again",
                    transaction=one.transaction,
                )
            )
            return
        if one.sweep.over:
            self._end(OkResponse(transaction=one.transaction, data=self._data(one)))
        else:
            self._go_on()

    def _end(self, response: OkResponse | ErrorResponse) -> None:
        self._answer(self._waiting.popleft().principal, response)
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting and not self._later(self._step):
            _log.error("figures that were asked for are given up", requests=len(self._waiting))
            self._waiting.clear()

    def _data(self, one: _Count) -> dict[str, Any]:
        visits, until = one.visits, min(one.sweep.until, self._clock.wall())
        first = self._day(one.since)
        # Midnight itself belongs to the next day.
        number = (self._day(max(one.since, until - 1e-3)) - first).days + 1
        every = [first + timedelta(day) for day in range(number)]
        return {
            "timezone": str(self._zone),
            "since": one.since,
            "until": until,
            "hours": [
                {"granted": visits.granted[hour], "refused": visits.refused[hour]}
                for hour in statistics.HOURS
            ],
            "days": [
                {
                    "date": day.isoformat(),
                    "granted": visits.granted_on[day.toordinal()],
                    "refused": visits.refused_on[day.toordinal()],
                }
                for day in every
            ],
            "reasons": dict(visits.reasons.most_common()),
            "doors": {
                door: {"granted": visits.granted_at[door], "refused": visits.refused_at[door]}
                for door in sorted(visits.doors)
            },
            "told": {kind.value: one.told[kind] for kind in TOLD if one.told[kind]},
        }

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self._zone).date()


def _too_many() -> RequestRefused:
    return RequestRefused(
        ErrorCode.RATE_LIMITED,
        "figures are being counted for others; ask again in a few seconds",
    )
