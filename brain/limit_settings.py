"""How often may one administrator ask for the same? The key `limits` of `brain.yaml`."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from brain.core.rates import Rate
from doorbus.messages import (
    Change,
    Enroll,
    Evacuate,
    Lockdown,
    Note,
    Reenroll,
    Release,
    TakeDoorSnapshot,
    Unlock,
)
from doorbus.settings import Settings

NOTE: Final = "note"
CHANGE: Final = "change"


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
        console: all accounts of one console together may do each of these so many times as often
            as one: whoever takes a console over can invent accounts.
        note: of one console: what it has noted, and changes that its accounts may not make.
        change: of one console: every other change; far more than an import of thousands makes.
    """

    unlock: RateSettings = RateSettings(burst=20, every_s=3)
    lockdown: RateSettings = RateSettings(burst=30, every_s=2)
    enrolment: RateSettings = RateSettings(burst=30, every_s=10)
    snapshot: RateSettings = RateSettings(burst=10, every_s=5)
    console: int = Field(default=5, ge=1, le=1000)
    note: RateSettings = RateSettings(burst=120, every_s=2)
    change: RateSettings = RateSettings(burst=10_000, every_s=0.1)

    @property
    def rates(self) -> dict[str, Rate]:
        """For `brain.core.rates`, by `kind_of` and `console_kind_of`."""
        kinds: dict[str, RateSettings] = {
            "unlock": self.unlock,
            "lockdown": self.lockdown,
            "enrolment": self.enrolment,
            "snapshot": self.snapshot,
        }
        rates = {kind: Rate(one.burst, one.every_s) for kind, one in kinds.items()}
        many = self.console
        together = {
            _of_console(kind): Rate(one.burst * many, one.every_s / many)
            for kind, one in rates.items()
        }
        own = {NOTE: self.note, CHANGE: self.change}
        return {
            **rates,
            **together,
            **{kind: Rate(one.burst, one.every_s) for kind, one in own.items()},
        }


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


def console_kind_of(request: Change) -> str:
    """Which limit of all accounts of a console together a request falls under."""
    kind = kind_of(request)
    if kind is not None:
        return _of_console(kind)
    return NOTE if isinstance(request, Note) else CHANGE


def _of_console(kind: str) -> str:
    return f"{kind} by all accounts"
