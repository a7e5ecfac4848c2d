"""What does the brain ask of its database about access rules?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from brain.core.access import Passback, Resident, Rule, Site, Standing
from doorbus.messages import Schedule


class AccessTables(Protocol):
    """Groups, schedules, holidays, rules, and where people are."""

    # --- all together ----------------------------------------------------------------------------

    def version(self) -> int:
        """Rises with every change of rules, of what they name, and of who belongs to a group.

        And of who is enabled, and of PINs: doors' caches hold those too.
        """
        ...

    def changed(self) -> None:
        """Raise the version."""
        ...

    def hold(self) -> None:
        """Have other brains wait until this transaction ends, before they hold too."""
        ...

    def site(self) -> Site:
        """Everything that administrators made known."""
        ...

    # --- groups of residents ---------------------------------------------------------------------

    def groups(self) -> dict[str, int]:
        """How many belong to each group, by name in order."""
        ...

    def add_group(self, group: str) -> None:
        """Make a group known; known before is harmless."""
        ...

    def drop_group(self, group: str) -> None:
        """Delete a group that no rule names."""
        ...

    def join(self, group: str, residents: Collection[str]) -> None:
        """Have residents belong to a group; belonging before is harmless."""
        ...

    def leave(self, group: str, residents: Collection[str]) -> None:
        """Have them belong to it no more."""
        ...

    def groups_of(self, resident: str) -> frozenset[str]:
        """The groups that one belongs to."""
        ...

    def memberships(self) -> dict[str, frozenset[str]]:
        """The groups of everybody who belongs to one, by resident."""
        ...

    def members(self, group: str, offset: int, limit: int) -> list[Resident]:
        """Some of those who belong to a group, in the order of their ids."""
        ...

    # --- what rules name -------------------------------------------------------------------------

    def doors_of(self, group: str) -> tuple[str, ...] | None:
        """The doors of a group of doors, in order; None for one that is not known."""
        ...

    def set_doors(self, group: str, doors: Collection[str]) -> None:
        """Make a group of doors known, or change it."""
        ...

    def drop_doors(self, group: str) -> None:
        """Delete a group of doors that no rule names."""
        ...

    def set_schedule(self, schedule: Schedule) -> None:
        """Make a schedule known, or change it."""
        ...

    def drop_schedule(self, schedule: str) -> None:
        """Delete a schedule that no rule names."""
        ...

    def holidays(self) -> dict[str, str]:
        """What each holiday is called, by date (`YYYY-MM-DD`) in order."""
        ...

    def add_holiday(self, day: str, name: str) -> None:
        """Make a holiday known that was none."""
        ...

    def drop_holiday(self, day: str) -> None:
        """Make it an ordinary day."""
        ...

    # --- rules -----------------------------------------------------------------------------------

    def add_rule(self, rule: Rule) -> int:
        """Add a rule and return its number; that of `rule` itself is of no matter."""
        ...

    def drop_rule(self, number: int) -> bool:
        """Delete a rule; False where there is none of this number."""
        ...

    # --- anti-passback ---------------------------------------------------------------------------

    def set_passback(self, area: Passback) -> None:
        """Watch an area, or change how."""
        ...

    def drop_passback(self, area: str) -> None:
        """Watch it no more, and forget who is where."""
        ...

    def standings(self, resident: str) -> dict[str, Standing]:
        """On which side of which area somebody is, by area."""
        ...

    def stand(self, resident: str, standings: Mapping[str, Standing]) -> None:
        """Note where somebody is, by area."""
        ...

    def forget_standings(self, resident: str, areas: Collection[str] | None = None) -> int:
        """Forget where somebody is, in all areas or some; of how many it was known."""
        ...

    # --- who came in first -----------------------------------------------------------------------

    def came_in(self, groups: Collection[str], day: str) -> dict[str, frozenset[str]]:
        """Doors at which somebody of these groups came in on a local date, by group."""
        ...

    def note_came_in(self, groups: Collection[str], door: str, day: str) -> None:
        """Note that somebody of these groups came in."""
        ...
