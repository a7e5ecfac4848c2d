"""What does a door do without, and when should whoever watches hear how it is?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from doorbus.messages import DOOR_HEALTH_EVERY_S, CameraHealth, DoorMode
from edge.core.visit_events import CameraState
from edge.core.visit_state import Door

FIRST_S: Final = 5.0
"""Seconds from the first telling to the second: by then it is known how many pictures come."""

LEAST_S: Final = 1.0
"""Seconds between two tellings at least, whatever changes."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """What a door may lack that its state does not tell.

    Attributes:
        clock: there is no time to go by.
        networks: it is to look at skin, and has no networks for that.
        events: some were dropped for want of room.
        away: what its way of being alone lacks; None where nothing.
    """

    clock: bool = False
    networks: bool = False
    events: bool = False
    away: str | None = None


def degraded(door: Door, lacks: Lacks) -> tuple[str, ...]:
    """What the door does without, as codes, in order of weight."""
    codes = (
        ("camera", door.camera is not CameraState.GOOD),
        ("brain", not door.brain),
        ("clock", lacks.clock),
        ("no_texture_networks", lacks.networks),
        ("events_lost", lacks.events),
        (lacks.away or "", lacks.away is not None),
    )
    return tuple(code for code, so in codes if so)


CAMERAS: Final = {state: CameraHealth[state.name] for state in CameraState}


@dataclass(frozen=True, slots=True)
class Notable:
    """What of a door's health somebody should see at once."""

    mode: DoorMode
    camera: CameraHealth
    shadow: bool
    clock_sure: bool | None
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last, and when (monotonic seconds); nothing yet on this connection.

    Attributes:
        times: how often it was told.
    """

    at: float = -math.inf
    notable: Notable | None = None
    times: int = 0


def due(told: Told, notable: Notable, now: float) -> bool:
    """Whether it should be told now."""
    age = now - told.at
    every = FIRST_S if told.times == 1 else DOOR_HEALTH_EVERY_S
    return age >= every or (notable != told.notable and age >= LEAST_S)


def telling(told: Told, notable: Notable, now: float) -> Told:
    """After it was told."""
    return Told(now, notable, told.times + 1)
