"""How often is a resident missed, and a stranger let in?

The words are those of ISO/IEC 19795-1 for open-set identification. FPIR: share of strangers' visits
whose best score is above the threshold. FNIR: share of residents' visits in which the best score is
another resident's, or not above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]

NOBODY = -np.inf
"""Score of a visit in which no face was found: below every threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one system made of one split.

    Attributes:
        mates: best score of each resident's visit, shape (visits,).
        right: whether the best score is the visitor's own, shape (visits,).
        strangers: best score of each stranger's visit, shape (strangers,).
    """

    mates: Figures
    right: NDArray[np.bool_]
    strangers: Figures

    @classmethod
    def of(cls, mates: Figures, who: Sequence[int], strangers: Figures) -> Outcome:
        """Read score tables, each of shape (visits, residents)."""
        best = mates.argmax(axis=1)
        scores = mates.max(axis=1)
        right = (best == np.asarray(who)) & (scores > NOBODY)
        return cls(scores, right, strangers.max(axis=1))

    @property
    def rank1(self) -> float:
        """Share of residents' visits in which the best score is their own."""
        return float(self.right.mean())

    def threshold(self, fpir: float) -> float:
        """The lowest threshold above which no more than this share of strangers lies."""
        falling = np.sort(self.strangers)[::-1]
        return float(falling[min(int(fpir * len(falling) + 1e-9), len(falling) - 1)])

    def fnir(self, fpir: float) -> float:
        """FNIR at the threshold of this FPIR."""
        return self.fnir_above(self.threshold(fpir))

    def fnir_above(self, threshold: float) -> float:
        """FNIR where scores above `threshold` are let in."""
        return float(1 - (self.right & (self.mates > threshold)).mean())

    def fpir_above(self, threshold: float) -> float:
        """Share of strangers above `threshold`."""
        return float((self.strangers > threshold).mean())

    def curve(self) -> tuple[Figures, Figures]:
        """FPIR and FNIR at every threshold at which FPIR changes, FPIR rising."""
        falling = np.sort(self.strangers[np.isfinite(self.strangers)])[::-1]
        let_in = np.arange(len(falling)) / len(self.strangers)
        own = np.sort(np.where(self.right, self.mates, NOBODY))
        missed = np.searchsorted(own, falling, side="right") / len(own)
        return let_in, np.asarray(missed, np.float64)


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure over resampled galleries.

    Attributes:
        mean: of all.
        low: 2.5 % of the resamplings are below.
        high: 2.5 % of the resamplings are above.
    """

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Interval:
        """The middle 95 % of `figures`."""
        low, high = np.quantile(np.asarray(figures), [0.025, 0.975]).tolist()
        return cls(float(np.mean(figures)), low, high)

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f} {self.high:.4f}]"


def better_share(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """In which share of pairs our error is the lower one; a tie counts as half."""
    a, b = np.asarray(ours), np.asarray(theirs)
    return float(((a < b) + 0.5 * (a == b)).mean())
