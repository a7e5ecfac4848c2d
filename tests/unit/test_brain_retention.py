"""What is due is what was kept for longer than somebody said, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.enrolment import OPEN, Enrolment
from brain.core.retention import RetentionRule, events_before, frames_due
from doorbus.messages import EnrolmentState

DAY = 86_400.0
TIMES = st.floats(0, 4e9)
ENROLMENTS = st.lists(
    st.builds(
        Enrolment,
        id=st.uuids().map(str),
        resident=st.just("r-1"),
        door=st.just("front"),
        count=st.just(1),
        state=st.sampled_from(EnrolmentState),
        created=TIMES,
    ),
    max_size=20,
)


def at(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, 12, tzinfo=UTC).timestamp()


@given(ENROLMENTS, TIMES, st.integers(1, 36_500), st.data())
def test_frames_are_due_when_closed_kept_and_old_enough(
    enrolments: list[Enrolment], now: float, days: int, data: st.DataObject
) -> None:
    there = set(data.draw(st.lists(st.sampled_from([one.id for one in enrolments] or ["none"]))))

    due = frames_due(enrolments, there, RetentionRule(frames_days=days), now)

    assert set(due) == {
        one
        for one in enrolments
        if one.id in there and one.state not in OPEN and one.created <= now - days * DAY
    }


@given(ENROLMENTS, TIMES)
def test_nothing_is_due_where_nothing_is_set(enrolments: list[Enrolment], now: float) -> None:
    there = {one.id for one in enrolments}

    assert frames_due(enrolments, there, RetentionRule(), now) == ()
    assert events_before(RetentionRule(), now) is None


@given(TIMES, st.integers(1, 120))
def test_events_are_kept_for_at_least_28_and_at_most_31_days_a_month(
    now: float, months: int
) -> None:
    before = events_before(RetentionRule(events_months=months), now)

    assert before is not None
    assert before == 0 or months * 28 * DAY - 1 <= now - before <= months * 31 * DAY + 1


@given(TIMES, TIMES, st.integers(1, 120))
def test_later_never_keeps_more(first: float, second: float, months: int) -> None:
    rule = RetentionRule(events_months=months)
    early, late = events_before(rule, min(first, second)), events_before(rule, max(first, second))

    assert early is not None
    assert late is not None
    assert early <= late


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        (at(2026, 3, 31), 1, at(2026, 2, 28)),
        (at(2024, 3, 31), 1, at(2024, 2, 29)),
        (at(2026, 1, 15), 1, at(2025, 12, 15)),
        (at(2026, 12, 31), 12, at(2025, 12, 31)),
        (at(2026, 5, 31), 3, at(2026, 2, 28)),
    ],
)
def test_months_are_the_calendars(now: float, months: int, before: float) -> None:
    assert events_before(RetentionRule(events_months=months), now) == before
