"""Who did what when, and is the record whole?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from brain.core.audit_chain import Checked, Head
from brain.statistics_ports import Order, Wanted


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit: no name, no card, no score.

    Attributes:
        at: seconds since 1970.
        actor: `admin.alice`, `shared`, `brain`, or `door:<name>`.
        what: the operation or decision.
        resident: opaque id; stays when the resident is removed.
        door: where.
        reason: code or words.
    """

    at: float
    actor: str
    what: str
    resident: str | None = None
    door: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """What is kept beside a line about a visit, and not chained: it may be erased.

    Attributes:
        visit: its number at the door.
        evidence: what the door saw, as `brain.evidence` writes it; None without a face.
    """

    visit: int
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line as it is read.

    Attributes:
        number: of the line.
        entry: the line.
        seen: what is kept beside it; None where it is about no visit, or that is erased.
    """

    number: int
    entry: AuditEntry
    seen: SeenVisit | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines, the newest first.

    Attributes:
        lines: at most as many as were asked for.
        before: where to go on; None at the end.
    """

    lines: Sequence[Numbered]
    before: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of a quarter of an hour are alike.

    Attributes:
        at: when it began, seconds since 1970.
        what, reason, door: theirs.
        times: how many.
    """

    at: float
    what: str
    reason: str
    door: str | None
    times: int


class AuditLog(Protocol):
    """Grows only; each line is chained to the one before (`brain.core.audit_chain`)."""

    def append(self, entry: AuditEntry, seen: SeenVisit | None = None) -> None:
        """Add a line, and what is kept beside it."""
        ...

    def latest(self, limit: int) -> list[AuditEntry]:
        """The last lines, the newest first."""
        ...

    def about(self, resident: str, limit: int) -> list[AuditEntry]:
        """The last lines about one resident, the newest first."""
        ...

    def count_about(self, resident: str) -> int:
        """How many lines there are about one resident."""
        ...

    def find(
        self, wanted: Wanted, limit: int, order: Order = Order.NEWEST
    ) -> list[tuple[int, AuditEntry]]:
        """Some of those that are looked for, each with its number."""
        ...

    def page(self, wanted: Wanted, limit: int, within: int) -> AuditPage:
        """Some of those that are looked for, the newest first.

        Args:
            wanted: which; `after` means nothing here.
            limit: how many at most.
            within: how many lines of that time are looked at, at most.
        """
        ...

    def tally(self, wanted: Wanted) -> list[Tally]:
        """Those that are looked for, counted by quarter of an hour, deed, reason and door."""
        ...

    def forget_seen_before(self, at: float) -> int:
        """Delete what is kept beside lines of before a time, and say of how many."""
        ...

    def forget_seen_of(self, resident: str) -> int:
        """Delete what is kept beside lines about a resident, and say of how many."""
        ...

    def head(self) -> Head:
        """The end of the chain."""
        ...

    def check(self, noted: Head | None = None) -> Checked:
        """Go through the whole chain; `noted` is a head of it that was noted elsewhere."""
        ...
