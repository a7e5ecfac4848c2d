"""What did each door say last, and what was it told?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from brain.core.freshness import Mark
from brain.core.standing import Standing, StandingOrder
from doorbus.messages import Verdict


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """What the brain remembers of a door.

    Attributes:
        epoch: its newest boot heard of; None before any message.
        last: the newest visit answered.
        verdict: the answer to it.
    """

    epoch: int | None = None
    last: Mark | None = None
    verdict: Verdict | None = None


class DoorLedger(Protocol):
    """What each door said last, and what it was told."""

    def get(self, door: str) -> DoorRecord:
        """The record of a door; an empty one for a door that never spoke."""
        ...

    def key(self, door: str) -> str | None:
        """The fingerprint of the key that a door has; None for a door that is not known yet."""
        ...

    def names(self) -> list[str]:
        """Every door that was ever known, by name."""
        ...

    def use_key(self, door: str, fingerprint: str) -> None:
        """Note which key a door has; with another key its epochs and visits begin anew."""
        ...

    def heard(self, door: str, epoch: int) -> None:
        """Keep the highest epoch."""
        ...

    def decided(self, door: str, mark: Mark, verdict: Verdict) -> None:
        """Keep the newest visit with its verdict."""
        ...

    def next_number(self, door: str) -> int:
        """A command number above all before."""
        ...


class SiteOrders(Protocol):
    """The newest order for several doors, at each of them."""

    def put(self, order: StandingOrder) -> None:
        """Keep the newest order of a door; it takes the place of the one before."""
        ...

    def waiting(self) -> list[StandingOrder]:
        """All that wait for a door, by the door's name."""
        ...

    def of(self, order: str) -> list[StandingOrder]:
        """One order at all doors where it is the newest, by the door's name."""
        ...

    def end(self, door: str, order: str | None, state: Standing, detail: str = "") -> bool:
        """Note what became of an order that waits for a door; False where none does.

        Args:
            door: which.
            order: which one; None for whichever.
            state: what became of it.
            detail: see `StandingOrder`.
        """
        ...
