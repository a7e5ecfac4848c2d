"""What lasts at a door, by its events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import lasting
from console.core.lasting import NOTHING, Lasting
from doorbus.messages import EventKind

NOW = 1_800_000_000.0

times = st.floats(min_value=NOW - 3600, max_value=NOW, allow_nan=False)
events = st.lists(st.tuples(st.sampled_from(EventKind), times, st.just("")), max_size=30)


def after(*kinds: EventKind, detail: str = "") -> Lasting:
    return lasting.of([(kind, NOW + place, detail) for place, kind in enumerate(kinds)], NOW)


@pytest.mark.parametrize(
    ("begins", "ends", "name"),
    [
        (EventKind.FORCED_OPEN, EventKind.CLOSED_AGAIN, "forced"),
        (EventKind.HELD_OPEN, EventKind.CLOSED_AGAIN, "held"),
        (EventKind.TAMPER, EventKind.TAMPER_OVER, "tampered"),
        (EventKind.FIRE, EventKind.FIRE_OVER, "fire"),
        (EventKind.LOCK_FAULT, EventKind.STARTED, "fault"),
    ],
)
def test_what_begins_lasts_until_what_ends_it(
    begins: EventKind, ends: EventKind, name: str
) -> None:
    assert getattr(after(begins), name) == NOW
    assert getattr(after(begins, EventKind.WOKE, EventKind.DENIED), name) == NOW
    assert getattr(after(begins, ends), name) is None


def test_a_door_that_was_forced_is_remembered_after_it_is_shut_and_after_a_start() -> None:
    assert after(EventKind.FORCED_OPEN, EventKind.CLOSED_AGAIN).was_forced == NOW
    assert after(EventKind.FORCED_OPEN, EventKind.STARTED).was_forced == NOW
    assert after(EventKind.HELD_OPEN, EventKind.CLOSED_AGAIN).was_forced is None


def test_what_is_told_twice_began_the_first_time() -> None:
    assert after(EventKind.TAMPER, EventKind.TAMPER).tampered == NOW


@pytest.mark.parametrize(
    ("detail", "seconds"),
    [("30 s", 30), ("codes 60 s", 60), ("9000 s", 300), ("-5 s", 0), ("", 300), ("x s", 300)],
)
def test_a_pause_lasts_as_long_as_the_door_says_and_five_minutes_at_most(
    detail: str, seconds: float
) -> None:
    assert after(EventKind.PAUSED, detail=detail).paused_until == NOW + seconds


def test_whoever_is_let_in_ends_a_pause() -> None:
    assert after(EventKind.PAUSED, EventKind.GRANTED).paused_until is None


@pytest.mark.parametrize("at", [0.0, NOW - 30 * 86400, NOW + 3600])
def test_a_clock_that_cannot_be_right_is_not_believed(at: float) -> None:
    assert lasting.after(NOTHING, EventKind.FIRE, at, NOW).fire == NOW


@given(events)
def test_nothing_lasts_after_everything_ended(told: list[tuple[EventKind, float, str]]) -> None:
    ending = [EventKind.CLOSED_AGAIN, EventKind.TAMPER_OVER, EventKind.FIRE_OVER, EventKind.STARTED]

    found = lasting.of([*told, *((kind, NOW, "") for kind in ending)], NOW)

    assert found == Lasting(was_forced=found.was_forced, was_tampered=found.was_tampered)


@given(events)
def test_what_lasts_began_at_one_of_the_times_told(
    told: list[tuple[EventKind, float, str]],
) -> None:
    found = lasting.of(told, NOW)

    began = {at for _, at, _ in told}
    for name in ("forced", "was_forced", "held", "tampered", "was_tampered", "fire", "fault"):
        since = getattr(found, name)
        assert since is None or since in began
