"""What a replayed, late or repeated burst is to the brain."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from brain.core.freshness import Freshness, Mark, assess, newest

marks = st.builds(Mark, st.integers(0, 4), st.integers(0, 4), st.sampled_from(["a", "b", "c"]))


def test_the_first_visit_of_a_door_is_new() -> None:
    assert assess(None, Mark(1, 1, "a")) is Freshness.NEW


def test_the_same_visit_once_more_is_a_repeat_even_after_a_reboot() -> None:
    assert assess(Mark(1, 1, "a"), Mark(1, 1, "a"), epoch=2) is Freshness.REPEAT


def test_the_same_visit_with_another_nonce_is_stale() -> None:
    assert assess(Mark(1, 1, "a"), Mark(1, 1, "b")) is Freshness.STALE


def test_a_new_boot_begins_its_visits_anew() -> None:
    assert assess(Mark(1, 9, "a"), Mark(2, 1, "b")) is Freshness.NEW


def test_a_visit_of_a_boot_that_is_over_is_stale_though_none_was_answered_since() -> None:
    assert assess(Mark(1, 9, "a"), Mark(1, 10, "b"), epoch=2) is Freshness.STALE


@given(st.none() | marks, marks, st.integers(0, 4))
def test_a_stale_or_repeated_burst_never_changes_state(
    last: Mark | None, seen: Mark, epoch: int
) -> None:
    if assess(last, seen, epoch) is Freshness.NEW:
        assert newest(last, seen) == seen
        assert last is None or seen.place > last.place
    elif last is not None and assess(last, seen) is not Freshness.NEW:
        assert newest(last, seen) == last


@given(st.lists(marks, min_size=1))
def test_what_is_remembered_never_goes_back(history: list[Mark]) -> None:
    remembered = [history[0]]
    for mark in history:
        remembered.append(newest(remembered[-1], mark))

    places = [mark.place for mark in remembered]
    assert places == sorted(places)


@given(st.lists(marks, min_size=1))
def test_a_replay_of_everything_is_never_new(history: list[Mark]) -> None:
    last = reduce(newest, history, history[0])

    assert all(assess(last, mark) is not Freshness.NEW for mark in history)
