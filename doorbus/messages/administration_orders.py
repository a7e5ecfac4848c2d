"""What may administrators have doors do at once?"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from doorbus.messages.change import Change
from doorbus.messages.fields import DoorName, Text

ALL_DOORS: Final = "all"
"""Every door of the site, in the place of a group's name; no group is called so."""

DoorsName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""A group of doors, or `all`."""


class Unlock(Change):
    """Open a door from afar."""

    op: Literal["unlock"]
    door: DoorName
    reason: Text = ""
    hold_s: float | None = Field(default=None, gt=0, le=60, allow_inf_nan=False)


class _Standing(Change):
    """An order for one door or for several; for several it waits for those that are away.

    Attributes:
        door: one door.
        doors: `all`, or the name of a group of doors.
        reason: for the audit.
    """

    door: DoorName | None = None
    doors: DoorsName | None = None
    reason: Text = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> _Standing:
        if (self.door is None) == (self.doors is None):
            raise ValueError("give `door`, or `doors` (`all`, or a group of doors)")
        return self


class Lockdown(_Standing):
    """Keep a door shut, whoever comes, until `release`."""

    op: Literal["lockdown"]


class Evacuate(_Standing):
    """Hold a door open until `release`."""

    op: Literal["evacuate"]


class Release(_Standing):
    """End `lockdown` and `evacuate`."""

    op: Literal["release"]


class TakeDoorSnapshot(Change):
    """Have a door publish one picture."""

    op: Literal["snapshot"]
    door: DoorName
