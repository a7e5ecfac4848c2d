"""A photo counts for the enrolment whose token it brings, while that takes photos."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from brain.core.enrolment import Enrolment, FramesSoFar, Step, next_step
from brain.uploading import objection
from doorbus.messages import EnrolmentState

TOKENS = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)


def enrolment(token: str | None, state: EnrolmentState, count: int = 1) -> Enrolment:
    digest = None if token is None else hashlib.sha256(token.encode()).hexdigest()
    return Enrolment("e-1", "r-1", "", count, state, token=digest)


@given(TOKENS, TOKENS, st.sampled_from(EnrolmentState), st.booleans())
def test_a_photo_is_welcome_with_the_very_token_while_photos_are_taken(
    own: str, shown: str, state: EnrolmentState, same: bool
) -> None:
    brought = own if same else shown

    why = objection(enrolment(own, state), brought)

    assert (why is None) == (brought == own and state is EnrolmentState.CAPTURING)
    assert why is None or (own not in why and brought not in why)


@given(TOKENS, st.sampled_from(EnrolmentState))
def test_no_token_is_that_of_an_enrolment_at_a_door(shown: str, state: EnrolmentState) -> None:
    assert objection(enrolment(None, state), shown) is not None
    assert objection(None, shown) == objection(enrolment(None, state), shown)


@given(st.integers(1, 200), st.integers(0, 200), st.sampled_from(EnrolmentState))
def test_photos_are_trained_once_all_are_there_and_never_asked_for(
    count: int, stored: int, state: EnrolmentState
) -> None:
    one = enrolment("0" * 32, state, count)

    step = next_step(one, FramesSoFar(frozenset(range(stored)), frozenset({900})))

    capturing = state is EnrolmentState.CAPTURING
    assert step is (Step.TRAIN if capturing and stored >= count else Step.WAIT)
