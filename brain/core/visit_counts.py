"""When were people let in, and why not? Counted from the audit's verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from doorbus.messages import Decision, EventKind

# `pass` in the audit is an administrator who issues one.
LET_IN = frozenset(
    {Decision.GRANT.value, EventKind.AWAY_GRANTED.value, EventKind.CODE.value, "pass_used"}
)
PASS_REFUSED = EventKind.PASS_REFUSED.value
REFUSED = frozenset({Decision.DENY.value, EventKind.AWAY_DENIED.value, PASS_REFUSED})

VERDICTS = tuple(sorted(LET_IN | REFUSED))
"""What of the audit is a verdict: the brain's, or a door's own on a pass or while it was away."""


@dataclass(slots=True)
class VisitCounts:
    """Verdicts of some time.

    Attributes:
        granted: by hour of the day, 0 to 23, in the site's own time.
        refused: the same.
        reasons: refusals by reason.
        doors: verdicts by door.
        days: how many days had any.
    """

    granted: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
    _days: set[int] = field(default_factory=set)

    @property
    def days(self) -> int:
        """How many days had a verdict."""
        return len(self._days)

    @property
    def visits(self) -> int:
        """All verdicts."""
        return self.granted.total() + self.refused.total()

    def add(self, at: float, what: str, reason: str, door: str | None, zone: tzinfo) -> None:
        """One verdict of the audit.

        Args:
            at: seconds since 1970.
            what: one of `VERDICTS`.
            reason: why.
            door: where.
            zone: the site's own time.
        """
        local = datetime.fromtimestamp(at, zone)
        self._days.add(local.date().toordinal())
        self.doors[door or "?"] += 1
        if what in LET_IN:
            self.granted[local.hour] += 1
        else:
            self.refused[local.hour] += 1
            # Behind the reason stands the number of the pass.
            self.reasons[reason.partition(" ")[0] if what == PASS_REFUSED else reason] += 1
