"""How often an administrator may ask for the same: `brain.core.rates`."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.rates import Bucket, Rate, Rates, Refused, take

RATE = Rate(burst=3, every_s=10)


def test_a_burst_is_allowed_at_once_and_the_next_is_not() -> None:
    rates = Rates({"unlock": RATE})

    answers = [rates.ask("alice", "unlock", 100.0) for _ in range(4)]

    assert answers == [None, None, None, Refused(10, first=True)]


def test_waiting_as_long_as_was_said_is_enough() -> None:
    rates = Rates({"unlock": RATE})
    for _ in range(3):
        rates.ask("alice", "unlock", 100.0)

    refused = rates.ask("alice", "unlock", 103.5)

    assert refused == Refused(7, first=True)
    assert rates.ask("alice", "unlock", 103.5 + 7) is None
    assert rates.ask("alice", "unlock", 103.5 + 7) == Refused(10, first=True)


def test_only_the_first_of_several_refusals_is_called_so() -> None:
    rates = Rates({"unlock": Rate(1, 10)})
    rates.ask("alice", "unlock", 0.0)

    told = [rates.ask("alice", "unlock", at) for at in (1.0, 2.0, 3.0)]

    assert [one.first for one in told if one] == [True, False, False]


def test_nobody_spends_what_is_anothers_and_no_kind_what_is_anothers() -> None:
    rates = Rates({"unlock": Rate(1, 60), "snapshot": Rate(1, 60)})
    rates.ask("alice", "unlock", 0.0)

    assert rates.ask("alice", "unlock", 0.0) is not None
    assert rates.ask("alice", "snapshot", 0.0) is None
    assert rates.ask("bob", "unlock", 0.0) is None
    assert rates.ask("alice", "lockdown", 0.0) is None


def test_who_asked_for_nothing_for_long_is_forgotten_and_nobody_else() -> None:
    rates = Rates({"unlock": RATE})
    rates.ask("alice", "unlock", 0.0)
    for _ in range(3):
        rates.ask("bob", "unlock", 9.0)

    rates.forget(10.0)

    assert rates.ask("bob", "unlock", 10.0) is not None
    assert len(rates._buckets) == 1


def test_a_clock_that_runs_backwards_gives_nothing() -> None:
    taken = take(Bucket(0.0, 100.0), RATE, 50.0)

    assert taken.wait_s == pytest.approx(10)


@given(
    burst=st.integers(1, 20),
    every_s=st.floats(0.01, 100),
    steps=st.lists(st.floats(0, 50), max_size=80),
)
def test_never_more_than_the_burst_and_one_for_each_interval(
    burst: int, every_s: float, steps: list[float]
) -> None:
    rates, now, allowed = Rates({"it": Rate(burst, every_s)}), 0.0, 0
    for step in steps:
        now += step
        allowed += rates.ask("alice", "it", now) is None

    assert allowed <= burst + math.floor(now / every_s + 1e-6)


@given(burst=st.integers(1, 5), every_s=st.floats(0.1, 100), tries=st.integers(1, 20))
def test_whoever_waits_as_told_is_always_let(burst: int, every_s: float, tries: int) -> None:
    rates, now = Rates({"it": Rate(burst, every_s)}), 0.0
    for _ in range(tries):
        refused = rates.ask("alice", "it", now)
        if refused is not None:
            now += refused.wait_s
            assert rates.ask("alice", "it", now) is None
