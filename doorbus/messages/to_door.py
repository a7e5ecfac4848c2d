"""What does the brain tell a door: verdicts, orders, commands, acknowledgements?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from doorbus.messages.fields import MAX_ENROLMENT, Counter, Id, Nonce, Payload, Text
from doorbus.messages.passes import RevokedPasses
from doorbus.messages.resident_cache import CacheNews


class Decision(StrEnum):
    """The two things a verdict can say."""

    GRANT = "grant"
    DENY = "deny"


class Reason(StrEnum):
    """Why; a code, stable for machines. Never a score."""

    MATCH = "match"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    DISABLED = "disabled"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    NOT_ONE_PERSON = "not_one_person"
    LOW_QUALITY = "low_quality"
    BAD_PICTURES = "bad_pictures"
    NO_LIFE = "no_life"
    SPOOF = "spoof"
    NO_RESIDENTS = "no_residents"
    NOT_READY = "not_ready"
    BRAIN_ERROR = "brain_error"
    NOT_PERMITTED = "not_permitted"
    FORBIDDEN = "forbidden"
    OUT_OF_HOURS = "out_of_hours"
    NOT_VALID_YET = "not_valid_yet"
    NO_LONGER_VALID = "no_longer_valid"
    NOBODY_IN_YET = "nobody_in_yet"
    PASSBACK = "passback"
    SECOND_FACTOR = "second_factor"
    WRONG_SECOND_FACTOR = "wrong_second_factor"
    TOO_MANY_CODES = "too_many_codes"
    NO_CODES = "no_codes"


class Verdict(Payload):
    """The brain's answer to one burst; counts once, for that visit, within seconds."""

    kind: Literal["verdict"] = "verdict"
    visit: Counter
    nonce: Nonce
    decision: Decision
    reason: Reason
    hold_s: float = Field(ge=0, le=60, allow_inf_nan=False)


class OrderAction(StrEnum):
    """What an administrator can have a door do without a visit."""

    UNLOCK = "unlock"
    LOCKDOWN = "lockdown"
    RELEASE = "release"
    EVACUATE = "evacuate"


class Order(Payload):
    """An administrator's order; must carry the challenge that the door just gave for it."""

    kind: Literal["order"] = "order"
    order: Id
    challenge: Nonce
    action: OrderAction
    hold_s: float = Field(default=0, ge=0, le=60, allow_inf_nan=False)


Answer = Annotated[Verdict | Order, Field(discriminator="kind")]


class AskChallenge(Payload):
    """Asks the door for a challenge, the first step of an order."""

    kind: Literal["challenge"] = "challenge"
    number: Counter
    order: Id


class StartEnrolment(Payload):
    """Starts or resumes capturing; `missing` are the indexes the brain has not stored."""

    kind: Literal["enrol"] = "enrol"
    number: Counter
    enrolment: Id
    count: int = Field(ge=1, le=MAX_ENROLMENT)
    missing: tuple[int, ...] = Field(max_length=MAX_ENROLMENT)


class StopEnrolment(Payload):
    """Ends capturing for an enrolment that was cancelled, completed or refused."""

    kind: Literal["stop_enrolment"] = "stop_enrolment"
    number: Counter
    enrolment: Id


class TakeSnapshot(Payload):
    """Asks for one picture on `door/<door>/snapshot`."""

    kind: Literal["snapshot"] = "snapshot"
    number: Counter
    command: Id


class Forget(Payload):
    """Erase everything about a resident who was removed.

    Attributes:
        resident: opaque id.
        enrolments: those that this door took pictures for.
    """

    kind: Literal["forget"] = "forget"
    number: Counter
    resident: Id
    enrolments: tuple[Id, ...] = Field(default=(), max_length=MAX_ENROLMENT)


Command = Annotated[
    AskChallenge
    | StartEnrolment
    | StopEnrolment
    | RevokedPasses
    | TakeSnapshot
    | Forget
    | CacheNews,
    Field(discriminator="kind"),
]
"""`number` rises strictly within a door's epoch, so that a replayed command does nothing."""


class Outcome(StrEnum):
    """How a frame or event ended."""

    STORED = "stored"
    REFUSED = "refused"


class AckItem(Payload):
    """One frame or event that the sender may now forget."""

    id: Id
    outcome: Outcome
    reason: Text = ""


class Ack(Payload):
    """Which enrolment frames and events are stored or refused."""

    items: tuple[AckItem, ...] = Field(min_length=1, max_length=256)
