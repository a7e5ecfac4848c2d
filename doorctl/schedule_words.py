"""How does somebody write a schedule's window on a command line? As `mon-fri 08:00-12:00`."""

from __future__ import annotations

import re
from typing import Any, get_args

from doorbus.messages import Day
from doorbus.messages.schedules import HOLIDAY, WEEK

_DAYS: tuple[Day, ...] = get_args(Day)
_FORM = re.compile(r"(?P<days>\S+)\s+(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?P<next>\+1)?")

EXAMPLE = '"mon-fri 08:00-18:00", "fri 22:00-02:00+1" (over midnight) or "sun,holiday 10:00-14:00"'


def window(words: str) -> dict[str, Any]:
    """A window as a request has it.

    Args:
        words: days, alone or from-to, with commas between; then from-to of the time of day, with
            `+1` behind it where the end is on the next day.

    Raises:
        ValueError: it cannot be read; says how to write it. Times are not looked at further.
    """
    found = _FORM.fullmatch(words.strip())
    if found is None:
        raise ValueError(f"{words!r}: write a window as {EXAMPLE}")
    return {
        "days": _days(found["days"], words),
        "start": found["start"],
        "end": found["end"],
        "next_day": found["next"] is not None,
    }


def shown(one: dict[str, Any]) -> str:
    """The words for a window of a response."""
    end = one["end"] + ("+1" if one["next_day"] else "")
    return f"{_shown_days(one['days'])} {one['start']}-{end}"


def _days(written: str, words: str) -> list[Day]:
    days: list[Day] = []
    for part in written.split(","):
        first, dash, last = part.partition("-")
        if first not in _DAYS or (dash and not {first, last} <= set(WEEK)):
            raise ValueError(f"{words!r}: days are {', '.join(_DAYS)}, as in {EXAMPLE}")
        if dash:
            start, end = WEEK.index(first), WEEK.index(last)
            # sat-mon goes round.
            days += [WEEK[day % 7] for day in range(start, end + 1 + 7 * (end < start))]
        else:
            days.append(_DAYS[_DAYS.index(first)])
    return list(dict.fromkeys(days))


def _shown_days(days: list[str]) -> str:
    """Runs of three days and more as from-to, in the order of the week."""
    places = sorted({WEEK.index(day) for day in WEEK if day in days})
    parts: list[str] = []
    while places:
        run = 1
        while run < len(places) and places[run] == places[0] + run:
            run += 1
        if run > 2:
            parts.append(f"{WEEK[places[0]]}-{WEEK[places[run - 1]]}")
        else:
            parts += [WEEK[place] for place in places[:run]]
        places = places[run:]
    return ",".join([*parts, HOLIDAY] if HOLIDAY in days else parts)
