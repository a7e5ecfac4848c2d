"""What does a door put on record when it starts: by what it tells life, and what was lost?"""

from __future__ import annotations

from importlib import metadata
from typing import Final

from doorbus.messages import EventKind
from edge.config import EdgeSettings
from edge.core.policies import POLICIES, LivenessPolicy, equipped
from edge.ports import (
    Clock,
    SurfaceReader,
)
from edge.sender import Sender
from edge.spool import Spool

FETCH: Final = "`doorctl models --group antispoof` fetches them"


def liveness_policy(settings: EdgeSettings, surface: SurfaceReader | None) -> LivenessPolicy:
    """What this door asks for before it believes in a living person."""
    return equipped(
        POLICIES[settings.liveness.policy],
        close_looks=surface is not None,
        networks=surface is not None and bool(surface.models),
        texture=settings.liveness.wanted,
        challenge=settings.liveness.challenging,
    )


def start_line(settings: EdgeSettings, surface: SurfaceReader | None) -> str:
    """How life is told, and whether anything opens by it."""
    shadow = "; shadow mode: the lock is not moved" if settings.shadow else ""
    return f"{life_line(settings, surface)}{shadow}"


def life_line(settings: EdgeSettings, surface: SurfaceReader | None) -> str:
    """By what this door tells life, in a few words; never silent about texture."""
    life = settings.liveness
    networks = surface is not None and bool(surface.models)
    texture = "with texture networks" if networks else f"no texture networks ({life.texture})"
    return f"liveness {life.policy}, {texture}, challenge {life.challenge}"


def tell_start(sender: Sender, spool: Spool, clock: Clock, life: str) -> None:
    """Put the start on record: how life is told, and how many events were lost before it."""
    try:
        version = metadata.version("doorward")
    except metadata.PackageNotFoundError:
        version = "not installed"
    told = spool.lost
    lost = f"; {told} events were lost for want of room" if told else ""
    event = sender.event(
        EventKind.STARTED, None, f"version {version}; {life}{lost}", clock.monotonic()
    )
    if spool.holds(event.id):
        spool.forget_lost(told)
