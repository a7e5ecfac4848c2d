"""Which doors may still hold something of somebody who was removed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Erasure:
    """A door that has yet to confirm that it erased somebody.

    Attributes:
        resident: opaque id.
        door: which.
        enrolments: those that this door took pictures for.
        at: when the resident was removed, seconds since 1970.
    """

    resident: str
    door: str
    enrolments: tuple[str, ...]
    at: float


class Erasures(Protocol):
    """Who was removed, and which doors may still hold something of them."""

    def begin(self, erasure: Erasure) -> None:
        """Note that a door has to erase somebody."""
        ...

    def open(self, door: str | None = None) -> list[Erasure]:
        """Those that are not confirmed, of one door or of all, the oldest first."""
        ...

    def confirm(self, resident: str, door: str) -> bool:
        """A door has erased somebody; False where that was not waited for."""
        ...
