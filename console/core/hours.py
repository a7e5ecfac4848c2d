"""In which hours of the week does a schedule hold, as a form has them?

A form has rows: which days, from when, until when. A row that ends before it starts ends on the
next day, as everybody means who writes 22:00 to 02:00; one that ends at 00:00 ends with its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, get_args

from doorbus.messages.schedules import HOLIDAY, MOST_WINDOWS, WEEK, Day

DAYS: Final[tuple[str, ...]] = get_args(Day)
"""The week, and holidays."""

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MIDNIGHT: Final = "00:00"
_END: Final = "24:00"


class RowMistake(StrEnum):
    """What is wrong with a field of a row."""

    NO_DAYS = "no_days"
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"


@dataclass(frozen=True, slots=True)
class Row:
    """A window as a form has it.

    Attributes:
        days: of `DAYS`.
        start, end: `HH:MM`, or what was typed; the end of a day is 00:00.
        next_day: the end is on the next day, which need not be said where it shows.
    """

    days: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    next_day: bool = False

    @property
    def empty(self) -> bool:
        """Nobody has filled in anything."""
        return not (self.days or self.start or self.end)


def rows(windows: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The rows of windows as the brain tells them."""
    return tuple(
        Row(
            tuple(day for day in DAYS if day in window["days"]),
            window["start"],
            _MIDNIGHT if window["end"] == _END else window["end"],
            # Where the end lies before the start it shows by itself.
            bool(window["next_day"]) and window["end"] > window["start"],
        )
        for window in windows
    )


def typed(many: Mapping[str, Sequence[str]], number: int) -> tuple[Row, ...]:
    """The first rows of a form with the fields `days-0`, `start-0`, `end-0`, `next-0` ..."""

    def one(name: str) -> str:
        return next(iter(many.get(name, ())), "").strip()

    return tuple(
        Row(
            tuple(day for day in DAYS if day in many.get(f"days-{place}", ())),
            one(f"start-{place}"),
            one(f"end-{place}"),
            bool(one(f"next-{place}")),
        )
        for place in range(max(0, min(number, MOST_WINDOWS)))
    )


def mistakes(given: Sequence[Row]) -> dict[str, RowMistake]:
    """What is wrong with which field; empty rows are no mistake."""
    found: dict[str, RowMistake] = {}
    for place, row in enumerate(given):
        if row.empty:
            continue
        if not row.days:
            found[f"days-{place}"] = RowMistake.NO_DAYS
        for name, time in (("start", row.start), ("end", row.end)):
            if not time:
                found[f"{name}-{place}"] = RowMistake.NO_TIME
            elif not (_TIME.fullmatch(time) or (name == "end" and time == _END)):
                found[f"{name}-{place}"] = RowMistake.BAD_TIME
    return found


def windows(given: Iterable[Row]) -> tuple[dict[str, Any], ...]:
    """What rows without mistakes ask for; empty ones ask for nothing."""
    return tuple(_window(row) for row in given if not row.empty)


def _window(row: Row) -> dict[str, Any]:
    end, next_day = row.end, row.next_day
    if end == _MIDNIGHT and not next_day:
        end = _END
    elif end <= row.start:
        next_day = True
    return {"days": row.days, "start": row.start, "end": end, "next_day": next_day}


def runs(days: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Days of the week, three and more in a row as first and last; others as twice the same."""
    given = set(days)
    places = [place for place, day in enumerate(WEEK) if day in given]
    found: list[tuple[str, str]] = []
    while places:
        length = 1
        while length < len(places) and places[length] == places[0] + length:
            length += 1
        if length > 2:
            found.append((WEEK[places[0]], WEEK[places[length - 1]]))
        else:
            found += [(WEEK[place], WEEK[place]) for place in places[:length]]
        places = places[length:]
    return tuple(found)


def on_holidays(days: Iterable[str]) -> bool:
    """Whether a window also begins on holidays."""
    return HOLIDAY in days
