"""What about a door should somebody know at a glance, and what matters most?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from console.core.lasting import NOTHING, Lasting
from doorbus.messages import (
    DOOR_HEALTH_EXPIRY_S,
    Availability,
    CameraHealth,
    DoorHealth,
    DoorMode,
)

HOT_C: Final = 80.0
FEW_DAYS: Final = 21.0
MANY_EVENTS: Final = 500
"""Beyond these a door is worth a look; the same figures as in monitoring/alerts.yml."""

REMEMBERED_S: Final = 3600.0
"""Seconds for which a door that was forced, and is shut again, stands out."""


class Weight(IntEnum):
    """How much it matters."""

    CALM = 0
    NOTE = 1
    WARNING = 2
    URGENT = 3


class Worry(StrEnum):
    """What there is to know about a door, what matters most first."""

    FIRE = "fire"
    FORCED = "forced"
    EVACUATION = "evacuation"
    TAMPERED = "tampered"
    FAULT = "fault"
    OFFLINE = "offline"
    STOPPED = "stopped"
    LOCKDOWN = "lockdown"
    CAMERA_LOST = "camera_lost"
    CAMERA_FROZEN = "camera_frozen"
    HELD = "held"
    SILENT = "silent"
    CERTIFICATE_ENDED = "certificate_ended"
    WAS_FORCED = "was_forced"
    WAS_TAMPERED = "was_tampered"
    PAUSED = "paused"
    NO_BRAIN = "no_brain"
    CLOCK = "clock"
    EVENTS_LOST = "events_lost"
    BACKLOG = "backlog"
    HOT = "hot"
    CERTIFICATE_ENDS = "certificate_ends"
    LACKS = "lacks"
    SHADOW = "shadow"
    OFFICE = "office"
    UNHEARD = "unheard"


_URGENT: Final = frozenset(
    {
        Worry.FIRE,
        Worry.FORCED,
        Worry.EVACUATION,
        Worry.TAMPERED,
        Worry.FAULT,
        Worry.OFFLINE,
        Worry.STOPPED,
        Worry.LOCKDOWN,
        Worry.CAMERA_LOST,
        Worry.CAMERA_FROZEN,
    }
)
_NOTES: Final = frozenset({Worry.LACKS, Worry.SHADOW, Worry.OFFICE, Worry.UNHEARD})
_RANKS: Final = {worry: rank for rank, worry in enumerate(Worry)}

_MODES: Final = {
    DoorMode.FIRE: Worry.FIRE,
    DoorMode.EVACUATION: Worry.EVACUATION,
    DoorMode.LOCKDOWN: Worry.LOCKDOWN,
    DoorMode.OFFICE: Worry.OFFICE,
}
_CAMERAS: Final = {
    CameraHealth.LOST: Worry.CAMERA_LOST,
    CameraHealth.FROZEN: Worry.CAMERA_FROZEN,
}
_LACKS: Final = {
    "brain": Worry.NO_BRAIN,
    "clock": Worry.CLOCK,
    "events_lost": Worry.EVENTS_LOST,
}
_TOLD_OTHERWISE: Final = frozenset({"camera"})


@dataclass(frozen=True, slots=True)
class Known:
    """What of a door is looked at.

    Attributes:
        online: whether it is connected; None where nothing was heard of that.
        health: its last one; None where there was none, or it stopped counting.
        health_at: when that came, seconds since 1970, by the console's clock.
        lasting: since its events.
        heard_at: when anything of it was heard; None where nothing was yet.
    """

    online: Availability | None = None
    health: DoorHealth | None = None
    health_at: float | None = None
    lasting: Lasting = NOTHING
    heard_at: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to know.

    Attributes:
        worry: what.
        since: seconds since 1970; None where nobody told.
        lacks: what the door does without, where that is a code of its own.
    """

    worry: Worry
    since: float | None = None
    lacks: str = ""

    @property
    def weight(self) -> Weight:
        """How much it matters."""
        return weight_of(self.worry)


def weight_of(worry: Worry) -> Weight:
    """How much it matters."""
    if worry in _URGENT:
        return Weight.URGENT
    return Weight.NOTE if worry in _NOTES else Weight.WARNING


def found(door: Known, now: float) -> tuple[Found, ...]:
    """What there is to know of a door at `now` (seconds since 1970), what matters most first."""
    if door.online is None and door.health is None and door.heard_at is None:
        return (Found(Worry.UNHEARD),)
    everything = [*_connection(door, now), *_lasting(door.lasting, now)]
    if door.health is not None:
        everything += _mode(door.health, door.lasting)
        if door.online is not Availability.OFFLINE and door.health.running:
            # What a door that is away did without when it was last heard is nothing to act on.
            everything += _health(door.health)
    return tuple(sorted(dict.fromkeys(everything), key=lambda one: (_RANKS[one.worry], one.lacks)))


def heaviest(worries: tuple[Found, ...]) -> Weight:
    """How much the door matters as a whole."""
    return max((one.weight for one in worries), default=Weight.CALM)


def rank(worries: tuple[Found, ...]) -> tuple[int, ...]:
    """By what doors are sorted, worst first: what matters most, then what matters next."""
    return (*(_RANKS[one.worry] for one in worries), len(Worry))


def _connection(door: Known, now: float) -> list[Found]:
    if door.online is Availability.OFFLINE:
        stopped = door.health is not None and not door.health.running
        return [Found(Worry.STOPPED if stopped else Worry.OFFLINE, door.heard_at)]
    # Without a health the broker has forgotten it: a door that runs tells it again in time.
    heard = door.heard_at if door.health is None else door.health_at
    if door.online is Availability.ONLINE and (heard is None or now - heard > DOOR_HEALTH_EXPIRY_S):
        return [Found(Worry.SILENT, heard)]
    return []


def _lasting(lasting: Lasting, now: float) -> list[Found]:
    worries = [
        (Worry.FIRE, lasting.fire),
        (Worry.FORCED, lasting.forced),
        (Worry.TAMPERED, lasting.tampered),
        (Worry.FAULT, lasting.fault),
        (Worry.HELD, lasting.held),
    ]
    for worry, since in (
        (Worry.WAS_FORCED, lasting.was_forced),
        (Worry.WAS_TAMPERED, lasting.was_tampered),
    ):
        if since is not None and now - since < REMEMBERED_S:
            worries.append((worry, since))
    if lasting.paused_until is not None and now < lasting.paused_until:
        worries.append((Worry.PAUSED, lasting.paused_until))
    return [Found(worry, since) for worry, since in worries if since is not None]


def _mode(health: DoorHealth, lasting: Lasting) -> list[Found]:
    worries = []
    ruling = _MODES.get(health.mode)
    if ruling is not None and not (ruling is Worry.FIRE and lasting.fire is not None):
        worries.append(Found(ruling))
    if health.shadow:
        worries.append(Found(Worry.SHADOW))
    return worries


def _health(health: DoorHealth) -> list[Found]:
    worries = []
    if health.camera in _CAMERAS:
        worries.append(Found(_CAMERAS[health.camera]))
    for code in dict.fromkeys(health.degraded):
        if code in _TOLD_OTHERWISE and health.camera in _CAMERAS:
            continue
        known = _LACKS.get(code)
        worries.append(Found(Worry.LACKS, lacks=code) if known is None else Found(known))
    if health.clock_sure is False and "clock" not in health.degraded:
        worries.append(Found(Worry.CLOCK))
    if health.certificate_days is not None and health.certificate_days < FEW_DAYS:
        ended = health.certificate_days < 0
        worries.append(Found(Worry.CERTIFICATE_ENDED if ended else Worry.CERTIFICATE_ENDS))
    if health.temperature_c is not None and health.temperature_c > HOT_C:
        worries.append(Found(Worry.HOT))
    if health.events > MANY_EVENTS:
        worries.append(Found(Worry.BACKLOG))
    return worries
