"""What does the brain ask of its database about PINs and passes?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from doorbus.messages import Pass


@dataclass(frozen=True, slots=True)
class PinOwner:
    """Whose PIN it is.

    Attributes:
        resident: opaque id.
        duress: it is the one that calls for help.
    """

    resident: str
    duress: bool


@dataclass(frozen=True, slots=True)
class PinHashes:
    """A resident's PINs as `doorbus.pins` makes them; `duress` is empty where there is none."""

    pin: bytes
    duress: bytes = b""


class PinTaken(Exception):  # noqa: N818  # reads as what happened
    """A PIN that opens alone is another resident's."""


class Pins(Protocol):
    """PINs of residents, sealed."""

    def keep(self, resident: str, pin: str, duress: str | None, at: float) -> None:
        """Set a resident's PINs in the place of those before. Raises `PinTaken`."""
        ...

    def drop(self, resident: str) -> bool:
        """Delete them; whether there were any."""
        ...

    def has(self, resident: str) -> bool:
        """Whether one has a PIN."""
        ...

    def owner(self, pin: str) -> PinOwner | None:
        """Whose PIN this is, of those that open alone."""
        ...

    def check(self, resident: str, pin: str) -> PinOwner | None:
        """The resident, where it is a PIN of theirs."""
        ...

    def hashes(self) -> Iterator[tuple[str, PinHashes]]:
        """Every resident with a PIN."""
        ...


@dataclass(frozen=True, slots=True)
class VisitorPass:
    """A pass, and what became of it.

    Attributes:
        content: what was signed.
        name: whose.
        used: how often doors told that it opened.
        revoked: no door takes it any more.
        issued: when, seconds since 1970.
    """

    content: Pass
    name: str
    used: int
    revoked: bool
    issued: float


class Passes(Protocol):
    """Visitors' passes; names are sealed under a key of each pass."""

    def add(self, new: VisitorPass) -> None:
        """Keep one."""
        ...

    def by_id(self, pass_id: str) -> VisitorPass | None:
        """One by its id."""
        ...

    def page(self, offset: int, limit: int, *, now: float) -> list[VisitorPass]:
        """Some that have not ended, the newest first."""
        ...

    def count(self, *, now: float) -> int:
        """How many have not ended."""
        ...

    def revoked(self, *, now: float) -> list[Pass]:
        """Those that no door may take, and that have not ended by themselves."""
        ...

    def revoke(self, pass_id: str) -> None:
        """Have no door take one."""
        ...

    def use(self, pass_id: str) -> int:
        """A door opened for one; how often doors did so by now."""
        ...

    def forget(self, *, ended_before: float) -> int:
        """Delete those that ended before then, and their keys with them; how many they were."""
        ...
