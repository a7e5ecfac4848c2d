"""What was typed into the log's filters becomes what the brain is asked for, in the site's time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.log_wanted import actor, number, opaque, time_between

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  # typed
    lambda one: one.replace(second=0, microsecond=0)
)


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type, misc]


def test_a_day_is_meant_from_its_beginning_to_its_end() -> None:
    found = time_between({"since": "2026-03-29", "until": "2026-03-29"}, BERLIN)

    assert (found.since, found.until) == (at(2026, 3, 29), at(2026, 3, 30))
    assert found.until - found.since == 23 * 3600  # type: ignore[operator]  # both are there


def test_a_minute_counts_to_its_end() -> None:
    found = time_between({"since": "2026-01-05T08:00", "until": "2026-01-05T08:00"}, BERLIN)

    assert found.until is not None
    assert found.since is not None
    assert found.until - found.since == 60


def test_an_hour_that_comes_twice_is_meant_as_a_whole() -> None:
    found = time_between({"since": "2026-10-25T02:00", "until": "2026-10-25T02:59"}, BERLIN)

    assert found.until is not None
    assert found.since is not None
    assert found.until - found.since == 2 * 3600


@given(LOCAL, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_an_end_that_is_not_before_its_beginning_is_always_taken(
    begins: datetime, lasts: timedelta
) -> None:
    ends = begins + lasts
    typed = {"since": f"{begins:%Y-%m-%dT%H:%M}", "until": f"{ends:%Y-%m-%dT%H:%M}"}

    assert time_between(typed, BERLIN).wrong == frozenset()


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        ("", "", set()),
        ("yesterday", "", {"since"}),
        ("2026-02-30", "", {"since"}),
        ("2026-01-05T25:00", "", {"since"}),
        ("2026-01-05T08:00:00Z", "", {"since"}),
        ("", "9999-12-31", {"until"}),
        ("2026-01-05", "2026-01-04", {"until"}),
        ("x", "y", {"since", "until"}),
    ],
)
def test_what_is_no_time_is_said_of_its_field(since: str, until: str, wrong: set[str]) -> None:
    assert time_between({"since": since, "until": until}, BERLIN).wrong == wrong


@given(st.text(max_size=40))
def test_nothing_typed_breaks_anything(typed: str) -> None:
    time_between({"since": typed, "until": typed}, BERLIN)
    found = number(typed)
    assert found is None or found >= 0
    assert opaque(typed) in {None, typed}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("alice", "console.main/alice"),
        ("admin.alice", "admin.alice"),
        ("console.desk/bob", "console.desk/bob"),
        ("brain", "brain"),
        ("shared", "shared"),
        ("", ""),
    ],
)
def test_a_bare_name_is_an_account_of_this_console(typed: str, asked: str) -> None:
    assert actor(typed, "console.main") == asked
