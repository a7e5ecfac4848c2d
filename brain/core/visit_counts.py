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
        granted_on, refused_on: by day, as `date.toordinal` has it, in the site's own time.
        granted_at, refused_at: by door.
        reasons: refusals by reason.
    """

    granted: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    granted_on: Counter[int] = field(default_factory=Counter)
    refused_on: Counter[int] = field(default_factory=Counter)
    granted_at: Counter[str] = field(default_factory=Counter)
    refused_at: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def days(self) -> int:
        """How many days had a verdict."""
        return len(self.granted_on | self.refused_on)

    @property
    def doors(self) -> Counter[str]:
        """Verdicts by door."""
        return self.granted_at + self.refused_at

    @property
    def visits(self) -> int:
        """All verdicts."""
        return self.granted.total() + self.refused.total()

    def add(
        self,
        at: float,
        what: str,
        reason: str,
        door: str | None,
        zone: tzinfo,
        *,
        times: int = 1,
    ) -> None:
        """A verdict of the audit, or some alike of one quarter of an hour.

        Args:
            at: seconds since 1970.
            what: one of `VERDICTS`.
            reason: why.
            door: where.
            zone: the site's own time.
            times: how many.
        """
        local = datetime.fromtimestamp(at, zone)
        day, where = local.date().toordinal(), door or "?"
        if what in LET_IN:
            self.granted[local.hour] += times
            self.granted_on[day] += times
            self.granted_at[where] += times
        else:
            self.refused[local.hour] += times
            self.refused_on[day] += times
            self.refused_at[where] += times
            # Behind the reason stands the number of the pass.
            self.reasons[reason.partition(" ")[0] if what == PASS_REFUSED else reason] += times
