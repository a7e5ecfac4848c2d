"""What may administrators ask of the brain, and what does it answer?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from doorbus.messages.administration_orders import (
    Evacuate,
    Lockdown,
    Release,
    TakeDoorSnapshot,
    Unlock,
)
from doorbus.messages.change import Change
from doorbus.messages.fields import (
    MAX_ENROLMENT,
    Card,
    Counter,
    DoorName,
    Payload,
    PersonName,
    Text,
    Transaction,
)


class Add(Change):
    """Make a resident known, not yet enrolled."""

    op: Literal["add"]
    name: PersonName
    card: Card


class Enroll(Change):
    """Open an enrolment at a door; with `name`, the resident is added in the same step."""

    op: Literal["enroll"]
    card: Card
    door: DoorName
    name: PersonName | None = None
    count: int | None = Field(default=None, ge=1, le=MAX_ENROLMENT)


class Reenroll(Change):
    """Open a new enrolment for a resident who has templates, which hold until it is trained."""

    op: Literal["reenroll"]
    card: Card
    door: DoorName
    count: int | None = Field(default=None, ge=1, le=MAX_ENROLMENT)


class VisitName(Payload):
    """A visit, as `brain/event` names it.

    Attributes:
        door: where.
        visit: its number there; of several boots of the door, the newest visit of that number.
    """

    door: DoorName
    visit: Counter


class Undo(Change):
    """Take back what was learnt of a resident.

    Attributes:
        since: what visits taught since then, seconds since 1970.
        visit: "this was not me": what this visit taught, and whatever was learnt after it.
        reason: for the audit.

    With neither `since` nor `visit` the last re-enrolment is taken back: the templates before it
    hold again.
    """

    op: Literal["undo"]
    card: Card
    since: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    visit: VisitName | None = None
    reason: Text = ""

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Undo:
        if self.since is not None and self.visit is not None:
            raise ValueError("give `since` or `visit`, not both")
        return self


class Cancel(Change):
    """End the open enrolment of a card; nothing of it is kept."""

    op: Literal["cancel"]
    card: Card


class ListResidents(Payload):
    """Who is known."""

    op: Literal["list"]
    transaction: Transaction | None = None
    offset: Counter = 0
    limit: int = Field(default=100, ge=1, le=1000)


class Show(Payload):
    """One resident."""

    op: Literal["show"]
    transaction: Transaction | None = None
    card: Card


class Disable(Change):
    """Keep a resident, let them in nowhere."""

    op: Literal["disable"]
    card: Card


class Enable(Change):
    """Undo `disable`."""

    op: Literal["enable"]
    card: Card


class Remove(Change):
    """Erase a resident: frames, templates, name and card."""

    op: Literal["remove"]
    card: Card


Request = Annotated[
    Add
    | Enroll
    | Reenroll
    | Undo
    | Cancel
    | ListResidents
    | Show
    | Disable
    | Enable
    | Remove
    | Unlock
    | Lockdown
    | Evacuate
    | Release
    | TakeDoorSnapshot,
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
    UNKNOWN_PASS = "unknown_pass"  # noqa: S105  # a code, no secret
    IN_USE = "in_use"
    NAME_TAKEN = "name_taken"
    RATE_LIMITED = "rate_limited"
    BAD_TOKEN = "bad_token"  # noqa: S105  # a code, no secret
    BAD_PICTURE = "bad_picture"


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
