"""What may be set of a door's wires, and of the hours in which it stands open by itself?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from doorbus.messages.schedules import MOST_WINDOWS, Window
from doorbus.settings import FilePath, Settings
from edge.core.office import OfficeRule
from edge.device_settings import Pin, PinFactory

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Settling = Annotated[float, Field(ge=0.02, le=5, allow_inf_nan=False)]


class _GpioWire(Settings):
    """A contact on a pin.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        normally: how the contact is while nothing happens; with `closed` a cut wire counts as
            active.
        pull: `up` for a contact to ground, `down` for one to 3.3 V.
    """

    kind: Literal["gpio"]
    pin: Pin
    factory: PinFactory
    normally: Literal["closed", "open"] = "closed"
    pull: Literal["up", "down"] = "up"


class _SimulatedWire(Settings):
    """A key of a file; refused beside a real lock.

    Attributes:
        source: the file; what it holds: `edge.adapters.senses_file`.
    """

    kind: Literal["simulated"]
    source: FilePath


class _Contact(Settings):
    """Attributes of any door contact.

    Attributes:
        settle_s: seconds that it must show the same until it counts.
        held_open_s: seconds that the door may stand open.
        forced: whether an opening that nothing explains is told; false where people leave by a
            handle that no exit contact sees.
    """

    settle_s: Settling = 0.06
    held_open_s: Seconds = 30
    forced: bool = True


class _Exit(Settings):
    """Attributes of any exit button.

    Attributes:
        settle_s: seconds that it must show the same until it counts.
        explains_s: seconds after it in which an opening is an exit.
    """

    settle_s: Settling = 0.04
    explains_s: Seconds = 10


class _Tamper(Settings):
    """Attributes of any tamper switch: how long it must show the same until it counts."""

    settle_s: Settling = 0.2


class _Fire(Settings):
    """Attributes of any fire alarm: how long it must show the same until it counts."""

    settle_s: Settling = 0.1


class GpioContact(_GpioWire, _Contact):
    """A door contact on a pin."""


class SimulatedContact(_SimulatedWire, _Contact):
    """A door contact in a file."""


class GpioExit(_GpioWire, _Exit):
    """The second contact of the exit button, on a pin."""

    normally: Literal["closed", "open"] = "open"


class SimulatedExit(_SimulatedWire, _Exit):
    """An exit button in a file."""


class GpioTamper(_GpioWire, _Tamper):
    """A tamper switch on a pin."""


class SimulatedTamper(_SimulatedWire, _Tamper):
    """A tamper switch in a file."""


class GpioFire(_GpioWire, _Fire):
    """The fire alarm's contact on a pin."""


class SimulatedFire(_SimulatedWire, _Fire):
    """A fire alarm in a file."""


ContactSettings = Annotated[GpioContact | SimulatedContact, Field(discriminator="kind")]
ExitSettings = Annotated[GpioExit | SimulatedExit, Field(discriminator="kind")]
TamperSettings = Annotated[GpioTamper | SimulatedTamper, Field(discriminator="kind")]
FireSettings = Annotated[GpioFire | SimulatedFire, Field(discriminator="kind")]
WireSettings = (
    GpioContact
    | SimulatedContact
    | GpioExit
    | SimulatedExit
    | GpioTamper
    | SimulatedTamper
    | GpioFire
    | SimulatedFire
)


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class OfficeSettings(Settings):
    """The hours in which the door stands open by itself.

    Attributes:
        windows: of the week, in the site's time zone; none means never.
        first_person: it opens only after the first grant of a window.
        holidays: days on which only windows that list `holiday` count.
    """

    windows: Annotated[
        tuple[Window, ...], BeforeValidator(_listed), Field(max_length=MOST_WINDOWS)
    ] = ()
    first_person: bool = True
    holidays: frozenset[date] = frozenset()

    @property
    def rule(self) -> OfficeRule:
        """The figures for `edge.core.office`."""
        return OfficeRule(self.windows, self.first_person, self.holidays)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "not a time zone that this machine knows; use a name such as Europe/Berlin, and "
            "install tzdata"
        ) from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the time zone database, such as `Europe/Berlin`."""
