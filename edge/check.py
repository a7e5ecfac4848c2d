"""Does everything work that this door is made of? Each part is tried alone, one after the other.

Nothing is opened and nobody is told: the lock is started, which closes it, and the broker is
connected to without a word. Whoever stands at the door may ask for more with `--open-lock`.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from doorbus.bus import BusEvent, Connected, Disconnected
from doorbus.errors import DoorwardError
from doorbus.messages.schedules import ends
from edge.code_ports import CodeReader
from edge.config import EdgeSettings
from edge.core.senses import Sense
from edge.errors import CameraError, EdgeError, LockError, SensorError
from edge.parts import MakeBus
from edge.ports import (
    Camera,
    FaceTracker,
    Frame,
    Indicator,
    Input,
    Lock,
    LockState,
    Presence,
    Prompt,
    SurfaceReader,
)
from edge.start_line import FETCH, life_line
from edge.state_dir import StateDir
from edge.wall_clock import WallClock
from faces.errors import FacesError

FRAMES: Final = 30
"""Pictures that a camera must deliver."""

CAMERA_S: Final = 5.0
"""Seconds that it may take for them."""

LEAST_FPS: Final = 15.0
"""Frames a second below which a blink, 0.1 to 0.4 s, falls between two of them."""

BLACK: Final = 3.0
"""Mean grey level under which a picture shows nothing."""

BROKER_S: Final = 10.0
LOCK_S: Final = 2.0
SHOW_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One part of the door.

    Attributes:
        name: as the configuration calls it.
        attempt: tries it; returns what to say of it. Raises DoorwardError or FacesError.
        alone: whether it must not be tried while an edge runs.
    """

    name: str
    attempt: Callable[[], str]
    alone: bool = True


def run(state: StateDir, trials: Sequence[Trial], write: Callable[[str], object]) -> bool:
    """Try everything; whether all of it works. One line each goes to `write`."""
    claimed = _try(Trial("state_dir", lambda: _try_state(state)), write)
    try:
        good = claimed
        for trial in trials:
            if trial.alone and not claimed:
                write(f"not tried {trial.name:<10} see state_dir")
            else:
                good = _try(trial, write) and good
    finally:
        state.stop()
    return good


def _try(trial: Trial, write: Callable[[str], object]) -> bool:
    try:
        said = trial.attempt()
    except (DoorwardError, FacesError) as error:
        write(f"failed    {trial.name:<10} {error}")
        return False
    write(f"ok        {trial.name:<10} {said}")
    return True


def _try_state(state: StateDir) -> str:
    epoch = state.start()
    lockdown = "; a lock-down is in force" if state.locked_down else ""
    return f"{state.folder}, epoch {epoch}{lockdown}"


def try_models(make_tracker: Callable[[], FaceTracker]) -> str:
    """Every model file is there, is the pinned one, and loads."""
    make_tracker().start()
    return "the face tracker loads"


def try_liveness(
    settings: EdgeSettings,
    make_surface: Callable[[EdgeSettings], tuple[SurfaceReader, str | None]],
) -> str:
    """What looks closely at faces loads; says plainly why texture networks are missing."""
    surface, missing = make_surface(settings)
    surface.start()
    said = life_line(settings, surface)
    if missing is None or settings.liveness.texture == "off":
        return said
    return f"{said}: {missing.rstrip('.')}; {FETCH}"


def try_camera(camera: Camera) -> str:
    """It delivers pictures, fast enough and not black."""
    camera.start()
    try:
        frames = _frames(camera)
    finally:
        camera.stop()
    first, last = frames[0], frames[-1]
    height, width = first.image.shape[:2]
    light = float(last.image[::8, ::8].mean())
    fps = (len(frames) - 1) / max(1e-6, last.at - first.at)
    if light < BLACK:
        raise CameraError(
            f"the picture is black (mean grey level {light:.1f}); take off the cap, switch on light"
        )
    if fps < LEAST_FPS:
        raise CameraError(
            f"{fps:.1f} frames a second, and a blink needs {LEAST_FPS:.0f}; give it more light, or "
            "a smaller camera.width and camera.height"
        )
    simulated = ", simulated" if camera.simulated else ""
    return f"{width}x{height}, {fps:.1f} frames a second, mean grey level {light:.0f}{simulated}"


def _frames(camera: Camera) -> list[Frame]:
    frames: list[Frame] = []
    give_up_at = time.monotonic() + CAMERA_S
    while len(frames) < FRAMES and time.monotonic() < give_up_at:
        frame = camera.read()
        if frame is None:
            break
        frames.append(frame)
    if len(frames) < 2:
        raise CameraError(
            f"{len(frames)} pictures in {CAMERA_S:.0f} s; look at camera.source and the cable"
        )
    return frames


def try_presence(presence: Presence) -> str:
    """The sensor can be claimed and read."""
    presence.start()
    try:
        if presence.needs_frames:
            return "by the camera's picture"
        return "somebody is there" if presence.present(None) else "nobody is there"
    finally:
        presence.stop()


def try_lock(lock: Lock, *, simulated: bool, open_it: bool) -> str:
    """The lock process starts and closes; with `open_it` it opens for a second, too."""
    reports: queue.SimpleQueue[LockState] = queue.SimpleQueue()
    lock.start(reports.put)
    try:
        _await(reports, LockState.LOCKED)
        done = "closes"
        if open_it:
            lock.beat()
            lock.hold(1.0)
            _await(reports, LockState.UNLOCKED)
            lock.close()
            _await(reports, LockState.LOCKED)
            done = "opens and closes"
    finally:
        lock.stop()
    after = "; wired fail-safe: open now that no edge runs" if lock.rests_open else ""
    return f"{done}{', simulated' if simulated else ''}{after}"


def try_wire(wire: Input, sense: Sense) -> str:
    """The wire can be claimed and read; says how it is."""
    wire.start()
    try:
        active = wire.active()
    finally:
        wire.stop()
    said = _WIRES[sense][active]
    return f"{said}{', simulated' if wire.simulated else ''}"


_WIRES: Final = {
    Sense.CONTACT: ("the door is shut", "the door stands open"),
    Sense.EXIT: ("not pressed", "pressed"),
    Sense.TAMPER: ("the housing is shut", "the housing is open, or the wire is cut"),
    Sense.FIRE: ("no alarm", "ALARM, or the wire is cut: the door would be open"),
}


def try_office(settings: EdgeSettings, clock: WallClock) -> str:
    """The hours of office mode are known, and the clock they go by."""
    rule = settings.office.rule
    if not rule.windows:
        return "never"
    now = clock.now()
    if now is None:
        return "no office mode until this machine's clock is set; look at its time service"
    local = now.astimezone(ZoneInfo(settings.timezone))
    until = ends(rule.windows, local, rule.holidays)
    within = "outside of its windows" if until is None else f"within a window until {until:%H:%M}"
    return f"{local:%a %H:%M} {settings.timezone}, {within}"


def try_indicator(indicator: Indicator) -> str:
    """Whatever shows prompts can be claimed, and shows one for a moment."""
    indicator.start()
    try:
        indicator.show(Prompt.WELCOME)
        time.sleep(SHOW_S)
    finally:
        indicator.stop()
    return f"shows {Prompt.WELCOME.value!r}"


def try_reader(settings: EdgeSettings, reader: CodeReader) -> str:
    """The reader is there and can be taken."""
    if settings.reader.kind == "none":
        return "none"
    problem = reader.problem()
    if problem is not None:
        raise SensorError(problem)
    second = settings.second.kind
    asked = "for nothing" if second == "none" else f"for a {second} beside the face"
    alone = ", and codes alone" if settings.codes.alone else ""
    return f"there{', simulated' if reader.simulated else ''}; asked {asked}{alone}"


def try_passes(settings: EdgeSettings, clock: WallClock) -> str:
    """Passes are read, and the clock that they go by is set."""
    if settings.passes.kind == "none":
        return "not read"
    if clock.now() is None:
        return "none counts until this machine's clock is set; look at its time service"
    away = "not while the brain is away" if settings.away == "closed" else "also without the brain"
    return f"read from the camera every {settings.passes.every_s:g} s, {away}"


def _await(reports: queue.SimpleQueue[LockState], wanted: LockState) -> None:
    try:
        while reports.get(timeout=LOCK_S) is not wanted:
            pass
    except queue.Empty:
        raise LockError(
            f"the lock did not report {wanted.value} within {LOCK_S:.0f} s; look at the relay's "
            "wiring and the log"
        ) from None


def try_broker(make_bus: MakeBus) -> str:
    """The broker takes this door's certificate."""
    news: queue.SimpleQueue[BusEvent] = queue.SimpleQueue()
    bus = make_bus((), None, None)
    bus.start(news.put)
    reason = f"no answer within {BROKER_S:.0f} s"
    try:
        give_up_at = time.monotonic() + BROKER_S
        while (left := give_up_at - time.monotonic()) > 0:
            match news.get(timeout=left):
                case Connected():
                    return "connected"
                case Disconnected(why):
                    reason = why
                    break
                case _:
                    pass
    except queue.Empty:
        pass
    finally:
        bus.stop()
    raise EdgeError(f"{reason}; look at broker.host, broker.port and the files beside them")
