"""How often refused messages are told."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from edge.core.refusals import EVERY_S, MOST_REASONS, Refusals, due, note


def test_the_first_is_told_at_once_and_the_rest_counted() -> None:
    refusals, told = note(Refusals(), "forged", 0.0)
    assert told == ("forged",)

    for second in range(1, 6):
        refusals, told = note(refusals, "forged", float(second))
        assert told == ()

    refusals, told = due(refusals, EVERY_S)
    assert told == ("forged (5 more)",)


def test_a_reason_that_did_not_come_again_is_told_at_once_the_next_time() -> None:
    refusals, _ = note(Refusals(), "forged", 0.0)
    refusals, told = due(refusals, EVERY_S)
    assert told == ()

    _, told = note(refusals, "forged", EVERY_S + 1)

    assert told == ("forged",)


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 3)), max_size=200))
def test_a_flood_of_any_kind_is_few_events_and_little_memory(
    flood: list[tuple[int, float]],
) -> None:
    refusals, now, events = Refusals(), 0.0, 0

    for reason, after in flood:
        now += after
        refusals, told = note(refusals, f"reason {reason}", now)
        events += len(told)

        assert len(refusals.tallies) <= MOST_REASONS + 1
    assert events <= (MOST_REASONS + 1) * (1 + now / EVERY_S) + MOST_REASONS


def test_more_reasons_than_can_be_told_apart_are_counted_together() -> None:
    refusals = Refusals()
    for reason in range(MOST_REASONS + 3):
        refusals, told = note(refusals, f"reason {reason}", 0.0)
        assert len(told) == (1 if reason <= MOST_REASONS else 0)

    _, told = due(refusals, EVERY_S)

    assert told == ("several other reasons (2 more)",)
