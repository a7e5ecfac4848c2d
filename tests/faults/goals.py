"""What must be true of the whole suite, and was it? Each goal gathers figures of many cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCORE: Final = "fault_score"
"""Name of the property in which a test reports a figure."""


class Goal(StrEnum):
    """Which figure."""

    UNEXPLAINED = "unlocks without a cause in the audit"
    LOST = "acknowledged items lost"
    UNHEALED = "deaths of daemons not healed within 10 s"
    HEALED_S = "slowest healing of a killed daemon, s"
    BROKER_S = "slowest recovery after the broker's restart, s"
    OPEN_TOO_LONG = "openings that outlasted their hold"
    FLOOD_TIMES = "other doors' p99 verdict time under flood, times the quiet one"
    FLOOD_MB = "brain and those who look at pictures under flood, MB"
    FUZZ_MB = "brain and those who look at pictures under fuzz and bombs, MB"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is made of a goal's figures, and the most that may come of it."""

    of: Callable[[Iterable[float]], float]
    most: float


RULES: Final = {
    Goal.UNEXPLAINED: Rule(sum, 0),
    Goal.LOST: Rule(sum, 0),
    Goal.UNHEALED: Rule(sum, 0),
    Goal.HEALED_S: Rule(max, 10),
    Goal.BROKER_S: Rule(max, 10),
    Goal.OPEN_TOO_LONG: Rule(sum, 0),
    Goal.FLOOD_TIMES: Rule(max, 2),
    Goal.FLOOD_MB: Rule(max, 500),
    Goal.FUZZ_MB: Rule(max, 500),
}


COUNTS: Final = {
    "unexplained": Goal.UNEXPLAINED,
    "opened_by_them": Goal.UNEXPLAINED,
    "opened_by_it": Goal.UNEXPLAINED,
    "openings_meanwhile": Goal.UNEXPLAINED,
    "acknowledged_lost": Goal.LOST,
    "unaccounted": Goal.LOST,
    "events_lost": Goal.LOST,
    "not_healed_in_10_s": Goal.UNHEALED,
    "slowest_healed_s": Goal.HEALED_S,
    "after_the_broker_s": Goal.BROKER_S,
    "held_too_long": Goal.OPEN_TOO_LONG,
    "times_slower": Goal.FLOOD_TIMES,
    "flood_MB": Goal.FLOOD_MB,
    "fuzz_MB": Goal.FUZZ_MB,
}
"""A case's figures that go towards a goal, by the names under which `note` is told of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a goal came out; `reached` is None where no case measured it."""

    goal: Goal
    reached: float | None
    cases: int

    @property
    def met(self) -> bool:
        """Whether it is measured and kept."""
        return self.reached is not None and self.reached <= RULES[self.goal].most

    @property
    def verdict(self) -> str:
        """`ok`, `SHORT`, or that nothing measured it."""
        return "not measured" if self.reached is None else "ok" if self.met else "SHORT"


def standings(scores: Sequence[tuple[Goal, float]]) -> list[Standing]:
    """How each goal stands, after figures in any order."""
    found = []
    for goal, rule in RULES.items():
        figures = [figure for which, figure in scores if which is goal]
        reached = rule.of(figures) if figures else None
        found.append(Standing(goal, reached, len(figures)))
    return found
