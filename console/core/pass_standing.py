"""Does a visitor's pass count now, and what would a new one most likely be?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

EVENING: Final = time(18, 0)
"""When a visitor's day ends."""

LATE: Final = timedelta(hours=1)
"""A pass that ends sooner than that is most likely meant for tomorrow."""


class PassStanding(StrEnum):
    """Whether a pass opens anything now."""

    VALID = "valid"
    LATER = "later"
    ENDED = "ended"
    USED_UP = "used_up"
    REVOKED = "revoked"


def standing(one: Mapping[str, Any], now: float) -> PassStanding:
    """How a pass stands.

    Args:
        one: of the brain's `passes`.
        now: seconds since 1970.
    """
    # The brain takes back what is used up.
    if one["used"] >= one["uses"]:
        return PassStanding.USED_UP
    if one["revoked"]:
        return PassStanding.REVOKED
    if now >= one["until"]:
        return PassStanding.ENDED
    return PassStanding.LATER if now < one["from"] else PassStanding.VALID


def likely_end(now: datetime) -> str:
    """When a new pass most likely ends: this evening, or tomorrow's if that is near or over.

    Args:
        now: at the site, by the clocks on its walls.

    Returns:
        Such as `2026-11-02T18:00`.
    """
    day = now.date()
    if now >= datetime.combine(day, EVENING, now.tzinfo) - LATE:
        day += timedelta(days=1)
    return f"{day:%Y-%m-%d}T{EVENING:%H:%M}"
