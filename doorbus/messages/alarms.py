"""What does the brain call people for?"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from doorbus.messages.fields import DoorName, Id, Payload


class AlarmKind(StrEnum):
    """What somebody should look after now."""

    DURESS = "duress"
    WRONG_CODES = "wrong_codes"


class Alarm(Payload):
    """Somebody should look after something now. The door itself shows nothing of it.

    Attributes:
        what: the code.
        at: when, seconds since 1970; by the door's clock where the door told it.
        door: where; None where it is about the whole site.
        resident: whom it concerns, an opaque id; None where nobody is known.
    """

    kind: Literal["alarm"] = "alarm"
    # Not strict: JSON has texts only.
    what: AlarmKind = Field(strict=False)
    at: float = Field(ge=0, allow_inf_nan=False)
    door: DoorName | None = None
    resident: Id | None = None
