"""Which levels of a wire count, and that no shorter disturbance ever does."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from edge.core.debounce import Settled, look

PATIENCE_S = 0.06


def looked(*levels: bool, every: float = 0.02) -> list[bool | None]:
    """What counts after each look."""
    settled, counts = Settled(), []
    for place, level in enumerate(levels):
        settled = look(settled, level, place * every, PATIENCE_S)
        counts.append(settled.active)
    return counts


def test_nothing_counts_before_it_has_stayed() -> None:
    assert looked(True, True, True, True) == [None, None, None, True]


def test_a_bouncing_contact_counts_once_it_has_settled() -> None:
    levels = [False] * 4 + [True, False, True, False] + [True] * 4

    assert looked(*levels)[-4:] == [False, False, False, True]


def test_a_disturbance_changes_nothing() -> None:
    levels = [False] * 5 + [True, True] + [False] * 5

    assert set(looked(*levels)[3:]) == {False}


def test_one_look_after_a_long_pause_is_not_enough() -> None:
    settled = look(look(Settled(), False, 0.0, PATIENCE_S), False, 1.0, PATIENCE_S)

    after = look(settled, True, 10.0, PATIENCE_S)

    assert after.active is False


LOOKS = st.lists(
    st.tuples(st.floats(min_value=0.001, max_value=0.1), st.booleans()), min_size=1, max_size=60
)


@given(LOOKS)
def test_only_a_level_that_every_look_of_its_time_showed_ever_counts(
    looks: list[tuple[float, bool]],
) -> None:
    now, settled, history = 0.0, Settled(), list[tuple[float, bool]]()
    for wait, level in looks:
        now += wait
        before = settled.active
        settled = look(settled, level, now, PATIENCE_S)
        history.append((now, level))
        if settled.active is not before:
            run = [at for at, _ in history]
            for at, shown in reversed(history):
                if shown is not settled.active:
                    break
                run.append(at)
            alike = run[len(history) :]
            assert len(alike) >= 2
            assert max(alike) - min(alike) >= PATIENCE_S


@given(LOOKS, st.booleans())
def test_a_level_that_stays_counts_in_the_end(looks: list[tuple[float, bool]], level: bool) -> None:
    now, settled = 0.0, Settled()
    for wait, shown in looks:
        now += wait
        settled = look(settled, shown, now, PATIENCE_S)
    for wait in (0.01, PATIENCE_S + 0.001):
        now += wait
        settled = look(settled, level, now, PATIENCE_S)

    assert settled.active is level
