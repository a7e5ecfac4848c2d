"""Bars are as long as their numbers, within the chart, and its scale has round numbers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.bars import ceiling, columns, marks, share

COUNTS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=92)


@given(COUNTS)
def test_every_bar_is_within_the_chart_and_as_high_as_its_number(
    counts: list[tuple[int, int]],
) -> None:
    chart = columns(counts)
    top = ceiling(max(map(sum, counts)))

    assert len(chart.bars) == len(counts)
    for bar, (granted, refused) in zip(chart.bars, counts, strict=True):
        assert bar.x >= 0
        assert bar.x + bar.width <= chart.width + 0.02
        assert bar.refused_y >= -0.02
        assert bar.granted_height == pytest.approx(chart.height * granted / top, abs=0.01)
        assert bar.refused_height == pytest.approx(chart.height * refused / top, abs=0.01)
        assert bar.granted_y + bar.granted_height == pytest.approx(chart.height, abs=0.02)
        assert bar.refused_y + bar.refused_height == pytest.approx(bar.granted_y, abs=0.03)


@given(COUNTS)
def test_bars_stand_beside_each_other_and_never_over(counts: list[tuple[int, int]]) -> None:
    bars = columns(counts).bars

    for left, right in itertools.pairwise(bars):
        assert left.x + left.width <= right.x + 0.02


@given(st.integers(0, 10**12))
def test_the_scale_ends_at_a_round_number_that_is_not_far_above(most: int) -> None:
    top = ceiling(most)

    assert top >= max(1, most)
    assert str(top).rstrip("0") in {"1", "2", "5"}
    assert most <= 1 or top < 2.5 * most


@pytest.mark.parametrize(("top", "numbers"), [(1, (0, 1)), (2, (0, 1, 2)), (5, (0, 5))])
def test_only_whole_numbers_stand_at_the_side(top: int, numbers: tuple[int, ...]) -> None:
    assert marks(top) == numbers


def test_the_longest_bar_that_lies_has_the_whole_width() -> None:
    assert (share(4, 4), share(1, 4), share(0, 0)) == (100.0, 25.0, 0.0)
