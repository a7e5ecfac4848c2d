"""What the edge needs from the world: one protocol for each kind of device or library.

Adapters in `edge.adapters` implement these; `edge.__main__` alone chooses among them, by the names
in the configuration. Nothing here falls back to a simulation by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.core.prompts import Prompt
from edge.core.sighting import Face, Sighting
from edge.core.surface import Surface

__all__ = [
    "Actuator",
    "Camera",
    "Clock",
    "FaceTracker",
    "Frame",
    "Image",
    "Indicator",
    "Input",
    "Landmarks",
    "Lock",
    "LockState",
    "Presence",
    "Prompt",
    "SurfaceReader",
    "Texture",
]

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), uint8, blue-green-red as OpenCV has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One camera picture.

    Attributes:
        image: the picture, BGR, uint8, shape (height, width, 3). Never written to after capture.
        at: when it was taken, seconds on the camera's own monotonic time line.
        index: running number in this camera session, from 0; a gap means dropped frames.
    """

    image: Image
    at: float
    index: int


class Camera(Protocol):
    """A source of frames. Read by one capture thread only."""

    @property
    def simulated(self) -> bool:
        """True where the pictures do not come from a device: refused beside a real lock."""
        ...

    @property
    def fps(self) -> float:
        """Nominal frames a second; known once started."""
        ...

    def start(self) -> None:
        """Open the source. Raises `edge.errors.CameraError` saying which and what to do."""
        ...

    def read(self) -> Frame | None:
        """Block until the next frame; None once a recorded source has ended.

        Raises `edge.errors.CameraError` when the device is gone.
        """
        ...

    def skip(self) -> bool:
        """Let one frame pass without decoding it, for the price of waiting; False at the end.

        Raises `edge.errors.CameraError` as `read` does.
        """
        ...

    def stop(self) -> None:
        """Release the source. Twice is harmless; a blocked `read` returns soon after."""
        ...


class FaceTracker(Protocol):
    """Follows one face from frame to frame and measures it."""

    def start(self) -> None:
        """Load models. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def observe(self, frame: Frame) -> Sighting:
        """Look at one frame, in order of time. Never raises for what a picture holds."""
        ...

    def reset(self) -> None:
        """Forget the track: the next face begins a new one."""
        ...


class Texture(Protocol):
    """Networks that know living skin."""

    @property
    def models(self) -> Mapping[str, str]:
        """What they are, for the brain's records."""
        ...

    def start(self) -> None:
        """Load them. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def live(self, image: Image, box: tuple[float, float, float, float]) -> float:
        """How sure they are of living skin, 0 to 1, in one picture of a face in that box."""
        ...


class SurfaceReader(Protocol):
    """Looks closely at the pixels of a face, a few times a second."""

    @property
    def models(self) -> Mapping[str, str]:
        """The texture networks in use, and which; empty where there are none."""
        ...

    def start(self) -> None:
        """Load models. Raises `faces.errors.ModelError` naming file and command."""
        ...

    def look(self, frame: Frame, face: Face) -> Surface:
        """Look at one face. Never raises for what a picture holds."""
        ...


class Presence(Protocol):
    """Says that somebody stands before the door."""

    @property
    def needs_frames(self) -> bool:
        """Whether `present` wants camera pictures while the door sleeps."""
        ...

    def start(self) -> None:
        """Claim the sensor. Raises `edge.errors.SensorError`."""
        ...

    def present(self, frame: Frame | None) -> bool:
        """True while somebody is there; `frame` is the newest picture where one was asked for."""
        ...

    def stop(self) -> None:
        """Give the sensor back. Twice is harmless."""
        ...


class LockState(Enum):
    """What the actuator itself last did."""

    LOCKED = "LOCKED"
    UNLOCKED = "UNLOCKED"


class Actuator(Protocol):
    """The bolt itself; lives in the lock's own process and nowhere else."""

    @property
    def simulated(self) -> bool:
        """True where no hardware moves."""
        ...

    def start(self) -> None:
        """Claim the hardware, closed. Raises `edge.errors.LockError`."""
        ...

    def open(self) -> None:
        """Let people through."""
        ...

    def close(self) -> None:
        """Bolt. Must be safe to call at any time, any number of times."""
        ...

    def stop(self) -> None:
        """Close, or wired fail-safe let go, then give the hardware back. Twice is harmless."""
        ...


class Landmarks(Protocol):
    """Looks again, more closely, at where a face's five points are."""

    def start(self) -> None:
        """Load the models. Raises `faces.errors.ModelError`."""
        ...

    def refine(self, image: Image, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Better points, shape (5, 2), float32, pixels of `image`; the same where none are seen.

        Args:
            image: shape (height, width, 3), uint8, BGR.
            points: five rough ones, shape (5, 2), pixels of `image`.
        """
        ...


class Lock(Protocol):
    """The edge's end of the lock process."""

    @property
    def rests_open(self) -> bool:
        """True where it is wired fail-safe: open once its process has ended."""
        ...

    def start(self, on_state: Callable[[LockState], None]) -> None:
        """Start the process; `on_state` hears every transition of the actuator, from a thread."""
        ...

    def hold(self, seconds: float) -> None:
        """Open for `seconds` from now; closes by itself, whatever happens to the edge."""
        ...

    def close(self) -> None:
        """Close now."""
        ...

    def beat(self) -> None:
        """Heartbeat: the lock closes when it misses this for a second."""
        ...

    def stop(self) -> None:
        """Close and end the process; wired fail-safe, it is open then. Twice is harmless."""
        ...


class Input(Protocol):
    """One wire that the door feels: contact, exit button, tamper switch, fire alarm."""

    @property
    def simulated(self) -> bool:
        """True where no hardware stands behind it: refused beside a real lock."""
        ...

    @property
    def closed_loop(self) -> bool:
        """Whether it is closed while nothing happens, so that a cut wire counts as active."""
        ...

    def start(self) -> None:
        """Claim it. Raises `edge.errors.SensorError`."""
        ...

    def active(self) -> bool:
        """Whether it shows the unusual: open, pressed, broken into, burning.

        Raises `edge.errors.SensorError` where it cannot be read.
        """
        ...

    def stop(self) -> None:
        """Give it back. Twice is harmless."""
        ...


class Indicator(Protocol):
    """Shows prompts to the person at the door. Used by one thread."""

    def start(self) -> None:
        """Claim what it shows them with. Raises `edge.errors.IndicatorError`."""
        ...

    def show(self, prompt: Prompt) -> None:
        """Show a prompt until the next one; never waits. Raises `edge.errors.IndicatorError`."""
        ...

    def stop(self) -> None:
        """Show nothing any more. Twice is harmless."""
        ...


class Clock(Protocol):
    """The edge's own time."""

    def monotonic(self) -> float:
        """Seconds, never running backwards; only differences mean anything."""
        ...
