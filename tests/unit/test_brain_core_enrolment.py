"""Which frames an enrolment takes, what comes next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.enrolment import (
    Enrolment,
    FramesSoFar,
    Step,
    expired,
    missing,
    moved,
    next_step,
    objection,
    told,
)
from doorbus.messages import EnrolmentState

ONE = Enrolment("e-1", "r-1", "front", 200)


def test_a_frame_of_the_open_enrolment_is_welcome() -> None:
    assert objection(ONE, "front", 199, 200) is None


@pytest.mark.parametrize(
    ("door", "index", "count"), [("back", 0, 200), ("front", 200, 200), ("front", 0, 100)]
)
def test_a_frame_that_does_not_fit_is_refused(door: str, index: int, count: int) -> None:
    assert objection(ONE, door, index, count) is not None


def test_a_door_learns_nothing_of_another_doors_enrolments() -> None:
    assert objection(None, "back", 0, 200) == objection(ONE, "back", 0, 200)


@pytest.mark.parametrize(
    "state", [state for state in EnrolmentState if state is not EnrolmentState.CAPTURING]
)
def test_an_enrolment_that_is_not_capturing_takes_nothing(state: EnrolmentState) -> None:
    assert state.value in (objection(moved(ONE, state), "front", 0, 200) or "")
    assert next_step(moved(ONE, state), FramesSoFar()) is Step.WAIT


@given(st.frozensets(st.integers(0, 199)))
def test_what_is_missing_and_what_is_stored_are_all_there_is(stored: frozenset[int]) -> None:
    rest = missing(200, stored)

    assert list(rest) == sorted(rest)
    assert set(rest) | stored == set(range(200))
    assert not set(rest) & stored


@given(st.frozensets(st.integers(0, 9)), st.frozensets(st.integers(0, 9)), st.integers(1, 4))
def test_it_trains_exactly_when_every_frame_is_stored(
    stored: frozenset[int], refused: frozenset[int], rounds: int
) -> None:
    one = Enrolment("e", "r", "front", 10, rounds=rounds)

    step = next_step(one, FramesSoFar(stored, refused - stored))

    assert (step is Step.TRAIN) is (len(stored) == 10)
    if step in {Step.ASK_AGAIN, Step.GIVE_UP}:
        assert len(stored | refused) == 10
        assert (step is Step.GIVE_UP) is (rounds >= 3)


@pytest.mark.parametrize(("waited", "over"), [(599.9, False), (600.0, True)])
def test_an_enrolment_waits_so_long_and_no_longer(waited: float, over: bool) -> None:
    assert expired(waited, 600) is over


def test_a_reason_is_told_as_far_as_a_message_may_hold_it() -> None:
    refused = moved(ONE, EnrolmentState.REFUSED, "too few sharp frames; " * 20)

    change = told(refused, 7)

    assert (change.enrolment, change.state, change.stored) == ("e-1", EnrolmentState.REFUSED, 7)
    assert change.reason == refused.reason[:200]
