"""What may administrators ask of the audit?"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from doorbus.messages.fields import Card, Counter, DoorName, Id, Payload, Text, Transaction

MOST_LOG_ENTRIES = 500
"""Most entries in one answer, so that it fits a message."""


class ReadLog(Payload):
    """Some entries of the audit, the newest first.

    Attributes:
        since, until: seconds since 1970; `until` itself is left out.
        door: where.
        reason: exactly this code or these words.
        what: exactly this operation or decision, such as `grant` or `unlock`.
        card, resident: whom it concerns; the opaque id also finds who was removed.
        admin: whose doing, such as `admin.alice`.
        before: only entries with a smaller number: the next page.
        limit: how many at most.
    """

    op: Literal["log"]
    transaction: Transaction | None = None
    since: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    until: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    door: DoorName | None = None
    reason: Text | None = None
    what: Text | None = None
    card: Card | None = None
    resident: Id | None = None
    admin: Id | None = None
    before: Counter | None = None
    limit: int = Field(default=100, ge=1, le=MOST_LOG_ENTRIES)

    @model_validator(mode="after")
    def _one_person(self) -> ReadLog:
        if self.card is not None and self.resident is not None:
            raise ValueError("give `card` or `resident`, not both")
        return self
