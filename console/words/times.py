"""How are moments, days, spans and numbers written?"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
_UNITS = ("B", "kB", "MB", "GB", "TB")
_LAST = datetime(9999, 12, 30, tzinfo=UTC).timestamp()
_NEAR_S = 7 * 24 * 3600
"""Older moments are said by their date: nobody counts back 40 days."""


@cache
def zone(name: str) -> tzinfo:
    """A zone by name; UTC for one that is empty or not known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_name(name: str) -> str:
    """What times are said in."""
    return name if name and zone(name) is not UTC else "UTC"


def _at(at: float, name: str) -> datetime:
    return datetime.fromtimestamp(_told(at), zone(name))


def _told(at: float) -> float:
    """What no calendar has, which a door may say, is said as the first or last that one has."""
    return min(max(at, 0.0), _LAST)


def whole(at: float, language: str, name: str) -> str:
    """Day and time, such as `Mon, 5 Jan 2026, 08:05:31`; ends with UTC where that is the zone."""
    return _whole(int(_told(at) // 1), language, name)


@lru_cache(maxsize=4096)
def _whole(second: int, language: str, name: str) -> str:
    """Cards of many doors say the same few seconds again and again."""
    said = format_datetime(
        _at(second, name),
        "y年M月d日 EEE HH:mm:ss" if language == "zh" else "EEE d MMM y, HH:mm:ss",
        locale=LOCALES[language],
    )
    return f"{said} UTC" if zone(name) is UTC else said


def clock(at: float, language: str, name: str) -> str:
    """The time of day."""
    return format_time(_at(at, name), "HH:mm:ss", locale=LOCALES[language])


def element(at: float, language: str, name: str, *, full: bool = False) -> Markup:
    """A moment as a `<time>`.

    The browser keeps "5 minutes ago" true by `data-ago`; the whole moment is its title.
    """
    at = _told(at)
    said = whole(at, language, name)
    stamp = _at(at, name).isoformat(timespec="seconds")
    if full or abs(time.time() - at) > _NEAR_S:
        return Markup('<time datetime="{}">{}</time>').format(stamp, said)
    return Markup('<time datetime="{}" title="{}" data-ago="{}">{}</time>').format(
        stamp, said, int(at), ago(at, language)
    )


def ago(at: float, language: str) -> str:
    """How long ago, or how soon."""
    # What happened this very second is said as past: nothing here lies ahead.
    return _ago(round(_told(at) - time.time()) or -1, language)


@lru_cache(maxsize=4096)
def _ago(seconds: int, language: str) -> str:
    return format_timedelta(
        timedelta(seconds=seconds),
        add_direction=True,
        threshold=1.2,
        locale=LOCALES[language],
    )


def span(seconds: float, language: str) -> str:
    """How long, roughly."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1.2, locale=LOCALES[language])


def day(text: str, language: str) -> Markup:
    """A day as a `<time>`; what is no day, as it stands."""
    try:
        told = date.fromisoformat(text)
    except ValueError:
        return Markup("{}").format(text)
    said = format_date(
        told, "y年M月d日 EEE" if language == "zh" else "EEE d MMM y", locale=LOCALES[language]
    )
    return Markup('<time datetime="{}">{}</time>').format(text, said)


def number(value: float, language: str, digits: int = 0) -> str:
    """A number, grouped as the reader does."""
    return format_decimal(round(value, digits), locale=LOCALES[language])


def percent(share: float, language: str) -> str:
    """A share of 1 in percent."""
    return format_percent(share, locale=LOCALES[language])


def size(octets: float, language: str) -> str:
    """So many bytes."""
    unit = 0
    while octets >= 1000 and unit < len(_UNITS) - 1:
        octets /= 1000
        unit += 1
    return f"{number(octets, language, 0 if octets >= 10 or not unit else 1)} {_UNITS[unit]}"
