"""What may administrators ask of the brain, and what does it answer?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from doorbus.messages.administration_log import ReadEvents, ReadFigures, ReadLog
from doorbus.messages.administration_orders import (
    Evacuate,
    Lockdown,
    Release,
    TakeDoorSnapshot,
    Unlock,
)
from doorbus.messages.administration_residents import (
    Add,
    Cancel,
    Disable,
    Enable,
    Enroll,
    ExportResident,
    ListErasures,
    ListResidents,
    Reenroll,
    Remove,
    Rename,
    Show,
    Undo,
)
from doorbus.messages.administration_rules import AccessRequest
from doorbus.messages.codes import SetPin, UnsetPin
from doorbus.messages.console import Note
from doorbus.messages.fields import Payload
from doorbus.messages.passes import IssuePass, ListPasses, RevokePass

Request = Annotated[
    Add
    | Rename
    | Enroll
    | Reenroll
    | Undo
    | Cancel
    | ListResidents
    | Show
    | ExportResident
    | ListErasures
    | ReadLog
    | ReadEvents
    | ReadFigures
    | Disable
    | Enable
    | Remove
    | Unlock
    | Lockdown
    | Evacuate
    | Release
    | TakeDoorSnapshot
    | SetPin
    | UnsetPin
    | IssuePass
    | ListPasses
    | RevokePass
    | AccessRequest
    | Note,
    Field(discriminator="op"),
]


class ErrorCode(StrEnum):
    """Why a request was refused, for machines; the text beside it is for people."""

    BAD_REQUEST = "bad_request"
    RETAINED = "retained"
    UNKNOWN_CARD = "unknown_card"
    UNKNOWN_DOOR = "unknown_door"
    CARD_TAKEN = "card_taken"
    ALREADY_ENROLLED = "already_enrolled"
    NOT_ENROLLED = "not_enrolled"
    NOTHING_TO_UNDO = "nothing_to_undo"
    ENROLMENT_OPEN = "enrolment_open"
    NO_ENROLMENT = "no_enrolment"
    DOOR_BUSY = "door_busy"
    DOOR_SILENT = "door_silent"
    DOOR_REFUSED = "door_refused"
    OUTCOME_UNKNOWN = "outcome_unknown"
    TRANSACTION_REUSED = "transaction_reused"
    BRAIN_ERROR = "brain_error"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_SCHEDULE = "unknown_schedule"
    UNKNOWN_RULE = "unknown_rule"
    UNKNOWN_HOLIDAY = "unknown_holiday"
    UNKNOWN_PASSBACK = "unknown_passback"
    UNKNOWN_PASS = "unknown_pass"  # noqa: S105  # a code, no secret
    IN_USE = "in_use"
    PIN_TAKEN = "pin_taken"
    NAME_TAKEN = "name_taken"
    RATE_LIMITED = "rate_limited"
    NOT_ALLOWED = "not_allowed"


class OkResponse(Payload):
    """A request that was carried out."""

    status: Literal["ok"] = "ok"
    transaction: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class ErrorResponse(Payload):
    """A request that was refused; nothing was changed."""

    status: Literal["error"] = "error"
    transaction: str | None = None
    code: ErrorCode
    error: str


Response = Annotated[OkResponse | ErrorResponse, Field(discriminator="status")]
