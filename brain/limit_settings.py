"""How often may one administrator ask for the same? The key `limits` of `brain.yaml`."""

from __future__ import annotations

from pydantic import Field

from brain.core.rates import Rate
from doorbus.messages import (
    Change,
    Enroll,
    Evacuate,
    Lockdown,
    Reenroll,
    Release,
    TakeDoorSnapshot,
    Unlock,
)
from doorbus.settings import Settings


class RateSettings(Settings):
    """How often something may be done.

    Attributes:
        burst: so many times at once.
        every_s: and then once in so many seconds.
    """

    burst: int = Field(ge=1, le=10_000)
    every_s: float = Field(gt=0, le=3600)


class LimitsSettings(Settings):
    """For each administrator; everybody on plain `admin/users` counts as one.

    Attributes:
        unlock: opening a door from afar.
        lockdown: lock-down, evacuation and release; one for all doors counts once.
        enrolment: enrolments at a door.
        snapshot: pictures on command.
    """

    unlock: RateSettings = RateSettings(burst=20, every_s=3)
    lockdown: RateSettings = RateSettings(burst=30, every_s=2)
    enrolment: RateSettings = RateSettings(burst=30, every_s=10)
    snapshot: RateSettings = RateSettings(burst=10, every_s=5)

    @property
    def rates(self) -> dict[str, Rate]:
        """For `brain.core.rates`, by `kind_of`."""
        kinds: dict[str, RateSettings] = {
            "unlock": self.unlock,
            "lockdown": self.lockdown,
            "enrolment": self.enrolment,
            "snapshot": self.snapshot,
        }
        return {kind: Rate(one.burst, one.every_s) for kind, one in kinds.items()}


def kind_of(request: Change) -> str | None:
    """Which limit a request falls under; None for one that has none."""
    match request:
        case Unlock():
            return "unlock"
        case Lockdown() | Evacuate() | Release():
            return "lockdown"
        case Enroll() | Reenroll() if request.source == "upload":
            return None  # nobody is kept waiting at a door
        case Enroll() | Reenroll():
            return "enrolment"
        case TakeDoorSnapshot():
            return "snapshot"
        case _:
            return None
