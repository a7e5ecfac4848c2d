"""A sweep looks at the whole of some time, in stretches that follow what was found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from brain.core.sweep import FEW, FIRST_S, LEAST_S, MANY, MOST_S, Sweep

TIMES = st.floats(0, 4e9)


@given(since=TIMES, length=st.floats(0, 3e7), found=st.lists(st.integers(0, 10_000), min_size=1))
def test_stretches_leave_no_gap_and_no_overlap(
    since: float, length: float, found: list[int]
) -> None:
    sweep, reached, steps = Sweep(since, since + length), since, 0

    while not sweep.over:
        assert sweep.at == reached
        assert sweep.at < sweep.end <= since + length
        reached = sweep.end
        sweep = sweep.after(found[steps % len(found)])
        steps += 1

    assert reached == since + length or length == 0


@given(st.lists(st.integers(0, 10_000), max_size=100))
def test_a_stretch_is_never_shorter_than_a_slot_nor_longer_than_a_month(found: list[int]) -> None:
    sweep = Sweep(0, 1e12)

    for visits in found:
        sweep = sweep.after(visits)
        assert LEAST_S <= sweep.width_s <= MOST_S


def test_few_visits_lengthen_the_next_stretch_and_many_shorten_it() -> None:
    sweep = Sweep(0, 1e9)

    assert sweep.after(FEW - 1).width_s == 2 * FIRST_S
    assert sweep.after(FEW).width_s == FIRST_S
    assert sweep.after(MANY + 1).width_s == FIRST_S / 2
