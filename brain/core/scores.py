"""How are the scores of visits counted without saying whose they were?

A score is put into a bin of its day and its kind, and nothing else of the visit is kept with it: no
door, no resident, no hour. So a histogram tells how far residents and strangers are apart at this
site, and nothing of anybody.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from doorbus.messages import Decision, Reason
from matching.decision import Nearness

BINS: Final = 400
"""Bins between -1 and 1, a cosine's range: 0.005 each, as dlib's network needs it (0.9 to 1)."""


class ScoreKind(StrEnum):
    """Whose score was counted.

    `resident` and `other` come from the same visits, those let in: how near the faces were to the
    resident, and to the nearest of all others, for whom the visitor is a stranger. `unknown` is the
    best score of visits refused as unknown: strangers, and residents who were missed. `threshold`
    is what was asked of each of these visits.
    """

    RESIDENT = "resident"
    OTHER = "other"
    UNKNOWN = "unknown"
    THRESHOLD = "threshold"


def place(score: float) -> int:
    """The bin of a score: 0 for -1, BINS - 1 for 1."""
    return min(BINS - 1, max(0, math.floor((score + 1) / 2 * BINS)))


def middle(where: int) -> float:
    """The score in the middle of a bin."""
    return (where + 0.5) / BINS * 2 - 1


def counted(
    decision: Decision, reason: Reason, near: Nearness | None
) -> Iterator[tuple[ScoreKind, int]]:
    """What one visit adds: kind and bin of each score. Nothing where nobody was compared."""
    if near is None or not math.isfinite(near.best):
        return
    if decision is Decision.GRANT:
        yield ScoreKind.RESIDENT, place(near.best)
        if near.second is not None:
            yield ScoreKind.OTHER, place(near.second)
    elif reason is Reason.UNKNOWN:
        yield ScoreKind.UNKNOWN, place(near.best)
    else:
        return
    yield ScoreKind.THRESHOLD, place(near.threshold)


def share_from(counts: Counter[int], score: float) -> float:
    """The share of counted visits whose bin lies at or above the bin of a score; 0 of none."""
    total = counts.total()
    first = place(score)
    return sum(n for where, n in counts.items() if where >= first) / total if total else 0.0


def quantile(counts: Counter[int], share: float) -> float | None:
    """The score below which a share of the counted visits lies; None of none."""
    left = share * counts.total()
    for where in sorted(counts):
        left -= counts[where]
        if left <= 0 and counts[where]:
            return middle(where)
    return None
