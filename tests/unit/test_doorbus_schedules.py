"""A schedule holds by the clock on the wall, through changes of daylight saving time too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from doorbus.messages import Day, Schedule, Window
from doorbus.messages.schedules import HOLIDAY, WEEK

BERLIN = ZoneInfo("Europe/Berlin")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
ZONES = [BERLIN, ZoneInfo("America/Havana"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
DAYS: tuple[Day, ...] = get_args(Day)

zones = st.sampled_from(ZONES)
dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))
# Many on the days around a change of the clocks, and on its hours.
near_changes = st.sampled_from([FORWARD, BACK, date(2026, 3, 8), date(2026, 11, 1)]).flatmap(
    lambda day: st.integers(-2, 2).map(lambda off: day + timedelta(days=off))
)


def at(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def windows(draw: st.DrawFn) -> Window:
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))
    next_day = draw(st.booleans())
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(0 if next_day else start + 1, 1440))
    return Window(days=tuple(days), start=at(start), end=at(end), next_day=next_day)


def window(start: str, end: str, *days: Day, next_day: bool = False) -> Window:
    return Window(days=days or WEEK, start=start, end=end, next_day=next_day)


def schedule(*parts: Window) -> Schedule:
    return Schedule(name="hours", windows=parts)


def local(day: date, clock: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).replace(fold=fold)


# --- ordinary days -------------------------------------------------------------------------------

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("day", "clock", "holds"),
    [
        (MONDAY, "07:59", False),
        (MONDAY, "08:00", True),
        (MONDAY, "11:59", True),
        (MONDAY, "12:00", False),
        (MONDAY, "13:00", True),
        (MONDAY, "18:30", False),
        (date(2026, 1, 9), "21:59", False),
        (date(2026, 1, 9), "22:00", True),
        (date(2026, 1, 10), "01:59", True),
        (date(2026, 1, 10), "02:00", False),
        (date(2026, 1, 10), "09:00", False),
        (date(2026, 1, 11), "23:59", True),
    ],
)
def test_windows_of_a_week(day: date, clock: str, holds: bool) -> None:
    week = schedule(
        window("08:00", "12:00", "mon", "tue", "wed", "thu", "fri"),
        window("13:00", "18:30", "mon", "tue", "wed", "thu", "fri"),
        window("22:00", "02:00", "fri", next_day=True),
        window("23:00", "24:00", "sun"),
    )

    assert week.covers(local(day, clock)) is holds


@given(windows(), dates, st.times(), st.frozensets(dates, max_size=3))
def test_without_a_change_of_clocks_it_is_plain_arithmetic(
    one: Window, day: date, clock: time, holidays: frozenset[date]
) -> None:
    """The same, said by naive arithmetic in a zone without daylight saving time."""
    now = datetime.combine(day, clock, UTC)

    def begins_on(when: date) -> bool:
        return (HOLIDAY if when in holidays else WEEK[when.weekday()]) in one.days

    minute = clock.hour * 60 + clock.minute
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (one.start, one.end))
    today = begins_on(day) and start <= minute < (end + 1440 if one.next_day else end)
    late = begins_on(day - timedelta(days=1)) and one.next_day and minute < end

    assert schedule(one).covers(now, holidays) is (today or late)


def test_a_window_of_the_eve_runs_into_a_holiday_but_none_begins_there() -> None:
    night = schedule(window("22:00", "06:00", *WEEK, next_day=True))
    christmas = frozenset({date(2026, 12, 25)})

    assert night.covers(local(date(2026, 12, 25), "05:59"), christmas)
    assert not night.covers(local(date(2026, 12, 25), "23:00"), christmas)


def test_on_a_holiday_only_windows_for_holidays_begin() -> None:
    both = schedule(window("08:00", "18:00", "fri"), window("10:00", "14:00", "holiday"))
    christmas = frozenset({date(2026, 12, 25)})  # a Friday

    assert not both.covers(local(date(2026, 12, 25), "09:00"), christmas)
    assert both.covers(local(date(2026, 12, 25), "10:00"), christmas)
    assert not both.covers(local(date(2026, 12, 24), "10:00"), christmas)


def test_overlapping_windows_end_with_the_last() -> None:
    both = schedule(window("08:00", "12:00"), window("10:00", "15:00"))

    assert both.until(local(MONDAY, "11:00")) == local(MONDAY, "15:00")


# --- changes of the clocks -----------------------------------------------------------------------


def test_a_window_over_the_hour_that_is_left_out_is_an_hour_shorter() -> None:
    begin, end = window("01:00", "05:00").on(FORWARD, BERLIN)

    assert end - begin == timedelta(hours=3)


def test_a_window_over_the_hour_that_comes_twice_is_an_hour_longer_and_unbroken() -> None:
    one = schedule(window("01:00", "02:30", "sun"))

    covered = [one.covers(local(BACK, "02:15", fold=fold)) for fold in (0, 1)]
    between = one.covers(local(BACK, "02:45", fold=0))

    assert (covered, between) == ([True, True], True)
    assert not one.covers(local(BACK, "02:30", fold=1))
    assert one.until(local(BACK, "01:30")) == local(BACK, "02:30", fold=1)


def test_a_window_within_the_hour_that_is_left_out_never_holds() -> None:
    begin, end = window("02:15", "02:45").on(FORWARD, BERLIN)

    assert begin == end == local(FORWARD, "03:00").astimezone(UTC)


@pytest.mark.parametrize(("start", "end"), [("02:30", "04:00"), ("01:00", "02:30")])
def test_a_border_that_no_clock_reads_lies_at_the_jump(start: str, end: str) -> None:
    jump = local(FORWARD, "03:00").astimezone(UTC)

    assert jump in window(start, end).on(FORWARD, BERLIN)


@given(windows(), near_changes | dates, zones)
@example(window("01:00", "02:30"), BACK, BERLIN)
@example(window("02:30", "02:45"), FORWARD, BERLIN)
@example(window("23:00", "24:00"), date(2026, 10, 31), ZoneInfo("America/Havana"))
def test_every_window_is_one_unbroken_stretch_of_real_time(
    one: Window, day: date, zone: ZoneInfo
) -> None:
    """Asked minute by minute, it holds from its beginning to its end and not around them."""
    day_kind = WEEK[day.weekday()]
    only = Window(days=(day_kind,), start=one.start, end=one.end, next_day=one.next_day)
    begin, end = only.on(day, zone)
    assume(begin < end)
    asked = schedule(only)
    step = max(timedelta(minutes=7), (end - begin) / 40)
    inside = [begin + n * step for n in range(41) if begin + n * step < end]

    assert all(asked.covers(moment.astimezone(zone)) for moment in [*inside, end - STEP])
    assert not asked.covers((begin - STEP).astimezone(zone))
    assert not asked.covers(end.astimezone(zone))
    assert asked.until(begin.astimezone(zone)) == end.astimezone(zone)


STEP = timedelta(seconds=1)


@given(windows(), near_changes | dates, zones)
def test_a_windows_borders_are_what_the_clock_reads(one: Window, day: date, zone: ZoneInfo) -> None:
    """Unless the clock jumps over them: then nothing is read between."""
    begin, _ = one.on(day, zone)
    read = begin.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(day, time.fromisoformat(one.start))

    before = (begin - STEP).astimezone(zone).replace(tzinfo=None)

    assert read == wanted or before < wanted < read


@given(st.lists(windows(), min_size=1, max_size=5), near_changes | dates, st.times(), zones)
def test_it_holds_until_it_ends(
    parts: list[Window], day: date, clock: time, zone: ZoneInfo
) -> None:
    now = datetime.combine(day, clock, zone)
    asked = schedule(*parts)

    end = asked.until(now)

    assert asked.covers(now) is (end is not None)
    if end is not None:
        assert end.tzinfo is zone
        assert end.timestamp() > now.timestamp()
        just_before = (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)
        assert asked.covers(just_before)


@given(
    st.lists(windows(), min_size=1, max_size=5),
    near_changes | dates,
    st.times(),
    zones,
    st.frozensets(near_changes | dates, max_size=3),
)
def test_it_holds_exactly_while_a_window_that_begins_today_or_yesterday_does(
    parts: list[Window], day: date, clock: time, zone: ZoneInfo, holidays: frozenset[date]
) -> None:
    """Whatever the short way that days without a change of clocks take."""
    now = datetime.combine(day, clock, zone)

    def kind(begun: date) -> Day:
        return HOLIDAY if begun in holidays else WEEK[begun.weekday()]

    stretches = [
        one.on(begun, zone)
        for begun in (day, day - timedelta(days=1))
        for one in parts
        if kind(begun) in one.days
    ]
    ends = [end for begin, end in stretches if begin <= now.astimezone(UTC) < end]

    until = schedule(*parts).until(now, holidays)

    assert (until and until.astimezone(UTC)) == max(ends, default=None)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"start": "10:00", "end": "09:00"}, "`end` must be later than `start`"),
        ({"start": "10:00", "end": "10:00"}, "`end` must be later than `start`"),
        ({"start": "24:00", "end": "24:00"}, "start"),
        ({"start": "9:00", "end": "10:00"}, "start"),
        ({"start": "09:00", "end": "24:01"}, "end"),
        ({"start": 1080, "end": "20:00"}, "in quotation marks"),
        ({"days": []}, "days"),
        ({"days": ["monday"]}, "days.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_window_is_refused_with_the_field(fields: dict[str, Any], told: str) -> None:
    good = {"days": ["mon"], "start": "08:00", "end": "12:00"}

    with pytest.raises(ValidationError, match=told):
        Window.model_validate(good | fields)


def test_a_schedule_without_windows_is_refused() -> None:
    with pytest.raises(ValidationError, match="windows"):
        Schedule.model_validate({"name": "none", "windows": []})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        schedule(window("08:00", "12:00")).covers(datetime(2026, 1, 5, 9))  # noqa: DTZ001  # that


@given(st.lists(windows(), min_size=1, max_size=4))
def test_a_schedule_comes_back_from_json_as_it_was(parts: list[Window]) -> None:
    one = schedule(*parts)

    assert Schedule.model_validate_json(one.model_dump_json()) == one
