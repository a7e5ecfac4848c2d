"""When office mode holds a door open, and when it is not sure of the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given

from doorbus.messages import EventKind
from doorbus.messages.schedules import Day, Window
from edge.core import office
from edge.core.office import Office, OfficeRule

BERLIN = ZoneInfo("Europe/Berlin")
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
HOURS = Window(days=DAYS, start="09:00", end="17:00")
ALONE = OfficeRule((HOURS,), first_person=False)
FIRST = OfficeRule((HOURS,), first_person=True)


def monday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute, tzinfo=BERLIN)


class Hall:
    """A door with office mode, and all it has told."""

    def __init__(self, rule: OfficeRule) -> None:
        self.rule = rule
        self.office = Office()
        self.told: list[EventKind] = []

    def take(self, step: office.Step) -> bool:
        self.office = step.office
        self.told += [kind for kind, _ in step.told]
        return step.office.on

    def at(self, local: datetime | None) -> bool:
        return self.take(office.at(self.office, local, self.rule))

    def entered(self) -> bool:
        return self.take(office.entered(self.office, self.rule))


def test_it_opens_at_the_start_of_a_window_and_closes_at_its_end() -> None:
    hall = Hall(ALONE)

    assert not hall.at(monday(8, 59))
    assert hall.at(monday(9))
    assert hall.at(monday(16, 59))
    assert not hall.at(monday(17))
    assert hall.told == [EventKind.OFFICE_OPEN, EventKind.OFFICE_CLOSED]


def test_the_event_says_until_when() -> None:
    done = office.at(Office(), monday(12), ALONE)

    assert done.told == ((EventKind.OFFICE_OPEN, "until 17:00"),)


def test_with_first_person_it_opens_after_the_first_grant_of_the_window() -> None:
    hall = Hall(FIRST)

    assert not hall.at(monday(9))
    assert hall.entered()
    assert hall.at(monday(12))
    assert not hall.at(monday(17))


def test_who_came_before_the_window_does_not_count() -> None:
    hall = Hall(FIRST)
    hall.at(monday(8))

    assert not hall.entered()
    assert not hall.at(monday(9))


def test_each_window_wants_its_own_first_person() -> None:
    hall = Hall(FIRST)
    hall.at(monday(10))
    hall.entered()
    hall.at(monday(18))

    assert not hall.at(monday(10) + timedelta(days=1))


def test_a_door_that_slept_through_the_night_wants_another_first_person() -> None:
    hall = Hall(FIRST)
    hall.at(monday(16))
    hall.entered()

    assert not hall.at(monday(10) + timedelta(days=1))


def test_windows_that_meet_are_one() -> None:
    halves = (Window(days=DAYS, start="09:00", end="12:00"), HOURS)
    hall = Hall(OfficeRule(halves, first_person=True))
    hall.at(monday(10))
    hall.entered()

    assert hall.at(monday(12))
    assert hall.told == [EventKind.OFFICE_OPEN]


def test_an_unsure_clock_means_no_office_mode_and_is_told_once() -> None:
    hall = Hall(ALONE)

    assert not hall.at(None)
    assert not hall.at(None)
    assert hall.told == [EventKind.CLOCK_UNSURE]


def test_a_clock_that_becomes_unsure_closes_the_door() -> None:
    hall = Hall(ALONE)
    hall.at(monday(10))

    assert not hall.at(None)
    assert hall.told == [EventKind.OFFICE_OPEN, EventKind.CLOCK_UNSURE, EventKind.OFFICE_CLOSED]


def test_a_clock_that_jumps_back_wants_another_first_person() -> None:
    hall = Hall(FIRST)
    hall.at(monday(16))
    hall.entered()

    assert not hall.at(monday(10))


def test_a_clock_that_is_corrected_by_seconds_does_not() -> None:
    hall = Hall(FIRST)
    hall.at(monday(16))
    hall.entered()

    assert hall.at(monday(16) - timedelta(seconds=20))


def test_on_a_holiday_the_usual_windows_do_not_count() -> None:
    rule = OfficeRule((HOURS,), first_person=False, holidays=frozenset({date(2026, 1, 5)}))

    assert not Hall(rule).at(monday(10))


def test_after_a_lock_down_somebody_must_come_first_again() -> None:
    hall = Hall(FIRST)
    hall.at(monday(10))
    hall.entered()

    assert not hall.take(office.locked_down(hall.office, FIRST))
    assert not hall.at(monday(11))
    assert hall.entered()


def test_without_windows_nothing_is_ever_told() -> None:
    hall = Hall(OfficeRule())

    assert not hall.at(None)
    assert not hall.at(monday(10))
    assert not hall.entered()
    assert hall.told == []


def test_in_the_hour_that_clocks_read_twice_it_stays_open() -> None:
    """On 25 October 2026 clocks in Berlin go from 03:00 back to 02:00."""
    hall = Hall(OfficeRule((Window(days=("sun",), start="01:00", end="05:00"),)))
    begin = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    hall.at(begin.astimezone(BERLIN))
    hall.entered()

    for quarter in range(16):
        assert hall.at((begin + quarter * timedelta(minutes=15)).astimezone(BERLIN))
    assert hall.told == [EventKind.OFFICE_OPEN]


TIMES = st.lists(
    st.one_of(
        st.none(),
        st.just("entered"),
        st.integers(min_value=0, max_value=3 * 24 * 4).map(
            lambda quarter: monday(0) + quarter * timedelta(minutes=15)
        ),
    ),
    max_size=40,
)


@given(TIMES, st.booleans())
def test_it_is_open_only_within_a_window_and_with_first_person_only_after_a_grant_in_it(
    story: list[datetime | str | None], first_person: bool
) -> None:
    rule = OfficeRule((HOURS,), first_person)
    hall, local, granted = Hall(rule), None, False
    for event in story:
        if isinstance(event, str):
            granted = granted or (local is not None and rule.windows != ())
            hall.entered()
        else:
            if event is None or local is None or not 0 <= (event - local).total_seconds() < 28800:
                granted = False
            local = event
            hall.at(event)
        within = local is not None and local.weekday() < 5 and 9 <= local.hour < 17
        assert not hall.office.on or within
        assert not (hall.office.on and first_person) or granted
        assert first_person or hall.office.on == within
