"""Windows are written on a command line as people write them, and shown the same way."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import Day
from doorctl.schedule_words import shown, window

DAYS: tuple[Day, ...] = get_args(Day)


@pytest.mark.parametrize(
    ("words", "days", "next_day"),
    [
        ("mon 08:00-12:00", ["mon"], False),
        ("mon-wed 08:00-12:00", ["mon", "tue", "wed"], False),
        ("mon,wed 08:00-12:00", ["mon", "wed"], False),
        ("sat-mon 08:00-12:00", ["sat", "sun", "mon"], False),
        ("sun,holiday 08:00-12:00", ["sun", "holiday"], False),
        ("fri  08:00-12:00+1", ["fri"], True),
    ],
)
def test_a_window_in_words(words: str, days: list[str], next_day: bool) -> None:
    assert window(words) == {"days": days, "start": "08:00", "end": "12:00", "next_day": next_day}


@pytest.mark.parametrize(
    "words",
    ["", "mon", "mon 8:00-12:00", "monday 08:00-12:00", "mon-holiday 08:00-12:00", "- 08:00-09:00"],
)
def test_what_cannot_be_read_is_told_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match="mon-fri 08:00-18:00"):
        window(words)


@given(st.lists(st.sampled_from(DAYS), min_size=1, unique=True), st.booleans())
def test_what_is_shown_can_be_written(days: list[Day], next_day: bool) -> None:
    one = {"days": days, "start": "08:00", "end": "12:00", "next_day": next_day}

    again = window(shown(one))

    assert set(again["days"]) == set(days)
    assert again | {"days": days} == one
