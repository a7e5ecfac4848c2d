"""Which ways of telling the person at the door something may be set?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from doorbus.settings import Settings
from edge.device_settings import Pin, PinFactory


class NoIndicatorSettings(Settings):
    """Nobody is told anything."""

    kind: Literal["none"]


class LogIndicatorSettings(Settings):
    """Prompts go to the log."""

    kind: Literal["log"] = "log"


class LampSettings(Settings):
    """Lamps on pins, at least one of them.

    Attributes:
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        green: BCM number of the lamp that says "come in".
        red: of the one that says "no".
        white: of the one that says "the door wants something of you".
        active_high: whether a high pin lights them.
    """

    kind: Literal["lamps"]
    factory: PinFactory
    green: Pin | None = None
    red: Pin | None = None
    white: Pin | None = None
    active_high: bool = True

    @property
    def pins(self) -> dict[str, int]:
        """The pins in use, by lamp."""
        lamps = {"green": self.green, "red": self.red, "white": self.white}
        return {lamp: pin for lamp, pin in lamps.items() if pin is not None}

    @model_validator(mode="after")
    def _some(self) -> LampSettings:
        if not self.pins:
            raise ValueError("no lamp at all; set green, red or white to a pin")
        return self


class BuzzerSettings(Settings):
    """A buzzer that sounds by itself when it gets current.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        active_high: whether a high pin sounds it.
    """

    kind: Literal["buzzer"]
    pin: Pin
    factory: PinFactory
    active_high: bool = True


class WindowSettings(Settings):
    """A window on this machine's screen.

    Attributes:
        full_screen: whether it fills the screen.
    """

    kind: Literal["window"]
    full_screen: bool = True


class DisplaySettings(Settings):
    """A small display of 128x64 on the board's I2C bus.

    Attributes:
        kind: which controller it has.
        bus: number of the I2C bus; 1 is on GPIO2 and GPIO3.
        address: of the display, 60 (0x3c) or 61.
        upside_down: whether it is mounted so.
    """

    kind: Literal["ssd1306", "sh1106"]
    bus: int = Field(default=1, ge=0, le=20)
    address: int = Field(default=0x3C, ge=0x08, le=0x77)
    upside_down: bool = False


IndicatorChoice = Annotated[
    NoIndicatorSettings
    | LogIndicatorSettings
    | LampSettings
    | BuzzerSettings
    | WindowSettings
    | DisplaySettings,
    Field(discriminator="kind"),
]


def _one_or_several(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, dict) else value


IndicatorSettings = Annotated[
    tuple[IndicatorChoice, ...],
    BeforeValidator(_one_or_several),
    Field(min_length=1, max_length=8),
]
"""One, or a list of several that all show the same."""
