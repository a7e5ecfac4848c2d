"""Guesses in a row bring a pause; refusals of residents by rules do not, nor do they undo it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorbus.messages import Reason
from edge.core.attempts import AGAINST_A_RESIDENT, Attempts, PauseRule, refused

RULE = PauseRule()


def after(*reasons: Reason) -> Attempts:
    attempts = Attempts()
    for second, reason in enumerate(reasons):
        attempts = refused(attempts, reason, RULE, float(second))
    return attempts


@pytest.mark.parametrize("reason", sorted(AGAINST_A_RESIDENT))
def test_a_resident_refused_by_a_rule_never_closes_the_door_to_others(reason: Reason) -> None:
    attempts = after(*[reason] * 50)

    assert attempts == Attempts()


@given(st.lists(st.sampled_from(sorted(AGAINST_A_RESIDENT)), max_size=20), st.data())
def test_an_accomplice_refused_by_a_rule_does_not_wipe_out_a_strangers_failures(
    between: list[Reason], data: st.DataObject
) -> None:
    """However a resident's refusals are put between them, the fifth guess brings the pause."""
    guesses = [Reason.UNKNOWN] * RULE.after
    mixed = data.draw(st.permutations([*guesses, *between]))

    attempts = after(*mixed)

    assert attempts.pauses == 1


@pytest.mark.parametrize("reason", [Reason.WRONG_SECOND_FACTOR, Reason.DISABLED, Reason.NO_LIFE])
def test_what_may_be_a_guess_counts(reason: Reason) -> None:
    assert after(*[reason] * RULE.after).pauses == 1
