"""How is this door, as it says on `door/<door>/health`?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from doorbus.certificates import days_left
from doorbus.errors import BusError
from doorbus.messages import DoorHealth, DoorMode
from doorbus.topics import DOOR_HEALTH
from edge.core import gate
from edge.core.health import CAMERAS, Lacks, Notable, Told, degraded, due, telling
from edge.core.visit_state import Door
from edge.messages_out import Speaker
from edge.spool import Spool
from edge.wall_clock import WallClock

FAREWELL_S = 1.0
"""Seconds that a stopping door waits for its last word to be taken."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where what a door tells of itself comes from.

    Attributes:
        epoch: which boot this is.
        spool: what waits for the brain.
        wall_clock: date and time.
        certificate: the door's own, to the broker.
        temperature: of the board, degrees Celsius; None where nobody knows.
        shadow: whether the lock is not moved.
        networks_missing: whether the door is to look at skin, and has no networks for that.
        away: what the door's way of being alone lacks; None where nothing.
    """

    epoch: int
    spool: Spool
    wall_clock: WallClock
    certificate: Path
    temperature: Callable[[], float | None]
    shadow: bool = False
    networks_missing: bool = False
    away: Callable[[], str | None] = lambda: None


class HealthTelling:
    """Tells it every half minute and when something changes; for the main loop alone.

    Args of the constructor:
        speaker: publishes.
        sources: see there.
        started: when the door started, monotonic seconds.
        wall: seconds since 1970, to see how long a certificate still is good.
    """

    def __init__(
        self, speaker: Speaker, sources: Sources, started: float, wall: Callable[[], float]
    ) -> None:
        self._speaker = speaker
        self._sources = sources
        self._started = started
        self._wall = wall
        self._told = Told()
        self._pictures = 0
        self._counting_since = started

    def picture(self) -> None:
        """A picture was taken."""
        self._pictures += 1

    def connected(self) -> None:
        """The broker is there, and may have forgotten what it was told."""
        self._told = Told()

    def look(self, door: Door, now: float) -> None:
        """Tell it where it is time; call this now and then while connected."""
        notable = self._notable(door, now)
        if not due(self._told, notable, now):
            return
        with suppress(BusError):  # told again soon
            self._speaker.say(DOOR_HEALTH, self._health(notable, now, running=True))
            self._told = telling(self._told, notable, now)
            self._pictures, self._counting_since = 0, now

    def farewell(self, door: Door, now: float) -> None:
        """Say that the door stops, and wait a moment for the broker to have it."""
        health = self._health(self._notable(door, now), now, running=False)
        with suppress(BusError, TimeoutError):
            self._speaker.say(DOOR_HEALTH, health).result(FAREWELL_S)

    def _notable(self, door: Door, now: float) -> Notable:
        sources = self._sources
        sure = sources.wall_clock.now() is not None
        lacks = Lacks(
            clock=not sure,
            networks=sources.networks_missing,
            events=sources.spool.lost > 0,
            away=sources.away(),
        )
        mode = DoorMode(gate.mode(door.gate, now).value)
        return Notable(mode, CAMERAS[door.camera], sources.shadow, sure, degraded(door, lacks))

    def _health(self, notable: Notable, now: float, *, running: bool) -> DoorHealth:
        sources = self._sources
        seconds = now - self._counting_since
        celsius = sources.temperature()
        left = days_left(sources.certificate, self._wall())
        return DoorHealth(
            running=running,
            version=version(),
            uptime_s=max(0, int(now - self._started)),
            epoch=sources.epoch,
            mode=notable.mode,
            shadow=notable.shadow,
            camera=notable.camera,
            fps=round(min(1000.0, self._pictures / seconds), 1) if seconds > 0 else 0.0,
            temperature_c=None if celsius is None else round(celsius, 1),
            events=sources.spool.events_waiting,
            frames=sources.spool.frames_waiting,
            certificate_days=None if left is None else round(left, 1),
            clock_sure=notable.clock_sure,
            degraded=notable.degraded,
        )


def version() -> str:
    """Of this software."""
    try:
        return metadata.version("doorward")
    except metadata.PackageNotFoundError:
        return "not installed"
