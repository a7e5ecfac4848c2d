"""Rates of few trials: exact intervals, and what zero failures say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.attacks.rates import Rate, at_most, exact, rule_of_three

COUNTS = st.integers(1, 120).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)


@pytest.mark.parametrize(
    ("count", "trials", "low", "high"),
    [
        # From printed tables of Clopper and Pearson's interval at 95 %.
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (2, 100, 0.0024, 0.0704),
    ],
)
def test_the_interval_is_that_of_the_tables(
    count: int, trials: int, low: float, high: float
) -> None:
    assert exact(count, trials) == pytest.approx((low, high), abs=6e-5)


@settings(deadline=None)
@given(COUNTS)
def test_the_interval_holds_the_share_and_leaves_a_fortieth_on_each_side(
    counted: tuple[int, int],
) -> None:
    count, trials = counted

    low, high = exact(count, trials)

    assert 0 <= low <= count / trials <= high <= 1
    if count:
        assert 1 - at_most(count - 1, trials, low) == pytest.approx(0.025, abs=1e-6)
    if count < trials:
        assert at_most(count, trials, high) == pytest.approx(0.025, abs=1e-6)


@settings(deadline=None)
@given(COUNTS)
def test_failures_and_successes_have_mirrored_intervals(counted: tuple[int, int]) -> None:
    count, trials = counted

    low, high = exact(count, trials)
    other_low, other_high = exact(trials - count, trials)

    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-9)


@settings(deadline=None)
@given(st.integers(20, 5000))
def test_no_failure_in_n_trials_supports_three_in_n(trials: int) -> None:
    # At 3/n, no failure at all would be seen one time in twenty.
    assert (1 - rule_of_three(trials)) ** trials == pytest.approx(0.05, abs=0.012)


def test_a_rate_says_which_rule_it_was_told_by() -> None:
    assert str(Rate(0, 204)) == "0 % (under 1.5 %, rule of three)"
    assert str(Rate(5, 10)) == "50.0 % (18.7 to 81.3 %)"
    assert str(Rate(0, 0)) == "not tried"


def test_a_rate_without_trials_has_no_share_and_every_interval() -> None:
    assert math.isnan(Rate(0, 0).share)
    assert Rate(0, 0).interval == (0.0, 1.0)


@pytest.mark.parametrize(("count", "trials"), [(2, 1), (-1, 3)])
def test_more_failures_than_trials_are_refused(count: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(count, trials)
