"""Scores as counts: bins, whose they are, shares and quantiles; and the last hour's times."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.latency import MOST, WINDOW_S, LastHour
from brain.core.scores import BINS, ScoreKind, counted, middle, place, quantile, share_from
from doorbus.messages import Decision, Reason
from matching.decision import Nearness

COSINES = st.floats(min_value=-1, max_value=1)


@given(COSINES)
def test_a_score_lies_in_its_bin(score: float) -> None:
    assert abs(middle(place(score)) - score) <= 1 / BINS + 1e-12


@given(COSINES, COSINES)
def test_a_higher_score_lies_in_no_lower_bin(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert place(low) <= place(high)


@pytest.mark.parametrize(
    ("score", "where"), [(-1.0, 0), (1.0, BINS - 1), (-1.01, 0), (1.01, BINS - 1)]
)
def test_the_ends_belong_to_the_outer_bins(score: float, where: int) -> None:
    assert place(score) == where


def kinds(decision: Decision, reason: Reason, near: Nearness | None) -> list[ScoreKind]:
    return [kind for kind, _ in counted(decision, reason, near)]


def test_a_grant_counts_the_resident_the_nearest_other_and_the_threshold() -> None:
    near = Nearness(best=0.7, second=0.2, threshold=0.46)

    found = dict(counted(Decision.GRANT, Reason.MATCH, near))

    assert found == {
        ScoreKind.RESIDENT: place(0.7),
        ScoreKind.OTHER: place(0.2),
        ScoreKind.THRESHOLD: place(0.46),
    }


def test_a_gallery_of_one_has_no_nearest_other() -> None:
    near = Nearness(best=0.7, second=None, threshold=0.46)

    assert kinds(Decision.GRANT, Reason.MATCH, near) == [ScoreKind.RESIDENT, ScoreKind.THRESHOLD]


def test_a_stranger_counts_by_the_best_score() -> None:
    near = Nearness(best=0.3, second=0.2, threshold=0.46)

    assert kinds(Decision.DENY, Reason.UNKNOWN, near) == [ScoreKind.UNKNOWN, ScoreKind.THRESHOLD]


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.UNKNOWN, Reason.MATCH}))
def test_a_resident_who_is_refused_counts_for_nobody(reason: Reason) -> None:
    near = Nearness(best=0.7, second=0.2, threshold=0.46)

    assert kinds(Decision.DENY, reason, near) == []


def test_what_was_compared_with_nobody_or_is_no_number_counts_nothing() -> None:
    assert kinds(Decision.DENY, Reason.UNKNOWN, None) == []
    assert kinds(Decision.DENY, Reason.UNKNOWN, Nearness(math.nan, None, 0.4)) == []


def test_shares_and_quantiles_are_of_the_counted_visits() -> None:
    counts = Counter({place(0.1): 90, place(0.5): 9, place(0.9): 1})

    assert share_from(counts, 0.5) == pytest.approx(0.1)
    assert share_from(counts, 0.95) == 0
    assert quantile(counts, 0.5) == middle(place(0.1))
    assert quantile(counts, 0.95) == middle(place(0.5))
    assert quantile(counts, 1.0) == middle(place(0.9))


def test_of_nobody_there_is_no_share_and_no_quantile() -> None:
    assert share_from(Counter(), 0.0) == 0
    assert quantile(Counter(), 0.5) is None


# --- the last hour -------------------------------------------------------------------------------


def test_times_are_told_by_nearest_rank() -> None:
    hour = LastHour()
    for number in range(1, 101):
        hour.add(number, number / 100, granted=number % 2 == 0)

    seen = hour.seen(100.0)

    assert (seen.visits, seen.granted, seen.p50, seen.p99) == (100, 50, 0.5, 0.99)


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    hour = LastHour()
    hour.add(0.0, 9.0, granted=True)
    hour.add(WINDOW_S, 0.1, granted=False)

    assert hour.seen(WINDOW_S).visits == 2
    later = hour.seen(WINDOW_S + 0.5)
    assert (later.visits, later.granted, later.p99) == (1, 0, 0.1)
    nobody = hour.seen(3 * WINDOW_S)
    assert (nobody.visits, nobody.p50, nobody.p99) == (0, None, None)


def test_a_busy_hour_keeps_its_newest_verdicts() -> None:
    hour = LastHour()
    for _ in range(MOST + 5):
        hour.add(1.0, 0.2, granted=True)

    assert hour.seen(2.0).visits == MOST
