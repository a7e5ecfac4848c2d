"""What does somebody look for in the log, as the brain is to be asked for it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from console.core.moments import seconds

PAGE: Final = 50
"""Entries of a page that are shown."""

ASKED: Final = 100
"""Entries that are asked for: beside each visit stands a line that the page leaves out."""

FILTERS: Final = ("what", "door", "reason", "person", "admin", "since", "until")
TOLD_FILTERS: Final = ("door", "kind", "since", "until")

_OPAQUE: Final = re.compile(r"r-[a-zA-Z0-9_./-]{1,78}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Time:
    """What was typed for the two ends of some time.

    Attributes:
        since, until: seconds since 1970; None where nothing was typed, or nothing that counts.
        wrong: which fields hold no time; `until` also where it is not later.
    """

    since: float | None = None
    until: float | None = None
    wrong: frozenset[str] = frozenset()


def time_between(typed: Mapping[str, str], zone: tzinfo) -> Time:
    """The time between two days or minutes at the site, the last of them included.

    Args:
        typed: has `since` and `until`: `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, or empty.
        zone: the site's own.
    """
    wrong = set()
    since = until = None
    if typed["since"]:
        since = seconds(typed["since"], zone)
        if since is None:
            wrong.add("since")
    if typed["until"]:
        until = end_of(typed["until"], zone)
        if until is None or (since is not None and until <= since):
            wrong.add("until")
    return Time(since, until, frozenset(wrong))


def end_of(typed: str, zone: tzinfo) -> float | None:
    """When a day or minute at the site is over, in seconds since 1970; None for what is none.

    Of a minute that comes twice, because clocks are set back, it is the second one.

    Args:
        typed: as it stands in the field.
        zone: the site's own.
    """
    if seconds(typed, zone) is None:
        return None
    try:
        local = datetime.fromisoformat(typed)
        local += timedelta(minutes=1) if "T" in typed else timedelta(days=1)
        return max(0.0, local.replace(tzinfo=zone, fold=1).timestamp())
    except (ValueError, OverflowError):
        return None


def opaque(typed: str) -> str | None:
    """The opaque id that was typed; None for what is none."""
    return typed if _OPAQUE.fullmatch(typed) else None


def number(typed: str) -> int | None:
    """The number of an entry; None for what is none."""
    return int(typed) if _NUMBER.fullmatch(typed) else None


def actor(typed: str, console: str) -> str:
    """Whose doing is asked for: a bare name is one of the console's own accounts.

    Args:
        typed: `alice`, `admin.alice`, `console.main/alice`, `brain` ...
        console: as the broker knows it, such as `console.main`.
    """
    if not typed or typed in {"brain", "shared", "operator"} or "." in typed or "/" in typed:
        return typed
    return f"{console}/{typed}"
