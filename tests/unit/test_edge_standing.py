"""What the lock is told while something holds the door open as a whole, and for how long."""

from __future__ import annotations

import math

import hypothesis.strategies as st
from hypothesis import given

from edge.core.gate import Decision, Hold, Reason, Shut
from edge.core.standing import AGAIN_S, STANDING_S, Told, closed, follow
from edge.core.visit_effects import CloseLock, HoldLock

LONGEST = 30.0
FIRE = Hold(math.inf, Reason.FIRE)
OFFICE = Hold(math.inf, Reason.OFFICE)
NOTHING = Shut(Reason.NOTHING)


def told(*decisions: tuple[float, Decision], longest: float = LONGEST) -> list[object]:
    """What the lock is told of each decision at its time; None where nothing."""
    state, orders = Told(), list[object]()
    for now, decision in decisions:
        state, order = follow(state, decision, now, longest)
        orders.append(order)
    return orders


def test_a_passing_hold_is_told_once() -> None:
    visit = Hold(105.0, Reason.VISIT)

    assert told((100, visit), (102, visit)) == [HoldLock(5.0, Reason.VISIT), None]


def test_a_standing_hold_is_told_for_a_while_and_renewed_at_half_of_it() -> None:
    half = STANDING_S / 2

    assert told((100, FIRE), (99.9 + half, FIRE), (100 + half, FIRE)) == [
        HoldLock(STANDING_S, Reason.FIRE),
        None,
        HoldLock(STANDING_S, Reason.FIRE, renewed=True),
    ]


def test_it_is_told_no_longer_than_the_lock_may_be_held() -> None:
    assert told((100, FIRE), (101, FIRE), longest=2.0) == [
        HoldLock(2.0, Reason.FIRE),
        HoldLock(2.0, Reason.FIRE, renewed=True),
    ]


def test_what_takes_its_place_is_told_at_once() -> None:
    assert told((100, OFFICE), (101, FIRE)) == [
        HoldLock(STANDING_S, Reason.OFFICE),
        HoldLock(STANDING_S, Reason.FIRE),
    ]


def test_the_end_of_a_standing_hold_closes() -> None:
    assert told((100, OFFICE), (101, NOTHING), (102, NOTHING))[1:] == [CloseLock(), None]


def test_a_visit_that_goes_on_after_it_is_told_for_what_is_left() -> None:
    assert told((100, OFFICE), (101, Hold(104.0, Reason.VISIT)))[1:] == [
        HoldLock(3.0, Reason.VISIT)
    ]


def test_a_lock_that_closed_by_itself_is_told_again_soon_but_not_all_the_time() -> None:
    state, _ = follow(Told(), FIRE, 100.0, LONGEST)

    state = closed(state, 100.1)
    state, at_once = follow(state, FIRE, 100.1, LONGEST)
    state, soon = follow(state, FIRE, 100.0 + AGAIN_S, LONGEST)

    assert at_once is None
    assert soon == HoldLock(STANDING_S, Reason.FIRE, renewed=True)


def test_a_lock_that_closed_at_the_end_of_a_visit_is_left_alone() -> None:
    state, _ = follow(Told(), Hold(105.0, Reason.VISIT), 100.0, LONGEST)

    assert closed(state, 105.0) == state


DECISIONS = st.lists(
    st.tuples(
        st.floats(min_value=0.001, max_value=4.9),
        st.sampled_from(["fire", "office", "visit", "nothing"]),
        st.booleans(),
    ),
    max_size=60,
)


@given(DECISIONS)
def test_the_lock_is_open_at_every_moment_in_which_it_should_be_and_at_no_other(
    story: list[tuple[float, str, bool]],
) -> None:
    """As long as somebody asks at least every half of `STANDING_S`, which the loop does."""
    now, state, until = 100.0, Told(), -math.inf
    wanted: dict[str, Decision] = {"fire": FIRE, "office": OFFICE, "nothing": NOTHING}
    for wait, what, closes in story:
        now += wait
        if isinstance(state.decision, Hold) and state.decision.standing:
            assert until > now
        decision = wanted.get(what) or Hold(now + 3.0, Reason.VISIT)
        if closes:
            state = closed(state, now)
        state, order = follow(state, decision, now, LONGEST)
        match order:
            case HoldLock(seconds):
                assert 0 < seconds <= STANDING_S
                until = now + seconds
            case CloseLock():
                until = -math.inf
        assert (until > now) == isinstance(decision, Hold)
