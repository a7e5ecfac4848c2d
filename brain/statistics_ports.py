"""What does the database keep for statistics, and how is the audit read by what is looked for?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from brain.core.scores import ScoreKind


@dataclass(frozen=True, slots=True)
class ScoreCount:
    """How many visits of a day had a score in one bin; of nobody in particular.

    Attributes:
        day: in the site's own time.
        encoder: whose scores; two encoders' are never mixed.
        kind: whose score it is.
        place: which bin, see `brain.core.scores`.
        visits: how many.
    """

    day: date
    encoder: str
    kind: ScoreKind
    place: int
    visits: int


class Scores(Protocol):
    """Histograms of scores, a day each."""

    def add(self, counts: Iterable[ScoreCount]) -> None:
        """Add these to what is counted."""
        ...

    def since(self, day: date) -> list[ScoreCount]:
        """Everything from that day on."""
        ...

    def forget_before(self, day: date) -> None:
        """Delete what is older."""
        ...


class Order(StrEnum):
    """Which entries of the audit come first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in the audit; None asks nothing.

    Attributes:
        since, until: seconds since 1970; `until` itself is left out.
        door, reason, resident, actor: exactly these.
        what: one of these; empty asks nothing.
        before: a smaller number than this.
        after: a larger one.
    """

    since: float | None = None
    until: float | None = None
    door: str | None = None
    reason: str | None = None
    what: Sequence[str] = ()
    resident: str | None = None
    actor: str | None = None
    before: int | None = None
    after: int | None = None
