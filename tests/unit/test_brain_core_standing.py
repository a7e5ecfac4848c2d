"""How long an order waits for a door that is away: `brain.core.standing`."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from brain.core.standing import EVACUATION_S, Standing, StandingOrder, after
from doorbus.messages import OrderAction

AT = 1_767_225_600.0
ORDER = StandingOrder("front", "s-1", OrderAction.EVACUATE, "admin.alice", "smoke", AT)
SHUTTING = st.sampled_from([OrderAction.LOCKDOWN, OrderAction.RELEASE])


def test_an_evacuation_waits_for_its_time_and_not_longer() -> None:
    assert after(ORDER, AT) == ORDER
    assert after(ORDER, AT + EVACUATION_S - 0.1) == ORDER
    assert after(ORDER, AT + EVACUATION_S).state is Standing.LAPSED


def test_an_evacuation_does_not_wait_for_ever_once_the_clock_was_set_back() -> None:
    assert after(ORDER, AT - EVACUATION_S).state is Standing.LAPSED


def test_an_evacuation_bears_a_clock_that_is_set_right_meanwhile() -> None:
    assert after(ORDER, AT - 1) == ORDER


@given(action=SHUTTING, passed=st.floats(-1e9, 1e9))
def test_a_lock_down_and_a_release_wait_as_long_as_it_takes(
    action: OrderAction, passed: float
) -> None:
    order = replace(ORDER, action=action)

    assert after(order, AT + passed) == order


@given(state=st.sampled_from([Standing.DONE, Standing.REFUSED, Standing.REPLACED]))
def test_what_has_ended_does_not_lapse(state: Standing) -> None:
    order = replace(ORDER, state=state)

    assert after(order, AT + 10 * EVACUATION_S) == order
