"""How sure is a rate that was counted in a few trials?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """So many out of so many.

    Attributes:
        count: how often it happened.
        trials: how often it could have.
    """

    count: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.trials:
            raise ValueError(f"{self.count} of {self.trials} is no rate")

    @property
    def share(self) -> float:
        """Count over trials; not a number without trials."""
        return self.count / self.trials if self.trials else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true rate lies with 95 % confidence, as `exact` has it; 0 to 1 untried."""
        return exact(self.count, self.trials) if self.trials else (0.0, 1.0)

    def __str__(self) -> str:
        """Share and interval in percent; of zero, what the rule of three says."""
        if not self.trials:
            return "not tried"
        if not self.count:
            return f"0 % (under {100 * rule_of_three(self.trials):.1f} %, rule of three)"
        low, high = self.interval
        return f"{100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


def exact(count: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided interval of a binomial rate (Clopper & Pearson 1934).

    Args:
        count: how often it happened.
        trials: how often it could have, at least 1.
        confidence: 0.95 leaves 2.5 % on each side.
    """
    rest = (1 - confidence) / 2
    low = 0.0 if count == 0 else _root(lambda p: 1 - at_most(count - 1, trials, p) - rest)
    high = 1.0 if count == trials else _root(lambda p: rest - at_most(count, trials, p))
    return low, high


def rule_of_three(trials: int) -> float:
    """The rate that no failure in `trials` supports at 95 %, one-sided: 3 / n (Hanley 1983)."""
    return min(1.0, 3 / trials)


def at_most(count: int, trials: int, rate: float) -> float:
    """Probability of at most `count` in `trials` at a rate between 0 and 1."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return float(count >= trials)
    # By logarithms: the factors alone leave the range of floats at a thousand trials.
    terms = (
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(rate)
        + (trials - k) * math.log1p(-rate)
        for k in range(count + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _root(rising: Callable[[float], float]) -> float:
    """Where a function that rises from 0 to 1 crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
