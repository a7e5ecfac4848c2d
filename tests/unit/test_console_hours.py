"""Tests of the editor of hours: what stands in it is what is asked for, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.hours import DAYS, Row, RowMistake, mistakes, rows, runs, typed, windows
from doorbus.messages import Window
from doorbus.messages.schedules import WEEK

TIMES = st.times().map(lambda time: f"{time:%H:%M}")
SOME_DAYS = st.lists(st.sampled_from(DAYS), min_size=1, max_size=8, unique=True)


@st.composite
def told_windows(draw: st.DrawFn) -> dict[str, Any]:
    """A window as the brain tells it: one that the contract takes."""
    start, end = draw(TIMES), draw(TIMES | st.just("24:00"))
    days = tuple(day for day in DAYS if day in draw(SOME_DAYS))
    next_day = end <= start or (end != "24:00" and draw(st.booleans()))
    return {"days": days, "start": start, "end": end, "next_day": next_day}


def meant(window: dict[str, Any]) -> dict[str, Any]:
    """The same window, with its end of the day said in one way."""
    if window["end"] == "00:00" and window["next_day"]:
        return {**window, "end": "24:00", "next_day": False}
    return window


def as_form(shown: tuple[Row, ...]) -> dict[str, tuple[str, ...]]:
    """What a browser sends of an editor."""
    fields: dict[str, tuple[str, ...]] = {}
    for place, row in enumerate(shown):
        fields |= {
            f"days-{place}": row.days,
            f"start-{place}": (row.start,),
            f"end-{place}": (row.end,),
            f"next-{place}": ("yes",) if row.next_day else (),
        }
    return fields


@given(st.lists(told_windows(), min_size=1, max_size=5))
def test_hours_that_are_sent_back_as_they_are_stay_what_they_were(
    there: list[dict[str, Any]],
) -> None:
    shown = rows(there)
    given_back = typed(as_form(shown), len(shown))

    assert mistakes(given_back) == {}
    assert [meant(one) for one in windows(given_back)] == [meant(one) for one in there]


@given(st.lists(st.builds(Row, SOME_DAYS.map(tuple), TIMES, TIMES, st.booleans()), max_size=4))
def test_what_has_no_mistakes_is_what_the_contract_takes(given_rows: list[Row]) -> None:
    assert mistakes(given_rows) == {}

    for one in windows(given_rows):
        Window.model_validate(one)


def test_a_window_that_ends_before_it_starts_ends_on_the_next_day() -> None:
    night = Row(("fri",), "22:00", "02:00")
    evening = Row(("fri",), "22:00", "00:00")
    long = Row(("fri",), "08:00", "09:00", next_day=True)

    assert [(one["end"], one["next_day"]) for one in windows([night, evening, long])] == [
        ("02:00", True),
        ("24:00", False),
        ("09:00", True),
    ]


def test_empty_rows_ask_for_nothing_and_are_no_mistake() -> None:
    assert mistakes([Row(), Row()]) == {}
    assert windows([Row(), Row(("mon",), "08:00", "09:00")]) == (
        {"days": ("mon",), "start": "08:00", "end": "09:00", "next_day": False},
    )


@pytest.mark.parametrize(
    ("row", "field", "mistake"),
    [
        (Row((), "08:00", "09:00"), "days-1", RowMistake.NO_DAYS),
        (Row(("mon",), "", "09:00"), "start-1", RowMistake.NO_TIME),
        (Row(("mon",), "08:00", ""), "end-1", RowMistake.NO_TIME),
        (Row(("mon",), "24:00", "09:00"), "start-1", RowMistake.BAD_TIME),
        (Row(("mon",), "08:00", "24:01"), "end-1", RowMistake.BAD_TIME),
        (Row(("mon",), "08:00:00", "09:00"), "start-1", RowMistake.BAD_TIME),
    ],
)
def test_each_mistake_is_said_of_its_own_field(row: Row, field: str, mistake: RowMistake) -> None:
    assert mistakes([Row(), row]) == {field: mistake}


def test_days_that_nobody_knows_and_rows_without_end_are_left_out() -> None:
    fields = {"days-0": ("mon", "doomsday"), "start-0": ("08:00",), "end-0": ("09:00",)}

    shown = typed(fields, 10**9)

    assert shown[0].days == ("mon",)
    assert len(shown) == 100
    assert typed(fields, -1) == ()


@given(st.sets(st.sampled_from(WEEK)))
def test_runs_of_days_are_exactly_the_days(days: set[str]) -> None:
    found: list[str] = []
    for first, last in runs(days):
        found += WEEK[WEEK.index(first) : WEEK.index(last) + 1]

    assert sorted(found) == sorted(days)
