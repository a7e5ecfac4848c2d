"""What is a visitor's pass, and what may administrators and the brain do with passes?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from doorbus.messages.administration_orders import DoorsName
from doorbus.messages.change import Change
from doorbus.messages.fields import Counter, DoorName, Payload, PersonName, Transaction

MOST_PASS_DOORS: Final = 8
"""Most doors that one pass names: more would make a QR code that no door's camera reads."""

MOST_PASS_USES: Final = 1000
MOST_PASS_DAYS: Final = 366
"""Most days from the beginning of a pass to its end."""

MOST_REVOKED: Final = 20_000
"""Most passes that a door is told not to take; the brain refuses to issue more at a time."""

PassId = Annotated[str, StringConstraints(pattern=r"^p-[0-9a-f]{16}$")]
"""A pass: opaque, unique for ever."""

LocalMoment = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$")
]
"""`YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, by the clocks on the site's walls."""

Instant = Annotated[int, Field(ge=0, le=253_402_300_799)]
"""Seconds since 1970, UTC, up to the year 9999."""


class Pass(Payload):
    """What the brain signs: see `doorbus.passes` for its form in a QR code.

    Attributes:
        id: which pass.
        doors: where it opens; every door of the site where none is named.
        valid_from: from when, inclusive.
        valid_until: until when, exclusive.
        uses: how often, at each door.
    """

    id: PassId
    doors: tuple[DoorName, ...] = Field(max_length=MOST_PASS_DOORS)
    valid_from: Instant
    valid_until: Instant
    uses: int = Field(ge=1, le=MOST_PASS_USES)


class PassRefusal(StrEnum):
    """Why a door did not take a pass; a code, stable for machines."""

    FORGED = "forged"
    OTHER_DOOR = "other_door"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"
    REVOKED = "revoked"
    CLOCK_UNSURE = "clock_unsure"
    AWAY = "away"
    SHUT = "shut"
    NOT_KEPT = "not_kept"


class IssuePass(Change):
    """Have the brain sign a pass.

    Attributes:
        name: whose it is, or what for; nobody but administrators ever sees it.
        door: the one door that it opens, or ...
        doors: ... a group of doors, or `all`.
        valid_from: `from`; now where it is left out.
        valid_until: `until`; of a date alone, the end of that day.
        uses: how often it opens each of its doors, and all of them together.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    op: Literal["pass"]
    name: PersonName
    door: DoorName | None = None
    doors: DoorsName | None = None
    valid_from: LocalMoment | None = Field(default=None, alias="from")
    valid_until: LocalMoment = Field(alias="until")
    uses: int = Field(default=1, ge=1, le=MOST_PASS_USES)

    @model_validator(mode="after")
    def _one_of_them(self) -> IssuePass:
        if (self.door is None) == (self.doors is None):
            raise ValueError("give `door`, or `doors` (`all`, or a group of doors)")
        return self


class ListPasses(Payload):
    """The passes that have not ended, the newest first; with `pass`, that one and its code."""

    model_config = ConfigDict(serialize_by_alias=True)

    op: Literal["passes"]
    transaction: Transaction | None = None
    pass_id: PassId | None = Field(default=None, alias="pass")
    offset: Counter = 0
    limit: int = Field(default=100, ge=1, le=1000)


class RevokePass(Change):
    """Have no door take a pass any more; a door that is away learns it when it is back."""

    model_config = ConfigDict(serialize_by_alias=True)

    op: Literal["unpass"]
    pass_id: PassId = Field(alias="pass")


class RevokedPasses(Payload):
    """A command: all passes that no door may take; replaces what the door was told before.

    Attributes:
        number: as in every command.
        revoked: those that have not ended by themselves.
    """

    kind: Literal["passes"] = "passes"
    number: Counter
    revoked: tuple[PassId, ...] = Field(max_length=MOST_REVOKED)
