"""What is seen of a site's doors, message by message?"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.codec import decode
from doorbus.errors import MessageError
from doorbus.topics import Topic

ANYBODY: Final[tuple[Topic[Any], ...]] = (
    topics.DOOR_AVAILABILITY,
    topics.LOCK_STATE,
    topics.CONTACT,
    topics.DOOR_HEALTH,
    topics.DOOR_EVENT,
    topics.BRAIN_AVAILABILITY,
    topics.BRAIN_HEALTH,
    topics.BRAIN_EVENT,
)
"""What every monitor may read."""

ADMINISTRATORS: Final[tuple[Topic[Any], ...]] = (topics.ADMIN_EVENTS,)
"""What administrators may read beside it."""

MOST_LINES: Final = 200


@dataclass(frozen=True, slots=True)
class SeenDoor:
    """A door as it was seen last; None for what was not seen yet."""

    online: m.Availability | None = None
    lock: m.LockReport | None = None
    contact: m.ContactReport | None = None
    health: m.DoorHealth | None = None
    last: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened.

    Attributes:
        at: seconds since 1970: by whoever told it, or when it was heard.
        where: door, or `brain`.
        what: in a few words.
        alarming: whether somebody should look.
    """

    at: float
    where: str
    what: str
    alarming: bool = False


ALARMING: Final = frozenset(
    {
        m.EventKind.LOCK_FAULT,
        m.EventKind.FORCED_OPEN,
        m.EventKind.HELD_OPEN,
        m.EventKind.TAMPER,
        m.EventKind.FIRE,
        m.EventKind.DURESS,
        m.EventKind.CAMERA_LOST,
        m.EventKind.CAMERA_FROZEN,
        m.EventKind.PAUSED,
        m.EventKind.SPOOF,
    }
)


class Sight:
    """Everything seen so far; on one thread."""

    def __init__(self) -> None:
        self.doors: dict[str, SeenDoor] = {}
        self.brain: m.Availability | None = None
        self.health: m.BrainHealth | None = None
        self.lines: deque[Line] = deque(maxlen=MOST_LINES)

    def take(self, wire: Wire, now: float) -> None:
        """One message, heard at `now` (seconds since 1970)."""
        for topic in (*ANYBODY, *ADMINISTRATORS):
            if not topic.matches(wire.topic):
                continue
            door = topic.level(wire.topic)
            try:
                value = decode(topic, wire) if wire.payload else None
            except MessageError as error:
                self.lines.append(Line(now, door or "brain", f"not understood: {error}", True))
                return
            if door is None:
                self._brain(value, now)
            else:
                self._door(door, topic, value)
            return

    def _door(self, door: str, topic: Topic[Any], value: Any) -> None:
        seen = self.doors.get(door, SeenDoor())
        if topic is topics.DOOR_AVAILABILITY:
            seen = replace(seen, online=value)
        elif topic is topics.LOCK_STATE:
            seen = replace(seen, lock=value)
        elif topic is topics.CONTACT:
            seen = replace(seen, contact=value)
        elif topic is topics.DOOR_HEALTH:
            seen = replace(seen, health=value)
        elif isinstance(value, m.DoorEvent):
            what = _event(value)
            seen = replace(seen, last=what)
            self.lines.append(Line(value.at, door, what, value.kind in ALARMING))
        self.doors[door] = seen

    def _brain(self, value: Any, now: float) -> None:
        match value:
            case m.Availability():
                self.brain = value
            case m.BrainHealth():
                self.health = value
            case m.NamedVisit():
                self.lines.append(Line(value.at, value.door, _named(value)))
            case m.VisitDecided():
                pass  # the door tells the same, and administrators hear it by name
            case BaseModel():
                self.lines.append(Line(now, "brain", _plain(value), _is_alarm(value)))
            case _:
                pass


def as_json(wire: Wire, now: float) -> str:
    """One message as one line for machines."""
    told: dict[str, Any] = {"at": round(now, 3), "topic": wire.topic, "retained": wire.retain}
    for topic in (*ANYBODY, *ADMINISTRATORS):
        if topic.matches(wire.topic):
            try:
                value = decode(topic, wire) if wire.payload else None
            except MessageError as error:
                told["error"] = str(error)
            else:
                told["message"] = topic.payload.dump_python(value, mode="json", exclude_none=True)
    return json.dumps(told)


def wanted(name: str) -> Iterator[str]:
    """The subscriptions of whoever has a certificate of this name."""
    every = (*ANYBODY, *ADMINISTRATORS) if name.startswith("admin.") else ANYBODY
    return (topic.filter for topic in every)


def _event(event: m.DoorEvent) -> str:
    visit = "" if event.visit is None else f" (visit {event.visit})"
    detail = f": {event.detail}" if event.detail else ""
    return f"{event.kind.value}{visit}{detail}"


def _named(visit: m.NamedVisit) -> str:
    who = f"{visit.name} ({visit.card})" if visit.name else "nobody known"
    away = ", by the door itself" if visit.away else ""
    return f"{visit.decision.value}, {visit.reason.value}{away}: {who}"


def _plain(value: BaseModel) -> str:
    fields = value.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    told = ", ".join(f"{name} {field}" for name, field in fields.items() if field not in ("", []))
    return f"{getattr(value, 'kind', 'event')}: {told}"


def _is_alarm(value: BaseModel) -> bool:
    return getattr(value, "kind", "") in {"alarm", "many_refusals", "passback"}
