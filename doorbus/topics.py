"""Every topic once: its name, payload, form, delivery, who writes it and who reads it.

`topics.md` says the same for people; the broker's access list is written from the same table; tests
hold the three together. The site's topic prefix is the bus's business and appears nowhere here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from doorbus import messages as m

T = TypeVar("T")


class Form(Enum):
    """How a payload stands on the wire."""

    JSON = "JSON"
    CBOR = "CBOR"
    JPEG = "JPEG"
    """The picture alone; every other field travels as an MQTT 5 user property."""
    TEXT = "text"


class Party(Enum):
    """Who speaks or listens."""

    DOOR = "door"
    BRAIN = "brain"
    ADMIN = "admin"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Topic(Generic[T]):
    """One topic of the contract.

    Attributes:
        template: the name, with `{door}` or `{admin}` for the level that names one.
        payload: what validates and serialises the payload.
        form: how the payload stands on the wire.
        writer: who publishes it.
        readers: who may read it.
        signed: whether it must carry an Ed25519 signature of its writer.
        retain: whether the broker keeps the last one.
        expiry_s: after how many seconds the broker drops it unless it is told anew; None for never.
        qos: MQTT quality of service.
        bare: the same topic without its door or administrator level, where that is accepted too.
    """

    template: str
    payload: TypeAdapter[T]
    form: Form
    writer: Party
    readers: frozenset[Party]
    signed: bool = False
    retain: bool = False
    qos: int = 1
    bare: str | None = None
    expiry_s: int | None = None

    def name(self, level: str | None = None) -> str:
        """The topic for one door or administrator; the bare topic without one."""
        if level is None:
            return self.bare or self.template
        return re.sub(r"\{\w+\}", level, self.template)

    @property
    def filter(self) -> str:
        """The subscription that covers every door or administrator, without the bare topic."""
        return re.sub(r"\{\w+\}", "+", self.template)

    def matches(self, name: str) -> bool:
        """Whether `name` is this topic, bare or with its level."""
        return name == self.bare or self._pattern().fullmatch(name) is not None

    def level(self, name: str) -> str | None:
        """The door or administrator that `name` names; None for the bare topic or one without."""
        found = self._pattern().fullmatch(name)
        return found.group(1) if found and found.groups() else None

    def _pattern(self) -> re.Pattern[str]:
        head, brace, rest = self.template.partition("{")
        if not brace:
            return re.compile(re.escape(head))
        what, _, tail = rest.partition("}")
        return re.compile(f"{re.escape(head)}({_LEVELS[what]}){re.escape(tail)}")


_LEVELS = {"door": "[a-z0-9-]{1,32}", "admin": r"[a-z]+\.[a-z0-9-]{1,32}"}
"""What a level may say: a door's name, or a staff name with its role (no door can be called so)."""


def _watchers(*more: Party) -> frozenset[Party]:
    return frozenset({Party.ADMIN, Party.MONITOR, *more})


ENROL_FRAME: Topic[m.EnrolFrame] = Topic(
    "frames/enroll/{door}",
    TypeAdapter(m.EnrolFrame),
    Form.JPEG,
    Party.DOOR,
    frozenset({Party.BRAIN, Party.ADMIN}),
    signed=True,
    bare="frames/enroll",
)
RECOGNIZE: Topic[m.Burst] = Topic(
    "frames/recognize/{door}",
    TypeAdapter(m.Burst),
    Form.CBOR,
    Party.DOOR,
    frozenset({Party.BRAIN}),
    signed=True,
    bare="frames/recognize",
)
CODE_SHOWN: Topic[m.CodeShown] = Topic(
    "frames/code/{door}",
    TypeAdapter(m.CodeShown),
    Form.JSON,
    Party.DOOR,
    frozenset({Party.BRAIN}),
    signed=True,
)
VERDICT: Topic[m.Answer] = Topic(
    "verdict/{door}",
    TypeAdapter(m.Answer),
    Form.JSON,
    Party.BRAIN,
    _watchers(Party.DOOR),
    signed=True,
)
COMMAND: Topic[m.Command] = Topic(
    "command/{door}",
    TypeAdapter(m.Command),
    Form.JSON,
    Party.BRAIN,
    frozenset({Party.DOOR}),
    signed=True,
)
ACK: Topic[m.Ack] = Topic(
    "ack/{door}",
    TypeAdapter(m.Ack),
    Form.JSON,
    Party.BRAIN,
    frozenset({Party.DOOR}),
    signed=True,
)
CACHE: Topic[m.CachePart] = Topic(
    "cache/{door}",
    TypeAdapter(m.CachePart),
    Form.CBOR,
    Party.BRAIN,
    frozenset({Party.DOOR}),
    signed=True,
)
DOOR_AVAILABILITY: Topic[m.Availability] = Topic(
    "door/{door}/availability",
    TypeAdapter(m.Availability),
    Form.TEXT,
    Party.DOOR,
    _watchers(Party.BRAIN),
    retain=True,
)
LOCK_STATE: Topic[m.LockReport] = Topic(
    "door/{door}/lock/state",
    TypeAdapter(m.LockReport),
    Form.TEXT,
    Party.DOOR,
    _watchers(Party.BRAIN),
    retain=True,
)
CONTACT: Topic[m.ContactReport] = Topic(
    "door/{door}/contact",
    TypeAdapter(m.ContactReport),
    Form.TEXT,
    Party.DOOR,
    _watchers(Party.BRAIN),
    retain=True,
)
DOOR_HEALTH: Topic[m.DoorHealth] = Topic(
    "door/{door}/health",
    TypeAdapter(m.DoorHealth),
    Form.JSON,
    Party.DOOR,
    _watchers(Party.BRAIN),
    retain=True,
    expiry_s=m.DOOR_HEALTH_EXPIRY_S,
)
DOOR_EVENT: Topic[m.DoorEvent] = Topic(
    "door/{door}/event",
    TypeAdapter(m.DoorEvent),
    Form.JSON,
    Party.DOOR,
    _watchers(Party.BRAIN),
    signed=True,
)
CHALLENGE: Topic[m.Challenge] = Topic(
    "door/{door}/challenge",
    TypeAdapter(m.Challenge),
    Form.JSON,
    Party.DOOR,
    frozenset({Party.BRAIN}),
    signed=True,
)
CACHE_ASKED: Topic[m.CacheAsked] = Topic(
    "door/{door}/cache",
    TypeAdapter(m.CacheAsked),
    Form.JSON,
    Party.DOOR,
    _watchers(Party.BRAIN),
    signed=True,
)
SNAPSHOT: Topic[m.Snapshot] = Topic(
    "door/{door}/snapshot",
    TypeAdapter(m.Snapshot),
    Form.JPEG,
    Party.DOOR,
    _watchers(Party.BRAIN),
    signed=True,
)
REQUEST: Topic[m.Request] = Topic(
    "admin/users/{admin}",
    TypeAdapter(m.Request),
    Form.JSON,
    Party.ADMIN,
    frozenset({Party.BRAIN}),
    bare="admin/users",
)
RESPONSE: Topic[m.Response] = Topic(
    "admin/users/{admin}/response",
    TypeAdapter(m.Response),
    Form.JSON,
    Party.BRAIN,
    frozenset({Party.ADMIN}),
    bare="admin/users/response",
)
UPLOAD: Topic[m.UploadFrame] = Topic(
    "admin/frames",
    TypeAdapter(m.UploadFrame),
    Form.JPEG,
    Party.ADMIN,
    frozenset({Party.BRAIN}),
)
BRAIN_AVAILABILITY: Topic[m.Availability] = Topic(
    "brain/availability",
    TypeAdapter(m.Availability),
    Form.TEXT,
    Party.BRAIN,
    _watchers(Party.DOOR),
    retain=True,
)
BRAIN_HEALTH: Topic[m.BrainHealth] = Topic(
    "brain/health", TypeAdapter(m.BrainHealth), Form.JSON, Party.BRAIN, _watchers()
)
BRAIN_EVENT: Topic[m.BrainEvent] = Topic(
    "brain/event", TypeAdapter(m.BrainEvent), Form.JSON, Party.BRAIN, _watchers()
)
ADMIN_EVENTS: Topic[m.NamedVisit] = Topic(
    "admin/events", TypeAdapter(m.NamedVisit), Form.JSON, Party.BRAIN, frozenset({Party.ADMIN})
)

ALL: tuple[Topic[object], ...] = (
    ENROL_FRAME,
    RECOGNIZE,
    CODE_SHOWN,
    VERDICT,
    COMMAND,
    ACK,
    CACHE,
    DOOR_AVAILABILITY,
    LOCK_STATE,
    CONTACT,
    DOOR_HEALTH,
    DOOR_EVENT,
    CHALLENGE,
    CACHE_ASKED,
    SNAPSHOT,
    REQUEST,
    RESPONSE,
    UPLOAD,
    BRAIN_AVAILABILITY,
    BRAIN_HEALTH,
    BRAIN_EVENT,
    ADMIN_EVENTS,
)  # type: ignore[assignment]  # a table of topics of many payloads
