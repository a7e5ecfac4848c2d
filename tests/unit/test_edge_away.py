"""When does a door's cache count, and what do its rules say?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import CachedRule, Decision, Reason, Schedule
from doorbus.messages.schedules import Window
from edge.core.away import (
    AHEAD_S,
    Calendar,
    Judged,
    NotJudged,
    Validity,
    against,
    judge,
    objection,
)
from matching.decision import Match

MADE = datetime(2026, 3, 2, 8, tzinfo=UTC)
VALID = Validity(MADE, MADE + timedelta(hours=24), here_until=1000.0)
WORK = Schedule(
    name="work",
    windows=(Window(days=("mon", "tue", "wed", "thu", "fri"), start="08:00", end="18:00"),),
)
CALENDAR = Calendar(ZoneInfo("Europe/Berlin"), frozenset({date(2026, 3, 4)}), {"work": WORK})
MONDAY_NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 3, 2, 22, tzinfo=UTC)
HOLIDAY_NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)


def test_a_cache_counts_between_its_making_and_its_end() -> None:
    assert against(VALID, MADE, 0.0) is None
    assert against(VALID, MADE + timedelta(hours=24, seconds=-1), 999.9) is None


@pytest.mark.parametrize(
    ("wall", "now", "unsure"),
    [
        pytest.param(None, 0.0, True, id="the clock was not set"),
        pytest.param(MADE - timedelta(seconds=AHEAD_S + 1), 0.0, True, id="it is from later"),
        pytest.param(MADE + timedelta(hours=24), 0.0, False, id="it has ended by the date"),
        pytest.param(MADE, 1000.0, False, id="it has ended by uptime, though the clock was set"),
    ],
)
def test_else_it_counts_for_nothing(wall: datetime | None, now: float, unsure: bool) -> None:
    found = against(VALID, wall, now)

    assert found is not None
    assert found.clock_unsure is unsure


def test_a_door_without_a_cache_decides_nothing() -> None:
    assert against(None, MADE, 0.0) == NotJudged("no cache")


@pytest.mark.parametrize(
    ("rules", "wall", "says"),
    [
        pytest.param((), MONDAY_NIGHT, None, id="no rules"),
        pytest.param((CachedRule(permits=True),), MONDAY_NIGHT, None, id="permitted always"),
        pytest.param((CachedRule(permits=True, schedule="work"),), MONDAY_NOON, None, id="at work"),
        pytest.param(
            (CachedRule(permits=True, schedule="work"),),
            MONDAY_NIGHT,
            Reason.OUT_OF_HOURS,
            id="at night",
        ),
        pytest.param(
            (CachedRule(permits=True, schedule="work"),),
            HOLIDAY_NOON,
            Reason.OUT_OF_HOURS,
            id="on a holiday",
        ),
        pytest.param(
            (CachedRule(permits=True, until=MADE.timestamp()),),
            MONDAY_NOON,
            Reason.NO_LONGER_VALID,
            id="over",
        ),
        pytest.param(
            (CachedRule(permits=True, since=MONDAY_NIGHT.timestamp()),),
            MONDAY_NOON,
            Reason.NOT_VALID_YET,
            id="to come",
        ),
        pytest.param(
            (CachedRule(permits=True), CachedRule(permits=False, schedule="work")),
            MONDAY_NOON,
            Reason.FORBIDDEN,
            id="what forbids wins",
        ),
        pytest.param(
            (CachedRule(permits=False, schedule="work"),),
            MONDAY_NIGHT,
            None,
            id="not forbidden now",
        ),
        pytest.param(
            (CachedRule(permits=True, schedule="lost"),),
            MONDAY_NOON,
            Reason.OUT_OF_HOURS,
            id="a schedule that nobody sent lets nobody in",
        ),
        pytest.param(
            (CachedRule(permits=False, schedule="lost"),),
            MONDAY_NOON,
            Reason.FORBIDDEN,
            id="nor does it fail to keep out",
        ),
    ],
)
def test_rules_are_read_as_the_brain_reads_them(
    rules: tuple[CachedRule, ...], wall: datetime, says: Reason | None
) -> None:
    assert objection(rules, CALENDAR, wall) is says


def test_only_a_match_without_objection_opens() -> None:
    match = Match(Reason.MATCH, "r-1")

    assert judge(match, None, 4.0) == Judged(Decision.GRANT, Reason.MATCH, "r-1", 4.0)
    assert judge(match, Reason.FORBIDDEN, 4.0).decision is Decision.DENY


@given(st.sampled_from([one for one in Reason if one is not Reason.MATCH]))
def test_whatever_matching_says_but_a_match_denies_and_names_nobody(reason: Reason) -> None:
    assert judge(Match(reason), None, 4.0) == Judged(Decision.DENY, reason)


def test_a_match_of_nobody_denies() -> None:
    assert judge(Match(Reason.MATCH), None, 4.0).decision is Decision.DENY
