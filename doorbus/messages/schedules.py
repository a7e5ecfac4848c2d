"""When does a schedule hold? Weekly windows in the site's own time, and what holidays change.

Pure, for brain and doors alike. Local time is an aware `datetime` whose `tzinfo` is the site's zone
(`zoneinfo.ZoneInfo`), so that a change to or from daylight saving time is known.

A window is one unbroken stretch of real time: it begins when the clock on the wall first reads its
start, and ends when the clock reads its end for the last time. Where clocks go back over an end,
the window lasts through both readings; where they jump over a start or an end, it begins or ends at
the jump.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from doorbus.messages.fields import Payload

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]

WEEK: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as `date.weekday` counts them."""

HOLIDAY: Final[Day] = "holiday"

MOST_WINDOWS = 100
"""Most windows of a schedule."""

ScheduleName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""A schedule, as administrators call it."""

_MINUTE = timedelta(minutes=1)


def _quoted(value: object) -> object:
    """YAML reads 18:00 without quotation marks as the number 1080."""
    if isinstance(value, int):
        raise ValueError('a time of day, in quotation marks: "HH:MM"')  # noqa: TRY004  # pydantic's way
    return value


def _listed(value: object) -> object:
    """YAML and Python callers have lists where the model has a tuple."""
    return tuple(value) if isinstance(value, list) else value


StartOfDay = Annotated[
    str, BeforeValidator(_quoted), StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
]
"""A time of day, `00:00` to `23:59`."""

EndOfDay = Annotated[
    str,
    BeforeValidator(_quoted),
    StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
]
"""A time of day, `00:00` to `24:00`."""


class Window(Payload):
    """From when until when, on which days.

    Attributes:
        days: on which it begins. On a holiday only windows that list `holiday` begin, whatever day
            of the week it is.
        start: when, inclusive, `HH:MM` local time.
        end: when, exclusive; `24:00` is the end of the day.
        next_day: the end is on the day after.
    """

    days: Annotated[tuple[Day, ...], BeforeValidator(_listed)] = Field(min_length=1, max_length=8)
    start: StartOfDay
    end: EndOfDay
    next_day: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Window:
        # Both are padded, so that they compare as text.
        if not self.next_day and self.end <= self.start:
            raise ValueError(
                "`end` must be later than `start`; give `next_day` true for a window that runs "
                "over midnight"
            )
        return self

    @property
    def reaches_on(self) -> bool:
        """Whether it may hold on the day after it began: clocks may read midnight twice."""
        return self.next_day or self.end == "24:00"

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """When the window begins and ends that begins on this day, in UTC.

        The two are equal where clocks jump over all of it.
        """
        last = day + timedelta(days=1) if self.next_day else day
        return begins(day, _minutes(self.start), zone), ends_by(last, _minutes(self.end), zone)


class Schedule(Payload):
    """A week's windows; they may overlap.

    Attributes:
        name: what rules call it by.
        windows: it holds while one of them does.
    """

    name: ScheduleName
    windows: Annotated[tuple[Window, ...], BeforeValidator(_listed)] = Field(
        min_length=1, max_length=MOST_WINDOWS
    )

    def covers(self, local: datetime, holidays: AbstractSet[date] = frozenset()) -> bool:
        """Whether it holds at this moment. Raises `ValueError` without a time zone."""
        return self.until(local, holidays) is not None

    def until(self, local: datetime, holidays: AbstractSet[date] = frozenset()) -> datetime | None:
        """When the present window ends, the last of several; None where it does not hold.

        Another window may begin at that very moment. Raises `ValueError` without a time zone.
        """
        return ends(self.windows, local, holidays)


def ends(
    windows: tuple[Window, ...], local: datetime, holidays: AbstractSet[date] = frozenset()
) -> datetime | None:
    """When the present one of these windows ends; see `Schedule.until`."""
    zone = local.tzinfo
    if zone is None:
        raise ValueError("a schedule needs the time with its zone")
    if _steady(local.date(), zone):
        return _ends_by_the_clock(windows, local, holidays)
    now = local.astimezone(UTC)
    latest: datetime | None = None
    # A window that began yesterday may hold still.
    for day in (local.date(), local.date() - timedelta(days=1)):
        kind = _kind(day, holidays)
        for window in windows:
            if kind not in window.days or (day != local.date() and not window.reaches_on):
                continue
            start, end = window.on(day, zone)
            if start <= now < end and (latest is None or end > latest):
                latest = end
    return None if latest is None else latest.astimezone(zone)


def _ends_by_the_clock(
    windows: tuple[Window, ...], local: datetime, holidays: AbstractSet[date]
) -> datetime | None:
    """The same on days on which no clock is changed, many times faster."""
    today = _kind(local.date(), holidays)
    yesterday = _kind(local.date() - timedelta(days=1), holidays)
    # Times of day are padded, so that they compare as text.
    now = f"{local.hour:02}:{local.minute:02}"
    latest: tuple[int, str] | None = None
    for window in windows:
        found = None
        if today in window.days and window.start <= now:
            if window.next_day:
                found = (1, window.end)
            elif now < window.end:
                found = (0, window.end)
        elif window.next_day and yesterday in window.days and now < window.end:
            found = (0, window.end)
        if found is not None and (latest is None or found > latest):
            latest = found
    if latest is None or local.tzinfo is None:
        return None
    day = local.date() + timedelta(days=latest[0])
    return ends_by(day, _minutes(latest[1]), local.tzinfo).astimezone(local.tzinfo)


@lru_cache(maxsize=64)
def _steady(day: date, zone: tzinfo) -> bool:
    """Whether no clock is changed from the day before to the end of the day after."""
    offsets = [
        datetime.combine(day + timedelta(days=days), time(hour), zone).utcoffset()
        for days in (-1, 0, 1, 2)
        for hour in (0, 12)
    ]
    return len(set(offsets)) == 1


def _kind(day: date, holidays: AbstractSet[date]) -> Day:
    return HOLIDAY if day in holidays else WEEK[day.weekday()]


def _minutes(written: str) -> int:
    return int(written[:2]) * 60 + int(written[3:])


def begins(day: date, minutes: int, zone: tzinfo) -> datetime:
    """When the clock on the wall reads that for the first time, or jumps over it, in UTC.

    Args:
        day: local date.
        minutes: after its midnight; 1440 is the next one.
        zone: whose clock it is.
    """
    return _moment(day, minutes, zone, fold=0)


def ends_by(day: date, minutes: int, zone: tzinfo) -> datetime:
    """When it reads that for the last time, or jumps over it, in UTC; arguments as above."""
    return _moment(day, minutes, zone, fold=1)


def _moment(day: date, minutes: int, zone: tzinfo, fold: int) -> datetime:
    # 24:00 is another day's beginning.
    naive = datetime.combine(day, time()) + minutes * _MINUTE
    local = naive.replace(tzinfo=zone, fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    return _jump(naive, zone)


def _jump(naive: datetime, zone: tzinfo) -> datetime:
    """When clocks jump over a time that no clock reads, in UTC, to the second."""
    # With the offset that holds after the jump it lies before it, and the other way round.
    before = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
