"""How long did verdicts take in the last hour, and how many were they?"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 3600.0
"""Seconds that are looked back."""

MOST: Final = 20_000
"""Verdicts that are remembered at most; of a busier hour the newest."""


@dataclass(frozen=True, slots=True)
class Hour:
    """The verdicts of the last hour.

    Attributes:
        visits: how many.
        granted: how many of them let somebody in.
        p50, p99: seconds that half, and 99 of a hundred, did not exceed; None of no verdicts.
    """

    visits: int
    granted: int
    p50: float | None
    p99: float | None


class LastHour:
    """Remembers for each verdict when it was given, how long it took, and what it was."""

    def __init__(self) -> None:
        self._verdicts: deque[tuple[float, float, bool]] = deque(maxlen=MOST)

    def add(self, now: float, seconds: float, *, granted: bool) -> None:
        """One more, at `now` (monotonic seconds)."""
        self._verdicts.append((now, max(0.0, seconds), granted))

    def seen(self, now: float) -> Hour:
        """What they come to at `now`."""
        while self._verdicts and now - self._verdicts[0][0] > WINDOW_S:
            self._verdicts.popleft()
        times = sorted(seconds for _, seconds, _ in self._verdicts)
        granted = sum(let_in for _, _, let_in in self._verdicts)
        return Hour(len(times), granted, _nearest_rank(times, 0.5), _nearest_rank(times, 0.99))


def _nearest_rank(ordered: list[float], share: float) -> float | None:
    """The smallest value that at least that share of all does not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]
