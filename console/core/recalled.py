"""What did doors tell before the console listened, or while it could not?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from console.core import lasting
from console.core.door_view import Told
from console.core.site_view import MOST_LINES, SiteView
from doorbus.messages import DoorPrompt, EventKind

STANDING_KINDS: Final = (
    EventKind.STARTED,
    EventKind.PAUSED,
    EventKind.LOCK_FAULT,
    EventKind.FORCED_OPEN,
    EventKind.HELD_OPEN,
    EventKind.CLOSED_AGAIN,
    EventKind.TAMPER,
    EventKind.TAMPER_OVER,
    EventKind.FIRE,
    EventKind.FIRE_OVER,
)
"""What says how a door still is."""


def entry(data: Mapping[str, Any]) -> Told | None:
    """One of the brain's `events`; None for a kind that is not known here."""
    try:
        kind = EventKind(data["kind"])
        prompt = None if data.get("prompt") is None else DoorPrompt(data["prompt"])
    except ValueError:
        return None
    return Told(
        float(data["at"]), kind, data.get("detail") or "", data["id"], data.get("visit"), prompt
    )


def by_door(entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Told]]:
    """The brain's `events` by door, in their order."""
    found: dict[str, list[Told]] = {}
    for data in entries:
        one = entry(data)
        if one is not None:
            found.setdefault(data["door"], []).append(one)
    return found


def recall(
    view: SiteView,
    standing: Sequence[Mapping[str, Any]],
    newest: Sequence[Mapping[str, Any]],
    now: float,
) -> None:
    """Add what the brain remembers to what was heard.

    Args:
        view: is changed.
        standing: events of `STANDING_KINDS`, newest first.
        newest: events of any kind, newest first.
        now: seconds since 1970, by the console's clock.
    """
    for name, told in by_door(standing).items():
        if name in view.doors:
            after = lasting.of(((one.kind, one.at, one.detail) for one in reversed(told)), now)
            view.changed_door(name, lasting=after)
    for name, told in by_door(newest).items():
        if name in view.doors:
            door = view.doors[name]
            ids = {one.id for one in door.told}
            lines = [*door.told, *(one for one in told if one.id not in ids)]
            newest_first = sorted(lines, key=lambda one: -one.at)
            view.changed_door(name, told=tuple(newest_first[:MOST_LINES]))
