"""May a password be tried? What guessing gets, and what it does to others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.throttle import (
    LIMITS,
    Attempt,
    Failures,
    Kind,
    Throttle,
    place,
    wait_s,
    with_one_more,
)

DAY_S = 24 * 3600.0
START = 1_900_000_000.0

times = st.floats(min_value=0, max_value=DAY_S)
accounts = st.sampled_from(["alice", "bob", "nobody"])
addresses = st.sampled_from(["192.0.2.1", "192.0.2.2", "198.51.100.7"])
strangers = st.builds(Attempt, accounts, addresses)


def guessed(throttle: Throttle, attempt: Attempt, seconds: float) -> int:
    """How often somebody may try who tries again as soon as they may, within so many seconds."""
    now, tries = 0.0, 0
    while now < seconds:
        wait = throttle.admit(attempt, START + now)
        tries += not wait
        now += wait
    return tries


def test_the_first_few_tries_never_wait() -> None:
    throttle = Throttle()
    waits = [throttle.admit(Attempt("alice", "192.0.2.1"), START) for _ in range(5)]
    assert waits == [0.0] * 5


def test_tries_at_the_same_moment_all_count() -> None:
    throttle = Throttle()
    admitted = sum(not throttle.admit(Attempt("alice", "192.0.2.1"), START) for _ in range(1000))
    assert admitted == LIMITS[Kind.PAIR].free


def test_the_wait_doubles_up_to_a_limit() -> None:
    throttle, now, waits = Throttle(), START, []
    attempt = Attempt("alice", "192.0.2.1")
    for _ in range(20):
        while throttle.admit(attempt, now) == 0:
            pass
        waits.append(throttle.admit(attempt, now))
        now += waits[-1] + 1e-6
    assert waits[:5] == pytest.approx([1, 2, 4, 8, 16], rel=0.05)
    assert max(waits) <= LIMITS[Kind.PAIR].most_s
    assert waits[-1] >= LIMITS[Kind.PAIR].most_s / 2


def test_a_day_of_guessing_from_one_place_is_about_a_hundred_guesses() -> None:
    assert guessed(Throttle(), Attempt("alice", "192.0.2.1"), DAY_S) <= 130


def test_a_day_of_guessing_at_many_accounts_from_one_place_is_a_few_hundred() -> None:
    throttle, now, tries = Throttle(), 0.0, 0
    while now < DAY_S:
        wait = throttle.admit(Attempt(f"account{tries % 500}", "192.0.2.1"), START + now)
        tries += not wait
        now += wait
    assert tries <= 1200


def test_a_day_of_guessing_at_one_account_from_everywhere_is_bounded() -> None:
    throttle, now, tries = Throttle(), 0.0, 0
    while now < DAY_S:
        wait = throttle.admit(Attempt("alice", f"2001:db8:0:{tries:x}::/64"), START + now)
        tries += not wait
        now += wait
    assert tries <= DAY_S / LIMITS[Kind.ACCOUNT].most_s + 50


@given(st.lists(st.tuples(times, strangers), max_size=200), times, accounts)
def test_nobody_else_keeps_an_account_waiting_at_a_browser_that_it_knows(
    guesses: list[tuple[float, Attempt]], at: float, account: str
) -> None:
    throttle = Throttle()
    for when, attempt in sorted(guesses, key=lambda one: one[0]):
        throttle.admit(attempt, START + when)

    wait = throttle.admit(Attempt(account, "192.0.2.1", browser="known"), START + at)

    assert wait == 0


@given(st.integers(min_value=1, max_value=600), st.floats(min_value=0.01, max_value=30))
def test_one_place_that_guesses_hardly_slows_others(tries: int, every_s: float) -> None:
    throttle = Throttle()
    for number in range(tries):
        throttle.admit(Attempt("alice", "192.0.2.1"), START + number * every_s)
    now = START + tries * every_s

    other = throttle.admit(Attempt("bob", "198.51.100.7"), now)
    owner_elsewhere = throttle.admit(Attempt("alice", "198.51.100.8"), now)

    assert other == 0
    assert owner_elsewhere == 0


@given(st.lists(st.tuples(times, strangers), max_size=100))
def test_a_refused_try_counts_for_nothing(guesses: list[tuple[float, Attempt]]) -> None:
    throttle = Throttle()
    for when, attempt in sorted(guesses, key=lambda one: one[0]):
        throttle.take_changed()
        if throttle.admit(attempt, START + when) > 0:
            assert throttle.take_changed() == {}


@given(st.lists(st.tuples(times, strangers), max_size=100), times, strangers)
def test_a_restart_forgets_nothing(
    guesses: list[tuple[float, Attempt]], at: float, attempt: Attempt
) -> None:
    before, kept = Throttle(), {}
    for when, one in sorted(guesses, key=lambda guess: guess[0]):
        before.admit(one, START + when)
        kept.update(before.take_changed())
    after = Throttle()
    after.load({key: failures for key, failures in kept.items() if failures is not None})

    assert after.admit(attempt, START + at) == before.admit(attempt, START + at)


@given(
    st.builds(Failures, st.floats(min_value=0, max_value=1e6), times),
    st.sampled_from(list(LIMITS.values())),
    st.floats(min_value=-DAY_S, max_value=3 * DAY_S),
)
def test_no_wait_is_longer_than_the_longest(failures: Failures, limit: object, now: float) -> None:
    assert 0 <= wait_s(failures, limit, now) <= limit.most_s  # type: ignore[arg-type, attr-defined]


@given(
    st.builds(Failures, st.floats(min_value=1, max_value=100), times),
    st.sampled_from(list(LIMITS.values())),
    st.floats(min_value=0, max_value=DAY_S),
)
def test_another_failure_never_counts_for_less_than_one(
    failures: Failures, limit: object, later: float
) -> None:
    after = with_one_more(failures, limit, failures.at + later)  # type: ignore[arg-type]
    assert 1 <= after.count <= failures.count + 1


def test_the_right_password_forgets_ones_own_failures_and_no_others() -> None:
    throttle = Throttle()
    for _ in range(4):
        throttle.admit(Attempt("alice", "192.0.2.1"), START)
    mine = Attempt("mallory", "192.0.2.1")
    for _ in range(100):
        if not throttle.admit(mine, START):
            throttle.was_right(mine)

    admitted = sum(not throttle.admit(Attempt("alice", "192.0.2.1"), START) for _ in range(10))

    assert admitted == 1


def test_signing_in_all_day_never_waits() -> None:
    throttle = Throttle()
    for number in range(2000):
        attempt = Attempt(f"account{number % 7}", "192.0.2.1")
        assert throttle.admit(attempt, START + number) == 0
        throttle.was_right(attempt)
    assert len(throttle) == 0


@given(st.lists(st.integers(min_value=0, max_value=10_000), max_size=300))
def test_what_is_remembered_is_bounded(numbers: list[int]) -> None:
    throttle = Throttle(most_keys=10)
    for second, number in enumerate(numbers):
        throttle.admit(Attempt(f"a{number}", f"192.0.{number}"), START + 60 * second)
        throttle.admit(Attempt(f"a{number}", "x", browser=str(number)), START + 60 * second)
    assert len(throttle) <= 10 * len(Kind)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "testclient", True),
    ],
)
def test_a_place_is_what_one_person_has(one: str, other: str, *, same: bool) -> None:
    assert (place(one) == place(other)) is same
