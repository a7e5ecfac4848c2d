"""What may administrators ask about residents?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from doorbus.messages.change import Change
from doorbus.messages.enrolment_frames import MAX_PHOTOS
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

NamePart = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""Some letters of a name; capital or small does not matter."""

CardPart = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
"""Some digits of a card, in a row."""

ResidentGroup = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""The name of a group of residents."""

Source = Literal["door", "upload"]
"""Where an enrolment's pictures come from: a door's camera, or `admin/frames`."""


class Add(Change):
    """Make a resident known, not yet enrolled.

    Attributes:
        consent: what the resident agreed to and where that is kept, for the audit.
    """

    op: Literal["add"]
    name: PersonName
    card: Card
    consent: Text = ""


class Rename(Change):
    """Give a resident another name, another card, or both; everything else stays.

    Attributes:
        card: the card until now.
        new_card: the card from now on; must be free.
    """

    op: Literal["rename"]
    card: Card
    name: PersonName | None = None
    new_card: Card | None = None

    @model_validator(mode="after")
    def _something(self) -> Rename:
        if self.name is None and self.new_card is None:
            raise ValueError("give `name`, `new_card` or both")
        return self


class _Opening(Change):
    """A request that opens an enrolment.

    Attributes:
        door: whose camera takes the pictures.
        source: `upload` has photos come to `admin/frames` instead.
        count: how many pictures; for an upload it must be there, 1 to 200.
        consent: what the resident agreed to and where that is kept, for the audit.
    """

    card: Card
    door: DoorName | None = None
    source: Source = "door"
    count: int | None = Field(default=None, ge=1, le=MAX_ENROLMENT)
    consent: Text = ""

    @model_validator(mode="after")
    def _one_source(self) -> _Opening:
        if self.source == "door":
            if self.door is None:
                raise ValueError('`door` must be there, or `"source": "upload"`')
            return self
        if self.door is not None:
            raise ValueError('`door` has no place beside `"source": "upload"`')
        if self.count is None or self.count > MAX_PHOTOS:
            raise ValueError(f"`count` must say how many photos will come, 1 to {MAX_PHOTOS}")
        return self


class Enroll(_Opening):
    """Open an enrolment; with `name`, the resident is added in the same step."""

    op: Literal["enroll"]
    name: PersonName | None = None


class Reenroll(_Opening):
    """Open a new enrolment for a resident who has templates, which hold until it is trained."""

    op: Literal["reenroll"]


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
    """Who is known; what is given narrows it down.

    Attributes:
        name: a part of the name.
        card: some digits of the card, in a row.
        group: members of this group.
        enabled: let in at all, or not.
        enrolled: with templates, or without.
    """

    op: Literal["list"]
    transaction: Transaction | None = None
    offset: Counter = 0
    limit: int = Field(default=100, ge=1, le=1000)
    name: NamePart | None = None
    card: CardPart | None = None
    group: ResidentGroup | None = None
    enabled: bool | None = None
    enrolled: bool | None = None


class Show(Payload):
    """One resident."""

    op: Literal["show"]
    transaction: Transaction | None = None
    card: Card


class ExportResident(Payload):
    """All that is kept about one resident, pictures aside."""

    op: Literal["export"]
    transaction: Transaction | None = None
    card: Card


class ListErasures(Payload):
    """Which doors have yet to confirm that they erased somebody who was removed."""

    op: Literal["erasures"]
    transaction: Transaction | None = None


class Disable(Change):
    """Keep a resident, let them in nowhere."""

    op: Literal["disable"]
    card: Card


class Enable(Change):
    """Undo `disable`."""

    op: Literal["enable"]
    card: Card


class Remove(Change):
    """Erase a resident: frames, templates, name and card, here and at every door."""

    op: Literal["remove"]
    card: Card
