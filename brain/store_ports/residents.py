"""Who may be recognised, and how are they asked for?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from brain.core.access import Resident
from doorbus.messages import EnrolmentState


@dataclass(frozen=True, slots=True)
class Selection:
    """Which residents are meant; what is None narrows nothing down.

    Attributes:
        name: a part of the name; capital or small does not matter.
        card: some digits of the card, in a row.
        enabled: let in at all, or not.
        among: opaque ids of which they are.
        outside: opaque ids of which they are not.
    """

    name: str | None = None
    card: str | None = None
    enabled: bool | None = None
    among: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()


EVERYBODY = Selection()


class Residents(Protocol):
    """The people."""

    def add(self, resident: Resident) -> None:
        """Make somebody known; the card must be free."""
        ...

    def by_card(self, card: str) -> Resident | None:
        """Who has this card."""
        ...

    def by_id(self, resident: str) -> Resident | None:
        """Who has this opaque id."""
        ...

    def page(
        self, offset: int, limit: int, which: Selection = EVERYBODY
    ) -> list[tuple[Resident, EnrolmentState | None]]:
        """Some of them by name, each with the state of the latest enrolment."""
        ...

    def count(self, which: Selection = EVERYBODY) -> int:
        """How many there are."""
        ...

    def rename(self, resident: str, name: str, card: str) -> None:
        """Give somebody this name and card; the card must be free or theirs."""
        ...

    def enabled(self) -> frozenset[str]:
        """Opaque ids of all who are not disabled."""
        ...

    def set_enabled(self, resident: str, *, enabled: bool) -> None:
        """Let somebody in, or keep them out."""
        ...

    def erase(self, resident: str) -> None:
        """Delete the person with templates and enrolments."""
        ...
