"""What does a door tell of itself?"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

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
    """

    id: Id
    kind: EventKind
    at: float = Field(ge=0, allow_inf_nan=False)
    visit: Counter | None = None
    detail: Text = ""


class Challenge(Payload):
    """The door's answer to a request for a challenge; good once, for two seconds."""

    order: Id
    challenge: Nonce


class Snapshot(Payload):
    """One picture on command."""

    jpeg: bytes = Field(repr=False)
    command: Id
