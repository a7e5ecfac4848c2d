"""Which devices may a door have, and how does its configuration describe each?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from doorbus.settings import FilePath, Settings
from edge.core.bolt import LONGEST_HOLD

Pin = Annotated[int, Field(ge=2, le=27)]
PinFactory = Literal["rpigpio", "lgpio"]


class DeviceCamera(Settings):
    """A camera of this board.

    Attributes:
        source: its number (0 is `/dev/video0`) or device file.
        width: pixels asked of the camera.
        height: pixels asked of the camera.
        fps: frames a second asked of the camera; a blink needs at least 15.
    """

    kind: Literal["device"] = "device"
    source: int | str = 0
    width: int = Field(default=640, ge=160, le=4096)
    height: int = Field(default=480, ge=120, le=4096)
    fps: float = Field(default=30, ge=1, le=240)


class FileCamera(Settings):
    """A recorded clip; refused beside a real lock.

    Attributes:
        source: the file.
        pace: `live` plays it at its own speed and drops what is not looked at in time; `every`
            waits until each frame has been looked at.
        loop: begin anew at the end; otherwise the camera is lost there.
        first: first frame to play, from 0.
        last: last frame to play; the end of the file where it is left out.
    """

    kind: Literal["file"]
    source: FilePath
    pace: Literal["live", "every"] = "live"
    loop: bool = False
    first: int = Field(default=0, ge=0)
    last: int | None = Field(default=None, ge=0)


class RtspCamera(Settings):
    """A network camera.

    Attributes:
        source: its address, such as `rtsp://camera.example/stream`. It may hold a password, and is
            never logged.
    """

    kind: Literal["rtsp"]
    source: str = Field(pattern=r"^(rtsps?|https?)://", repr=False)


class SceneCamera(Settings):
    """A made-up scene, such as a portrait that moves and blinks; refused beside a real lock.

    Attributes:
        source: the scene file; what it holds: `edge.adapters.scene_file`.
        pace: as with a file.
        width: pixels of the pictures.
        height: pixels of the pictures.
        fps: frames a second.
    """

    kind: Literal["scene"]
    source: FilePath
    pace: Literal["live", "every"] = "live"
    width: int = Field(default=640, ge=160, le=4096, multiple_of=8)
    height: int = Field(default=480, ge=120, le=4096, multiple_of=8)
    fps: float = Field(default=30, ge=1, le=240)


class MotionPresence(Settings):
    """The camera picture changes."""

    kind: Literal["motion"] = "motion"


class GpioPresence(Settings):
    """A sensor on a pin.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        active_high: whether a high pin means somebody.
    """

    kind: Literal["gpio"]
    pin: Pin
    factory: PinFactory
    active_high: bool = True


class AlwaysPresence(Settings):
    """Somebody is always there: the camera never rests."""

    kind: Literal["always"]


class LockTimes(Settings):
    """How long a lock is held, and what it does without current.

    Attributes:
        wiring: `fail_secure`: the relay draws to open, and without current the door is shut.
            `fail_safe`: the relay draws to keep it shut, and without current it is open, as it is
            whenever the edge does not run: `docs/wiring.md`.
        hold_s: seconds, where verdict or order do not say.
        longest_hold_s: seconds that no verdict or order exceeds.
    """

    wiring: Literal["fail_secure", "fail_safe"] = "fail_secure"
    hold_s: float = Field(default=5, gt=0, le=LONGEST_HOLD)
    longest_hold_s: float = Field(default=LONGEST_HOLD, gt=0, le=LONGEST_HOLD)

    @property
    def rests_open(self) -> bool:
        """Whether it is open without current."""
        return self.wiring == "fail_safe"


class SimulatedLock(LockTimes):
    """No lock at all: every movement is only written down.

    Attributes:
        ledger: where to; `lock-ledger.jsonl` in `state_dir` by default.
    """

    kind: Literal["simulated"] = "simulated"
    ledger: FilePath | None = None


class GpioLock(LockTimes):
    """A relay on a pin.

    Attributes:
        pin: BCM number.
        factory: `rpigpio` (Pi 1 to 4) or `lgpio` (Pi 5).
        active_high: whether a high pin energises the relay; many relay boards want false.
    """

    kind: Literal["gpio"]
    pin: Pin
    factory: PinFactory
    active_high: bool = True


class KernelWallClock(Settings):
    """The machine's clock, once something has set it since boot; nothing before."""

    kind: Literal["kernel"] = "kernel"


class SystemWallClock(Settings):
    """The machine's clock as it is: for machines whose clock is right by other means."""

    kind: Literal["system"]


class SimulatedWallClock(Settings):
    """A time that stands in a file; refused beside a real lock.

    Attributes:
        source: the file: one time in ISO 8601 with its offset.
    """

    kind: Literal["simulated"]
    source: FilePath
