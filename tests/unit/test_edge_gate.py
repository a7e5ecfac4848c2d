"""What may hold the lock, row by row and under any order of events."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.bolt import LONGEST_HOLD
from edge.core.gate import (
    TABLE,
    Bolted,
    Event,
    Gate,
    Granted,
    Hold,
    LockDown,
    Reason,
    Release,
    RemoteUnlock,
    Shut,
    decide,
    step,
)
from edge.core.pairing import refuse_unsafe

NOW = 100.0


def after(*events: tuple[float, Event]) -> Gate:
    gate = Gate()
    for at, event in events:
        gate = step(gate, event, at)
    return gate


def test_a_gate_that_knows_nothing_is_shut() -> None:
    assert decide(Gate(), NOW) == Shut(Reason.NOTHING)


def test_a_granted_visit_holds_for_its_seconds_and_not_a_moment_longer() -> None:
    gate = after((NOW, Granted(5)))

    assert decide(gate, NOW) == Hold(NOW + 5, Reason.VISIT)
    assert decide(gate, NOW + 4.999) == Hold(NOW + 5, Reason.VISIT)
    assert decide(gate, NOW + 5) == Shut(Reason.NOTHING)


def test_a_remote_unlock_holds_for_its_seconds() -> None:
    gate = after((NOW, RemoteUnlock(7)))

    assert decide(gate, NOW + 6) == Hold(NOW + 7, Reason.REMOTE)
    assert decide(gate, NOW + 7) == Shut(Reason.NOTHING)


def test_of_two_running_holds_the_later_end_counts() -> None:
    gate = after((NOW, RemoteUnlock(20)), (NOW + 1, Granted(5)))

    assert decide(gate, NOW + 2) == Hold(NOW + 20, Reason.REMOTE)


def test_a_second_grant_replaces_the_first_even_when_it_is_shorter() -> None:
    gate = after((NOW, Granted(20)), (NOW + 1, Granted(2)))

    assert decide(gate, NOW + 1) == Hold(NOW + 3, Reason.VISIT)


def test_a_lock_down_keeps_shut_over_any_hold() -> None:
    held = after((NOW, Granted(5)), (NOW, RemoteUnlock(5)))

    assert decide(step(held, LockDown(), NOW + 1), NOW + 1) == Shut(Reason.LOCK_DOWN)


def test_an_unlock_during_a_lock_down_is_dropped_and_not_kept_for_later() -> None:
    gate = after((NOW, LockDown()), (NOW + 1, Granted(20)), (NOW + 1, RemoteUnlock(20)))

    assert decide(gate, NOW + 1) == Shut(Reason.LOCK_DOWN)
    assert decide(step(gate, Release(), NOW + 2), NOW + 2) == Shut(Reason.NOTHING)


def test_release_does_not_bring_a_cancelled_hold_back() -> None:
    gate = after((NOW, Granted(20)), (NOW + 1, LockDown()), (NOW + 2, Release()))

    assert decide(gate, NOW + 2) == Shut(Reason.NOTHING)


def test_a_grant_after_release_opens() -> None:
    gate = after((NOW, LockDown()), (NOW + 1, Release()), (NOW + 2, Granted(5)))

    assert decide(gate, NOW + 2) == Hold(NOW + 7, Reason.VISIT)


def test_a_lock_that_closed_early_is_not_opened_again_for_the_old_hold() -> None:
    gate = after((NOW, Granted(20)), (NOW, RemoteUnlock(25)), (NOW + 2, Bolted(NOW + 2)))

    assert decide(gate, NOW + 2) == Shut(Reason.NOTHING)


def test_a_late_report_of_an_earlier_closing_does_not_cancel_a_newer_grant() -> None:
    gate = after((NOW, Granted(5)), (NOW + 5.1, Granted(5)), (NOW + 5.2, Bolted(NOW + 5)))

    assert decide(gate, NOW + 5.2) == Hold(NOW + 10.1, Reason.VISIT)


def test_a_grant_longer_than_the_longest_hold_is_cut() -> None:
    assert decide(after((NOW, Granted(3600))), NOW) == Hold(NOW + LONGEST_HOLD, Reason.VISIT)


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [Granted, RemoteUnlock])
def test_an_unlock_of_no_sensible_time_opens_nothing_and_leaves_a_running_hold(
    kind: type[Granted | RemoteUnlock], seconds: float
) -> None:
    assert decide(after((NOW, kind(seconds))), NOW) == Shut(Reason.NOTHING)
    running = after((NOW, kind(5)), (NOW + 1, kind(seconds)))
    assert isinstance(decide(running, NOW + 4), Hold)
    assert isinstance(decide(running, NOW + 5), Shut)


def test_every_reason_has_exactly_one_row_and_the_last_row_always_shuts() -> None:
    assert [row.reason for row in TABLE] == list(Reason)
    assert decide(Gate(), math.inf) == Shut(TABLE[-1].reason)


def test_the_document_lists_the_table_in_its_order() -> None:
    document = Path(__file__).parents[2].joinpath("docs", "wiring.md").read_text("utf-8")

    rows = [
        f"| {rank} | {row.reason.value} | {row.means} |" for rank, row in enumerate(TABLE, start=1)
    ]

    assert "\n".join(rows) in document


SECONDS = st.one_of(
    st.floats(min_value=-5, max_value=100), st.sampled_from([math.nan, math.inf, -math.inf])
)
EVENTS = st.one_of(
    st.builds(Granted, SECONDS),
    st.builds(RemoteUnlock, SECONDS),
    st.just(LockDown()),
    st.just(Release()),
    st.builds(Bolted, st.floats(min_value=0, max_value=200)),
)
STORIES = st.lists(st.tuples(st.floats(min_value=0, max_value=20), EVENTS), max_size=30)


def play(story: list[tuple[float, Event]]) -> list[tuple[float, Event, Gate]]:
    """The gate after each event; the floats of a story are the waits before the events."""
    now, gate, played = 0.0, Gate(), []
    for wait, event in story:
        now += wait
        gate = step(gate, event, now)
        played.append((now, event, gate))
    return played


@given(STORIES, st.floats(min_value=0, max_value=100))
def test_nothing_opens_during_a_lock_down(story: list[tuple[float, Event]], later: float) -> None:
    locked = False
    for now, event, gate in play(story):
        locked = isinstance(event, LockDown) or (locked and not isinstance(event, Release))
        if locked:
            assert decide(gate, now + later) == Shut(Reason.LOCK_DOWN)


@given(STORIES, st.floats(min_value=0, max_value=100))
def test_a_hold_ends_at_the_time_it_names(story: list[tuple[float, Event]], later: float) -> None:
    for now, _, gate in play(story):
        match decide(gate, now):
            case Hold(until):
                assert isinstance(decide(gate, math.nextafter(until, 0)), Hold)
                assert isinstance(decide(gate, until), Shut)
                assert isinstance(decide(gate, until + later), Shut)
            case Shut():
                assert isinstance(decide(gate, now + later), Shut)


@given(STORIES)
def test_no_story_holds_longer_than_the_longest_hold_after_its_last_unlock(
    story: list[tuple[float, Event]],
) -> None:
    last_unlock = -math.inf
    for now, event, gate in play(story):
        if isinstance(event, Granted | RemoteUnlock):
            last_unlock = now
        decision = decide(gate, now)
        if isinstance(decision, Hold):
            assert decision.until <= last_unlock + LONGEST_HOLD


@given(STORIES)
def test_only_an_unlock_turns_shut_into_open(story: list[tuple[float, Event]]) -> None:
    before = Gate()
    for now, event, gate in play(story):
        if isinstance(decide(before, now), Shut) and isinstance(decide(gate, now), Hold):
            assert isinstance(event, Granted | RemoteUnlock)
        before = gate


def test_a_simulated_camera_with_a_real_lock_is_refused() -> None:
    reason = refuse_unsafe(camera_simulated=True, lock_simulated=False, liveness_policy="blink")

    assert reason is not None
    assert "camera.kind" in reason


def test_the_demo_policy_with_a_real_lock_is_refused() -> None:
    reason = refuse_unsafe(camera_simulated=False, lock_simulated=False, liveness_policy="demo")

    assert reason is not None
    assert "liveness.policy" in reason


def test_every_reason_to_refuse_is_given_at_once() -> None:
    reason = refuse_unsafe(camera_simulated=True, lock_simulated=False, liveness_policy="demo")

    assert reason is not None
    assert "camera.kind" in reason
    assert "liveness.policy" in reason


@pytest.mark.parametrize(
    ("camera_simulated", "lock_simulated", "policy"),
    [(True, True, "demo"), (False, True, "demo"), (False, False, "blink"), (True, True, "blink")],
)
def test_other_combinations_may_start(
    *, camera_simulated: bool, lock_simulated: bool, policy: str
) -> None:
    assert (
        refuse_unsafe(
            camera_simulated=camera_simulated,
            lock_simulated=lock_simulated,
            liveness_policy=policy,
        )
        is None
    )
