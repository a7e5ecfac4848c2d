"""What has been kept long enough, and is to be deleted now?"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from brain.core.enrolment import OPEN, Enrolment

EVERY_S = 3600.0
"""Seconds between two looks at what is due."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long things are kept; None for as long as they are of use.

    Attributes:
        frames_days: days that an enrolment's pictures are kept after it was opened.
        events_months: calendar months that doors' events are kept.
    """

    frames_days: int | None = None
    events_months: int | None = None


def frames_due(
    enrolments: Iterable[Enrolment], there: set[str], rule: RetentionRule, now: float
) -> tuple[Enrolment, ...]:
    """The enrolments whose pictures are to be deleted; templates stay.

    Args:
        enrolments: in any state; one that is open keeps its pictures.
        there: ids of those of which pictures are kept.
        rule: how long.
        now: seconds since 1970.
    """
    if rule.frames_days is None:
        return ()
    before = now - timedelta(days=rule.frames_days).total_seconds()
    return tuple(
        one
        for one in enrolments
        if one.id in there and one.state not in OPEN and one.created <= before
    )


def events_before(rule: RetentionRule, now: float) -> float | None:
    """The time before which events are to be deleted, seconds since 1970; None for no time.

    Calendar months back in UTC: from the 31st to a shorter month's last day.
    """
    if rule.events_months is None:
        return None
    moment = datetime.fromtimestamp(now, UTC)
    months = moment.year * 12 + moment.month - 1 - rule.events_months
    year, month = divmod(months, 12)
    if year < 1:
        return None
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return max(0.0, moment.replace(year=year, month=month + 1, day=day).timestamp())
