"""What may administrators ask of the audit, and of what doors told?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from doorbus.messages.door_reports import EventKind
from doorbus.messages.fields import Card, Counter, DoorName, Id, Payload, Text, Transaction

MOST_LOG_ENTRIES = 500
"""Most entries in one answer, so that it fits a message."""

MOST_EVENTS = 200
"""Most events in one answer."""

MOST_FIGURE_DAYS = 92
"""Days that are counted at once: a quarter of a year."""

EventPage = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,20})?/[a-z0-9-]{1,32}/[\x21-\x7e]{1,80}$"),
]
"""Where a page of events ended, as the brain says it."""


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


class ReadEvents(Payload):
    """Some of what doors told of themselves, the newest first.

    Attributes:
        door: whose.
        kinds: of these kinds; empty asks nothing.
        since, until: seconds since 1970; `until` itself is left out.
        visit: of this visit, for which `door` is needed; a door counts anew after each boot.
        before: only what comes after that page: what the page before said.
        limit: how many at most.
    """

    op: Literal["events"]
    transaction: Transaction | None = None
    door: DoorName | None = None
    kinds: tuple[EventKind, ...] = Field(default=(), max_length=len(EventKind))
    since: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    until: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    visit: Counter | None = None
    before: EventPage | None = None
    limit: int = Field(default=100, ge=1, le=MOST_EVENTS)

    @model_validator(mode="after")
    def _whose_visit(self) -> ReadEvents:
        if self.visit is not None and self.door is None:
            raise ValueError("`visit` needs a `door`: each door counts its own")
        return self


class ReadFigures(Payload):
    """Verdicts by hour, day, reason and door.

    Attributes:
        since, until: seconds since 1970; `until` itself is left out. Without `since` the last 30
            days; of a longer time than `MOST_FIGURE_DAYS` the end.
        door: there alone.
    """

    op: Literal["figures"]
    transaction: Transaction | None = None
    since: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    until: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    door: DoorName | None = None

    @model_validator(mode="after")
    def _some_time(self) -> ReadFigures:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError("`until` must be later than `since`")
        return self
