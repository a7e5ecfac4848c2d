"""Which requests that change something came before, and how were they answered?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request that came before.

    Attributes:
        digest: of the request, so that another one under the same transaction is told apart.
        response: the answer as JSON; None while it is being carried out.
    """

    digest: str
    response: str | None


class Transactions(Protocol):
    """Requests that change something, with their answers."""

    def find(self, principal: str, transaction: str) -> Remembered | None:
        """What is known of a transaction."""
        ...

    def begin(self, principal: str, transaction: str, digest: str, at: float) -> None:
        """Note a new one, not answered yet."""
        ...

    def answer(self, principal: str, transaction: str, response: str) -> None:
        """Keep the answer."""
        ...

    def pending(self) -> list[tuple[str, str]]:
        """Principal and transaction of all that are not answered."""
        ...
