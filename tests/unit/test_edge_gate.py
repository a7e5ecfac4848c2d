"""What may hold the lock, row by row and under any order of events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.bolt import LONGEST_HOLD
from edge.core.gate import (
    TABLE,
    Bolted,
    Decision,
    Evacuate,
    Event,
    FireAlarm,
    Gate,
    Granted,
    Hold,
    LockDown,
    Mode,
    OfficeHours,
    Reason,
    Release,
    RemoteUnlock,
    Shut,
    decide,
    mode,
    passing,
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


ROWS: dict[Reason, tuple[Event, ...]] = {
    Reason.FIRE: (FireAlarm(on=True),),
    Reason.EVACUATION: (Evacuate(),),
    Reason.LOCK_DOWN: (LockDown(),),
    Reason.OFFICE: (OfficeHours(on=True),),
    Reason.VISIT: (Granted(5),),
    Reason.REMOTE: (RemoteUnlock(5),),
    Reason.NOTHING: (),
}
"""What brings each row into force."""

ALONE: dict[Reason, Decision] = {
    Reason.FIRE: Hold(math.inf, Reason.FIRE),
    Reason.EVACUATION: Hold(math.inf, Reason.EVACUATION),
    Reason.LOCK_DOWN: Shut(Reason.LOCK_DOWN),
    Reason.OFFICE: Hold(math.inf, Reason.OFFICE),
    Reason.VISIT: Hold(NOW + 5, Reason.VISIT),
    Reason.REMOTE: Hold(NOW + 5, Reason.REMOTE),
    Reason.NOTHING: Shut(Reason.NOTHING),
}
"""What each row decides where it is the only one."""

RANKS = [row.reason for row in TABLE]
PAIRS = [(higher, lower) for place, higher in enumerate(RANKS) for lower in RANKS[place + 1 :]]


def in_force(*reasons: Reason) -> Gate:
    return after(*((NOW, event) for reason in reasons for event in ROWS[reason]))


@pytest.mark.parametrize("row", RANKS)
def test_each_row_does_alone_what_the_table_says(row: Reason) -> None:
    assert decide(in_force(row), NOW) == ALONE[row]


@pytest.mark.parametrize(("higher", "lower"), PAIRS)
def test_of_two_rows_the_higher_one_wins_whichever_came_first(
    higher: Reason, lower: Reason
) -> None:
    for gate in (in_force(higher, lower), in_force(lower, higher)):
        decided = decide(gate, NOW)

        assert decided.reason is higher
        assert type(decided) is type(ALONE[higher])


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        (Reason.FIRE, Mode.FIRE),
        (Reason.EVACUATION, Mode.EVACUATION),
        (Reason.LOCK_DOWN, Mode.LOCK_DOWN),
        (Reason.OFFICE, Mode.OFFICE),
        (Reason.VISIT, Mode.NORMAL),
        (Reason.REMOTE, Mode.NORMAL),
        (Reason.NOTHING, Mode.NORMAL),
    ],
)
def test_the_mode_is_named_after_the_row_in_force(row: Reason, meant: Mode) -> None:
    assert mode(in_force(row), NOW) is meant


def test_a_fire_opens_also_during_a_lock_down_and_leaves_it_in_force() -> None:
    gate = in_force(Reason.LOCK_DOWN, Reason.FIRE)

    assert decide(gate, NOW) == Hold(math.inf, Reason.FIRE)
    assert decide(step(gate, FireAlarm(on=False), NOW), NOW) == Shut(Reason.LOCK_DOWN)


def test_a_lock_down_that_is_ordered_during_a_fire_is_in_force_once_that_is_over() -> None:
    gate = in_force(Reason.FIRE, Reason.LOCK_DOWN)

    assert decide(step(gate, FireAlarm(on=False), NOW), NOW) == Shut(Reason.LOCK_DOWN)


def test_an_evacuation_opens_during_a_lock_down_and_one_release_ends_both() -> None:
    gate = in_force(Reason.LOCK_DOWN, Reason.EVACUATION)
    assert decide(gate, NOW) == Hold(math.inf, Reason.EVACUATION)

    assert decide(step(gate, Release(), NOW), NOW) == Shut(Reason.NOTHING)


def test_a_lock_down_during_an_evacuation_is_dropped_and_not_kept_for_later() -> None:
    gate = in_force(Reason.EVACUATION, Reason.LOCK_DOWN)

    assert not gate.locked_down


def test_a_release_does_not_end_a_fire() -> None:
    gate = step(in_force(Reason.FIRE), Release(), NOW)

    assert decide(gate, NOW).reason is Reason.FIRE


def test_office_mode_goes_on_after_a_lock_down() -> None:
    gate = step(in_force(Reason.OFFICE, Reason.LOCK_DOWN), Release(), NOW)

    assert decide(gate, NOW) == Hold(math.inf, Reason.OFFICE)


@pytest.mark.parametrize("row", [Reason.FIRE, Reason.EVACUATION, Reason.OFFICE])
def test_what_stands_open_does_so_after_a_lock_that_closed_by_itself(row: Reason) -> None:
    gate = step(in_force(row), Bolted(NOW + 1), NOW + 1)

    assert decide(gate, NOW + 1) == Hold(math.inf, row)


def test_a_visit_that_was_granted_in_office_hours_ends_at_its_own_time_after_them() -> None:
    gate = step(in_force(Reason.OFFICE, Reason.VISIT), OfficeHours(on=False), NOW + 1)

    assert decide(gate, NOW + 1) == Hold(NOW + 5, Reason.VISIT)


def test_a_standing_hold_is_no_unlock_that_was_taken() -> None:
    assert not passing(in_force(Reason.FIRE, Reason.OFFICE), NOW)
    assert passing(in_force(Reason.FIRE, Reason.VISIT), NOW)
    assert not passing(in_force(Reason.FIRE, Reason.LOCK_DOWN, Reason.VISIT), NOW)


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
    st.just(Evacuate()),
    st.builds(FireAlarm, st.booleans()),
    st.builds(OfficeHours, st.booleans()),
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


@dataclass
class Account:
    """What a plain reading of the events says is in force."""

    fire: bool = False
    evacuating: bool = False
    locked_down: bool = False
    office: bool = False

    def note(self, event: Event) -> None:
        match event:
            case FireAlarm(on):
                self.fire = on
            case OfficeHours(on):
                self.office = on
            case Evacuate():
                self.evacuating = True
            case LockDown():
                self.locked_down = self.locked_down or not self.evacuating
            case Release():
                self.locked_down = self.evacuating = False

    @property
    def highest(self) -> Reason | None:
        """The highest of the rows that last; None where only visits and orders may hold."""
        rows = {
            Reason.FIRE: self.fire,
            Reason.EVACUATION: self.evacuating,
            Reason.LOCK_DOWN: self.locked_down,
            Reason.OFFICE: self.office,
        }
        return next((reason for reason, on in rows.items() if on), None)


@given(STORIES, st.floats(min_value=0, max_value=100))
def test_no_story_makes_a_lower_row_win(story: list[tuple[float, Event]], later: float) -> None:
    account = Account()
    for now, event, gate in play(story):
        account.note(event)
        decided = decide(gate, now + later)
        if account.highest is None:
            assert decided.reason in {Reason.VISIT, Reason.REMOTE, Reason.NOTHING}
        else:
            assert decided.reason is account.highest


@given(STORIES, st.floats(min_value=0, max_value=100))
def test_a_fire_always_opens(story: list[tuple[float, Event]], later: float) -> None:
    for now, _, gate in play([*story, (0.0, FireAlarm(on=True))])[-1:]:
        assert decide(gate, now + later) == Hold(math.inf, Reason.FIRE)


@given(STORIES, st.lists(st.one_of(st.builds(Granted, SECONDS), st.builds(RemoteUnlock, SECONDS))))
def test_no_visit_or_order_opens_a_lock_down(
    story: list[tuple[float, Event]], unlocks: list[Event]
) -> None:
    locked: list[tuple[float, Event]] = [(0.0, FireAlarm(on=False)), (0.0, Release())]
    locked += [(0.0, LockDown())]
    for now, _, gate in play([*story, *locked, *((0.1, one) for one in unlocks)])[-1:]:
        assert decide(gate, now) == Shut(Reason.LOCK_DOWN)


@given(STORIES, st.floats(min_value=0, max_value=100))
def test_a_passing_hold_ends_at_the_time_it_names(
    story: list[tuple[float, Event]], later: float
) -> None:
    for now, _, gate in play(story):
        match decide(gate, now):
            case Hold(until) as hold if not hold.standing:
                assert isinstance(decide(gate, math.nextafter(until, 0)), Hold)
                assert isinstance(decide(gate, until), Shut)
                assert isinstance(decide(gate, until + later), Shut)
            case Hold() as hold:
                assert decide(gate, now + later) == hold
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
        if isinstance(decision, Hold) and not decision.standing:
            assert decision.until <= last_unlock + LONGEST_HOLD


@given(STORIES)
def test_only_what_opens_turns_shut_into_open(story: list[tuple[float, Event]]) -> None:
    before = Gate()
    for now, event, gate in play(story):
        if isinstance(decide(before, now), Shut) and isinstance(decide(gate, now), Hold):
            match event:
                case Granted() | RemoteUnlock() | Evacuate():
                    pass
                case FireAlarm(on) | OfficeHours(on):
                    # With the fire a lock-down may have been all that kept a visit's hold from it.
                    assert on
                case Release():
                    assert gate.office
                case LockDown() | Bolted():
                    raise AssertionError(event)
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
