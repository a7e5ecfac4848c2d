"""What does a door tell of itself?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from doorbus.messages.door_prompts import DoorPrompt
from doorbus.messages.fields import Counter, Id, Nonce, Payload, Text


class EventKind(StrEnum):
    """What a door tells of itself."""

    STARTED = "started"
    WOKE = "woke"
    NO_FACE = "no_face"
    TOO_DARK = "too_dark"
    SEVERAL_FACES = "several_faces"
    FACE_LOST = "face_lost"
    NO_BLINK = "no_blink"
    SPOOF = "spoof"
    NO_ANSWER = "no_answer"
    GRANTED = "granted"
    DENIED = "denied"
    PAUSED = "paused"
    REFUSED_MESSAGE = "refused_message"
    ORDER = "order"
    ENROLLING = "enrolling"
    ENROLLING_WAITS = "enrolling_waits"
    ENROLMENT_SENT = "enrolment_sent"
    ENROLMENT_FAILED = "enrolment_failed"
    CAMERA_LOST = "camera_lost"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_BACK = "camera_back"
    LOCK_FAULT = "lock_fault"
    EXIT = "exit"
    FORCED_OPEN = "forced_open"
    HELD_OPEN = "held_open"
    CLOSED_AGAIN = "closed_again"
    TAMPER = "tamper"
    TAMPER_OVER = "tamper_over"
    FIRE = "fire"
    FIRE_OVER = "fire_over"
    OFFICE_OPEN = "office_open"
    OFFICE_CLOSED = "office_closed"
    DURESS = "duress"
    PASS = "pass"  # noqa: S105  # a code, no secret
    PASS_REFUSED = "pass_refused"  # noqa: S105  # a code, no secret
    CODE = "code"
    CODE_REFUSED = "code_refused"
    AWAY_GRANTED = "away_granted"
    AWAY_DENIED = "away_denied"
    WOULD_OPEN = "would_open"
    CLOCK_UNSURE = "clock_unsure"
    FORGOTTEN = "forgotten"


class DoorEvent(Payload):
    """Something that happened at a door; kept by the door until an ack names `id`.

    Attributes:
        id: epoch and running number; unique for the door for ever.
        kind: what happened.
        at: seconds since 1970 on the door's own clock: for people, never for a decision.
        visit: the visit it belongs to, where it belongs to one.
        detail: a short line for people: no names, no cards, no scores.
        prompt: what the person was shown when the visit ended without opening, or while an
            enrolment waits for them.
    """

    id: Id
    kind: EventKind
    at: float = Field(ge=0, allow_inf_nan=False)
    visit: Counter | None = None
    detail: Text = ""
    prompt: DoorPrompt | None = None


class Challenge(Payload):
    """The door's answer to a request for a challenge; good once, for two seconds."""

    order: Id
    challenge: Nonce


class Snapshot(Payload):
    """One picture on command."""

    jpeg: bytes = Field(repr=False)
    command: Id


class DoorMode(StrEnum):
    """What rules the lock now, beside visits."""

    NORMAL = "normal"
    OFFICE = "office"
    LOCKDOWN = "lockdown"
    EVACUATION = "evacuation"
    FIRE = "fire"


class CameraHealth(StrEnum):
    """How a door's camera is."""

    GOOD = "good"
    LOST = "lost"
    FROZEN = "frozen"


DOOR_HEALTH_EVERY_S = 30
"""Seconds between two messages on `door/<door>/health`."""

DOOR_HEALTH_EXPIRY_S = 95
"""Seconds after which the broker forgets a door's health: three were missed, so it is not so."""

Degraded = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
"""A short code for something that a door does without."""


class DoorHealth(Payload):
    """How a door is: kept by the broker for as long as the door goes on telling it.

    Attributes:
        running: False in the last message before a door stops as it was asked to.
        version: of the edge's software.
        uptime_s: since it started.
        epoch: which boot of the door.
        mode: what rules the lock.
        shadow: whether the door decides without moving its lock.
        camera: how it is.
        fps: pictures a second that were taken since the last message; fewer while nobody is there.
        temperature_c: of the board; None where it does not tell.
        events, frames: what waits for the brain to confirm it.
        certificate_days: until the certificate to the broker ends; below 0 once it did.
        clock_sure: whether the clock was set since this boot; None where nobody can tell.
        degraded: what it does without.
    """

    running: bool = True
    version: Text
    uptime_s: int = Field(ge=0)
    epoch: Counter
    mode: DoorMode
    shadow: bool = False
    camera: CameraHealth
    fps: float = Field(ge=0, le=1000, allow_inf_nan=False)
    temperature_c: float | None = Field(default=None, ge=-100, le=200, allow_inf_nan=False)
    events: int = Field(ge=0)
    frames: int = Field(ge=0)
    certificate_days: float | None = Field(default=None, allow_inf_nan=False)
    clock_sure: bool | None = None
    degraded: tuple[Degraded, ...] = Field(default=(), max_length=16)
