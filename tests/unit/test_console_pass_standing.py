"""A pass says whether it counts now, and a new one ends when a visitor's day does."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.pass_standing import PassStanding, likely_end, standing

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("more", "now", "wanted"),
    [
        ({}, 150, PassStanding.VALID),
        ({}, 50, PassStanding.LATER),
        ({}, 200, PassStanding.ENDED),
        ({"used": 2}, 150, PassStanding.VALID),
        ({"used": 3, "revoked": True}, 150, PassStanding.USED_UP),
        ({"revoked": True}, 150, PassStanding.REVOKED),
        ({"revoked": True}, 50, PassStanding.REVOKED),
    ],
)
def test_how_a_pass_stands(more: dict[str, object], now: float, wanted: PassStanding) -> None:
    one = {"from": 100, "until": 200, "uses": 3, "used": 0, "revoked": False, **more}

    assert standing(one, now) is wanted


def test_a_pass_of_the_morning_ends_this_evening_and_one_of_the_evening_tomorrow() -> None:
    assert likely_end(datetime(2026, 11, 2, 9, 30, tzinfo=BERLIN)) == "2026-11-02T18:00"
    assert likely_end(datetime(2026, 11, 2, 17, 0, tzinfo=BERLIN)) == "2026-11-03T18:00"
    assert likely_end(datetime(2026, 12, 31, 23, 59, tzinfo=BERLIN)) == "2027-01-01T18:00"


@given(st.integers(0, 2 * 366 * 24 * 60))
def test_a_new_pass_lasts_more_than_an_hour_and_at_most_25(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=BERLIN) + timedelta(minutes=minutes)

    end = datetime.fromisoformat(likely_end(now)).replace(tzinfo=BERLIN)

    assert timedelta(hours=1) < end - now <= timedelta(hours=25)
