"""What became of an order for several doors, and what has become of it since?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from console.core.door_view import DoorView
from doorbus.messages import Availability, DoorMode, OrderAction


class Progress(StrEnum):
    """What became of it at one door."""

    REFUSED = "refused"
    WAITING = "waiting"
    DONE_SINCE = "done_since"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class AtDoor:
    """What became of it at one door.

    Attributes:
        door: its name.
        progress: what.
        why: the door's own words, where it refused.
        mode: what rules its lock now; None where it has not said.
        online: whether it is connected.
    """

    door: str
    progress: Progress
    why: str = ""
    mode: DoorMode | None = None
    online: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that was given.

    Attributes:
        account: who gave it.
        action: what.
        doors: for which: `all`, `group:labs` or `door:front`.
        whom: the same in words.
        reason: why.
        at: when it was answered, seconds since 1970.
        results: by door, as the brain answered.
    """

    account: str
    action: OrderAction
    doors: str
    whom: str
    reason: str
    at: float
    results: Mapping[str, Mapping[str, Any]]


_MODES: Final = {
    OrderAction.LOCKDOWN: frozenset({DoorMode.LOCKDOWN}),
    OrderAction.EVACUATE: frozenset({DoorMode.EVACUATION}),
    OrderAction.RELEASE: frozenset({DoorMode.NORMAL, DoorMode.OFFICE, DoorMode.FIRE}),
}

_ORDER: Final = tuple(Progress)


def results(answer: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What the brain answered, by door; of one door it answers only once that did it."""
    if "doors" in answer:
        found: Mapping[str, Mapping[str, Any]] = answer["doors"]
        return found
    return {answer["door"]: {"result": Progress.DONE.value, "order": answer.get("order", "")}}


def progress(ordered: Ordered, doors: Mapping[str, DoorView]) -> list[AtDoor]:
    """How it stands at each door now; those that somebody should look at first.

    Args:
        ordered: what was answered.
        doors: as they are now.
    """
    found = [
        _at(name, result, ordered, doors.get(name) or DoorView(name))
        for name, result in ordered.results.items()
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.progress), one.door))


def _at(name: str, result: Mapping[str, Any], ordered: Ordered, door: DoorView) -> AtDoor:
    answered = Progress(result["result"])
    if answered is Progress.WAITING and _does(ordered, door):
        answered = Progress.DONE_SINCE
    return AtDoor(
        name,
        answered,
        str(result.get("reason") or ""),
        None if door.health is None else door.health.mode,
        door.online is Availability.ONLINE,
    )


def _does(ordered: Ordered, door: DoorView) -> bool:
    """Whether a door that was waited for has said, after the order, that it is as was ordered."""
    if door.online is not Availability.ONLINE or door.health is None or door.health_at is None:
        return False
    return door.health_at > ordered.at and door.health.mode in _MODES[ordered.action]
