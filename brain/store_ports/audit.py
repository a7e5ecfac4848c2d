"""Who did what when, and is the record whole?"""

from __future__ import annotations

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


class AuditLog(Protocol):
    """Grows only; each line is chained to the one before (`brain.core.audit_chain`)."""

    def append(self, entry: AuditEntry) -> None:
        """Add a line."""
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

    def head(self) -> Head:
        """The end of the chain."""
        ...

    def check(self, noted: Head | None = None) -> Checked:
        """Go through the whole chain; `noted` is a head of it that was noted elsewhere."""
        ...
