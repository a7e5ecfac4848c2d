"""Which adapters does the configuration name for each device? For `__main__` alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from edge import code_settings, device_settings
from edge.adapters.camera_cv2 import Cv2Camera
from edge.adapters.camera_scene import SceneCamera
from edge.adapters.indicator_buzzer import BuzzerIndicator
from edge.adapters.indicator_display import DisplayIndicator, luma_device
from edge.adapters.indicator_lamps import LampIndicator
from edge.adapters.indicator_log import LogIndicator
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.indicator_window import WindowIndicator
from edge.adapters.input_gpio import GpioInput
from edge.adapters.passes_camera import CameraPassReader
from edge.adapters.passes_none import NoPassReader
from edge.adapters.presence_always import AlwaysPresent
from edge.adapters.presence_gpio import GpioPresence
from edge.adapters.presence_motion import MotionPresence
from edge.adapters.reader_evdev import EvdevReader
from edge.adapters.reader_none import NoReader
from edge.adapters.reader_simulated import SimulatedReader
from edge.adapters.senses_file import SimulatedInput
from edge.adapters.wall_clock_kernel import KernelWallClock
from edge.adapters.wall_clock_simulated import SimulatedWallClock
from edge.adapters.wall_clock_system import SystemWallClock
from edge.code_ports import CodeReader, PassReader
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
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
from edge.ports import Camera, Indicator, Input, Presence
from edge.sense_settings import WireSettings
from edge.senses import SenseWire
from edge.wall_clock import WallClock


def camera(settings: EdgeSettings) -> Camera:
    """Where pictures come from; not started."""
    match settings.camera:
        case device_settings.DeviceCamera() as chosen:
            return Cv2Camera(chosen.source, size=(chosen.width, chosen.height), fps=chosen.fps)
        case device_settings.RtspCamera() as chosen:
            return Cv2Camera(chosen.source)
        case device_settings.FileCamera() as chosen:
            return Cv2Camera(
                chosen.source,
                pacing=chosen.pace,
                loop=chosen.loop,
                first=chosen.first,
                last=chosen.last,
            )
        case device_settings.SceneCamera() as chosen:
            return SceneCamera(
                chosen.source,
                pacing=chosen.pace,
                size=(chosen.width, chosen.height),
                fps=chosen.fps,
            )


def presence(settings: EdgeSettings) -> Presence:
    """What wakes the door; not started."""
    match settings.presence:
        case device_settings.MotionPresence():
            return MotionPresence()
        case device_settings.GpioPresence() as chosen:
            return GpioPresence(chosen.pin, chosen.factory, active_high=chosen.active_high)
        case device_settings.AlwaysPresence():
            return AlwaysPresent()


def lock(settings: EdgeSettings) -> LockProcess:
    """The edge's end of the lock; not started."""
    match settings.lock:
        case device_settings.SimulatedLock() as chosen:
            return LockProcess(
                ActuatorChoice(
                    "simulated",
                    ledger=_in_a_folder(settings.ledger),
                    rests_open=chosen.rests_open,
                    longest_hold=chosen.longest_hold_s,
                )
            )
        case device_settings.GpioLock() as chosen:
            return LockProcess(
                ActuatorChoice(
                    "gpio",
                    pin=chosen.pin,
                    factory=chosen.factory,
                    active_high=chosen.active_high,
                    rests_open=chosen.rests_open,
                    longest_hold=chosen.longest_hold_s,
                )
            )


def reader(settings: EdgeSettings) -> CodeReader:
    """What takes cards and PINs; not started."""
    match settings.reader:
        case code_settings.EvdevReaderSettings() as chosen:
            return EvdevReader(chosen.device)
        case code_settings.SimulatedReaderSettings() as chosen:
            return SimulatedReader(chosen.source)
        case code_settings.NoReaderSettings():
            return NoReader()


def pass_reader(settings: EdgeSettings) -> PassReader:
    """What reads passes in pictures; not started."""
    return CameraPassReader() if settings.passes.kind == "camera" else NoPassReader()


def wall_clock(settings: EdgeSettings) -> WallClock:
    """Date and time, as far as they may be believed."""
    match settings.clock:
        case device_settings.KernelWallClock():
            return KernelWallClock(settings.state_dir / "clock-set")
        case device_settings.SystemWallClock():
            return SystemWallClock()
        case device_settings.SimulatedWallClock() as chosen:
            return SimulatedWallClock(chosen.source)


def _in_a_folder(ledger: Path) -> Path:
    # What cannot be made here is told by whoever needs it: the ledger, or the state folder.
    with suppress(OSError):
        ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return ledger


def wires(settings: EdgeSettings) -> Mapping[Sense, SenseWire]:
    """What the door feels; nothing of it started."""
    return {
        Sense(name): SenseWire(_input(Sense(name), wire), wire.settle_s)
        for name, wire in settings.wires.items()
    }


def indicators(settings: EdgeSettings, *, strict: bool = False) -> Indicator:
    """Where prompts go, as one; not started. If strict, it does not start without one of them."""
    return Indicators([_indicator(choice) for choice in settings.indicator], strict=strict)


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
