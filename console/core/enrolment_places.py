"""At which doors can somebody be enrolled now?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from console.core.door_view import DoorView
from doorbus import messages as m


class Hindrance(StrEnum):
    """Why a door takes no pictures now."""

    OFFLINE = "offline"
    BUSY = "busy"
    NO_CAMERA = "no_camera"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Place:
    """A door, and what keeps it from taking pictures; None where nothing does."""

    door: str
    hindrance: Hindrance | None = None


_SHUT = frozenset({m.DoorMode.LOCKDOWN, m.DoorMode.EVACUATION, m.DoorMode.FIRE})


def places(doors: Mapping[str, DoorView], busy: Callable[[str], bool]) -> list[Place]:
    """Every door, those that are free first, by name.

    Args:
        doors: as they were heard of last.
        busy: whether a door takes pictures of somebody already.
    """
    found = [Place(name, _hindrance(view, busy)) for name, view in doors.items()]
    return sorted(found, key=lambda one: (one.hindrance is not None, one.door))


def _hindrance(door: DoorView, busy: Callable[[str], bool]) -> Hindrance | None:
    if door.online is not m.Availability.ONLINE:
        return Hindrance.OFFLINE
    if busy(door.name):
        return Hindrance.BUSY
    if door.health is None:
        return None
    if door.health.mode in _SHUT:
        return Hindrance.SHUT
    return Hindrance.NO_CAMERA if door.health.camera is m.CameraHealth.LOST else None
