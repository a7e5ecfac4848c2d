"""Which adapters does the configuration name for wires and indicators? For `__main__` alone."""

from __future__ import annotations

from collections.abc import Mapping

from edge.adapters.indicator_buzzer import BuzzerIndicator
from edge.adapters.indicator_display import DisplayIndicator, luma_device
from edge.adapters.indicator_lamps import LampIndicator
from edge.adapters.indicator_log import LogIndicator
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.indicator_window import WindowIndicator
from edge.adapters.input_gpio import GpioInput
from edge.adapters.senses_file import SimulatedInput
from edge.config import EdgeSettings
from edge.core.senses import Sense
from edge.indicator_settings import (
    BuzzerSettings,
    DisplaySettings,
    IndicatorChoice,
    LampSettings,
    LogIndicatorSettings,
    NoIndicatorSettings,
    WindowSettings,
)
from edge.indicators import Indicators
from edge.ports import Indicator, Input
from edge.sense_settings import WireSettings
from edge.senses import SenseWire


def wires(settings: EdgeSettings) -> Mapping[Sense, SenseWire]:
    """What the door feels; nothing of it started."""
    return {
        Sense(name): SenseWire(_input(Sense(name), wire), wire.settle_s)
        for name, wire in settings.wires.items()
    }


def indicators(settings: EdgeSettings) -> Indicator:
    """Where prompts go, as one; not started."""
    return Indicators([_indicator(choice) for choice in settings.indicator])


def _input(sense: Sense, wire: WireSettings) -> Input:
    if wire.kind == "gpio":
        return GpioInput(wire.pin, wire.factory, normally=wire.normally, pull=wire.pull)
    return SimulatedInput(wire.source, sense)


def _indicator(choice: IndicatorChoice) -> Indicator:
    match choice:
        case NoIndicatorSettings():
            return NoIndicator()
        case LogIndicatorSettings():
            return LogIndicator()
        case LampSettings():
            return LampIndicator(choice.pins, choice.factory, active_high=choice.active_high)
        case BuzzerSettings():
            return BuzzerIndicator(choice.pin, choice.factory, active_high=choice.active_high)
        case WindowSettings():
            return WindowIndicator(full_screen=choice.full_screen)
        case DisplaySettings():
            return DisplayIndicator(
                luma_device(choice.kind, choice.bus, choice.address, upside_down=choice.upside_down)
            )
