"""Which pages does the navigation offer to whom?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from console.words.marked import N_
from doorbus.messages.console import Role, lower

MOST_ON_A_PHONE: Final = 5
"""More places than that in a bar of 320 pixels are too narrow for a thumb."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the navigation leads to.

    Attributes:
        address: of the page.
        label: what it is called, to be translated.
        icon: of `icons.svg`.
        least: the role that may see it.
        primary: whether it has a place of its own on a phone; others stand under "More".
        also: where other pages of the same place begin.
    """

    address: str
    label: str
    icon: str
    least: Role
    primary: bool = True
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page belongs to this place."""
        return any(path == one or path.startswith(f"{one}/") for one in (self.address, *self.also))


_ALL: Final = (
    Entry("/doors", N_("Doors"), "door", Role.VIEWER, also=("/now", "/orders")),
    Entry("/people", N_("People"), "people", Role.PORTER),
    Entry("/enrol", N_("Enrol"), "enrol", Role.ADMINISTRATOR),
    Entry("/passes", N_("Passes"), "pass", Role.PORTER),
    Entry("/log", N_("Log"), "log", Role.VIEWER),
    Entry("/figures", N_("Figures"), "figures", Role.VIEWER),
    Entry("/rules", N_("Rules"), "rules", Role.PORTER),
    Entry("/import", N_("Import"), "import", Role.ADMINISTRATOR),
    Entry("/accounts", N_("Accounts"), "accounts", Role.ADMINISTRATOR),
)
_DEAREST: Final = ("/doors", "/people", "/enrol", "/log")


def entries(role: Role) -> tuple[Entry, ...]:
    """What somebody of that role is offered, in the order of the page."""
    allowed = [one for one in _ALL if lower(role, one.least) is one.least]
    if len(allowed) <= MOST_ON_A_PHONE:
        return tuple(allowed)
    return tuple(replace(one, primary=one.address in _DEAREST) for one in allowed)
