"""How long is each bar of a chart, and where does it stand?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart with columns; all in the chart's own units, from its top left.

    Attributes:
        x: of its left edge.
        width: of it.
        granted_y, granted_height: of its lower part.
        refused_y, refused_height: of its upper part.
    """

    x: float
    width: float
    granted_y: float
    granted_height: float
    refused_y: float
    refused_height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart with a column for each hour or day.

    Attributes:
        width, height: of the plane of the columns.
        bars: one for each pair of numbers.
        lines: the heights at which a number stands at the side, and which: from the bottom up.
    """

    width: float
    height: float
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]


def columns(
    counts: Sequence[tuple[int, int]], width: float = 720.0, height: float = 160.0
) -> Columns:
    """Let in below, refused on top.

    Args:
        counts: how many of each, from left to right.
        width: of the plane.
        height: of it.
    """
    top = ceiling(max((granted + refused for granted, refused in counts), default=0))
    step = width / max(1, len(counts))
    gap = min(step * 0.2, 6.0)
    bars = []
    for place, (granted, refused) in enumerate(counts):
        low = height * granted / top
        high = height * refused / top
        bars.append(
            Bar(
                x=round(place * step + gap / 2, 2),
                width=round(step - gap, 2),
                granted_y=round(height - low, 2),
                granted_height=round(low, 2),
                refused_y=round(height - low - high, 2),
                refused_height=round(high, 2),
            )
        )
    lines = tuple((round(height * (1 - mark / top), 2), mark) for mark in marks(top))
    return Columns(width, height, tuple(bars), lines)


def ceiling(most: int) -> int:
    """The least number of the form 1, 2, 5, 10, 20, ... that nothing rises above; at least 1."""
    if most <= 1:
        return 1
    power: int = 10 ** math.floor(math.log10(most))
    # Where the logarithm was off by a rounding, the next power has it.
    return next(
        step * scale for scale in (power, 10 * power) for step in STEPS if step * scale >= most
    )


def marks(top: int) -> tuple[int, ...]:
    """Which numbers stand at the side: nothing, half where that is a whole number, and the top."""
    return (0, top // 2, top) if top % 2 == 0 else (0, top)


def share(number: int, most: int, width: float = 100.0) -> float:
    """How long a bar that lies is, where the longest has the whole width."""
    return round(width * number / most, 2) if most else 0.0
