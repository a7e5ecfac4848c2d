"""A door's cached rules say what the brain's own would, or are more careful; never less."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from brain.core.access import (
    Book,
    Default,
    Effect,
    Facts,
    Mode,
    Passback,
    Resident,
    Rule,
    Site,
    ruling,
)
from brain.core.caching import knows_nobody, rules_for, schedules_of
from doorbus.messages import Schedule
from doorbus.messages.schedules import Window
from edge.core.away import Calendar, objection

ZONE = ZoneInfo("Europe/Berlin")
DOOR = "front"
WHO = Resident("r-1", "Resident One", "000000000017")
MADE = datetime(2026, 3, 27, 10, tzinfo=UTC)  # daylight saving begins two days later
SCHEDULES = {
    "day": Schedule(
        name="day", windows=(Window(days=("mon", "fri", "sat", "sun"), start="08:00", end="18:00"),)
    ),
    "night": Schedule(
        name="night",
        windows=(
            Window(days=("sat", "sun", "holiday"), start="22:00", end="06:00", next_day=True),
        ),
    ),
}
HOLIDAYS = frozenset({date(2026, 3, 28)})
MOMENTS = st.integers(0, 72 * 12).map(lambda step: MADE + timedelta(minutes=5 * step))
DATES = st.none() | st.sampled_from(
    ["2026-03-26", "2026-03-27", "2026-03-28", "2026-03-29T02:30", "2026-03-29T12:00"]
)


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    count = draw(st.integers(0, 5))
    return tuple(
        Rule(
            number=number,
            effect=draw(st.sampled_from(Effect)),
            resident=draw(st.sampled_from([None, "r-1", "r-2"])),
            group=None,
            door=draw(st.sampled_from([None, DOOR, "back"])),
            schedule=draw(st.sampled_from([None, "day", "night"])),
            valid_from=draw(DATES),
            valid_until=draw(DATES),
            after=draw(st.sampled_from([None, None, None, "staff", "guards"])),
        )
        for number in range(count)
    )


def book(every: tuple[Rule, ...], default: Default, areas: tuple[Passback, ...] = ()) -> Book:
    return Book(Site(every, SCHEDULES, HOLIDAYS, {}, areas), ZONE, default)


def let_in_away(made: Book, wall: datetime, groups: frozenset[str]) -> bool:
    """Whether the door would let the resident in by a cache made at `MADE`."""
    cached = rules_for(made, WHO.id, groups, DOOR, MADE)
    if cached is None:
        return False
    named = {schedule.name: schedule for schedule in schedules_of(made, DOOR)}
    return objection(cached, Calendar(ZONE, HOLIDAYS, named), wall) is None


def let_in(made: Book, wall: datetime, facts: Facts) -> bool:
    return ruling(WHO, DOOR, wall.astimezone(ZONE), facts, made).reason is None


@settings(max_examples=300)
@given(rules(), st.sampled_from(Default), MOMENTS, st.booleans())
def test_whatever_happens_elsewhere_nobody_comes_in_whom_the_brain_would_refuse(
    every: tuple[Rule, ...],
    default: Default,
    wall: datetime,
    staff_came: bool,  # hypothesis gives it
) -> None:
    made = book(every, default)
    groups = frozenset({"guards"})
    came = {"staff": frozenset({DOOR})} if staff_came else {}

    if let_in_away(made, wall, groups):
        assert let_in(made, wall, Facts(groups=groups, came_in=came))


@settings(max_examples=300)
@given(rules(), st.sampled_from(Default), MOMENTS)
def test_without_rules_about_who_came_first_the_door_says_just_what_the_brain_does(
    every: tuple[Rule, ...], default: Default, wall: datetime
) -> None:
    plain = tuple(rule for rule in every if rule.after is None)
    made = book(plain, default)

    assert let_in_away(made, wall, frozenset()) == let_in(made, wall, Facts())


def test_a_door_learns_of_nobody_who_can_never_enter_there() -> None:
    made = book(
        (Rule(1, Effect.PERMIT, resident="r-1", door="back"), Rule(2, Effect.FORBID, "r-2")),
        Default.NOBODY,
    )

    assert rules_for(made, "r-1", frozenset(), DOOR, MADE) is None
    assert rules_for(made, "r-2", frozenset(), DOOR, MADE) is None


def test_a_door_of_an_area_with_hard_anti_passback_learns_of_nobody() -> None:
    hard = Passback("lab", frozenset({DOOR}), frozenset({"back"}), Mode.HARD, 3600)
    soft = Passback("lab", frozenset({DOOR}), frozenset({"back"}), Mode.SOFT, 3600)

    assert knows_nobody(book((), Default.EVERYBODY, (hard,)), DOOR)
    assert not knows_nobody(book((), Default.EVERYBODY, (hard,)), "side")
    assert not knows_nobody(book((), Default.EVERYBODY, (soft,)), DOOR)
