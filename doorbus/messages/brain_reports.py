"""What does the brain tell whoever may watch?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from doorbus.messages.access_reports import PassbackBroken
from doorbus.messages.alarms import Alarm
from doorbus.messages.fields import (
    MAX_LOOKALIKES,
    Card,
    Counter,
    DoorName,
    Id,
    Payload,
    PersonName,
    Text,
)
from doorbus.messages.to_door import Decision, Reason


class EnrolmentState(StrEnum):
    """Where an enrolment stands."""

    CAPTURING = "capturing"
    TRAINING = "training"
    TRAINED = "trained"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    UNDONE = "undone"


class EnrolmentHint(StrEnum):
    """What is wrong with most of the frames that came last, while an enrolment captures."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_DARK = "too_dark"
    COME_CLOSER = "come_closer"
    BLURRED = "blurred"
    LOW_QUALITY = "low_quality"
    BAD_PICTURE = "bad_picture"


class EnrolmentChanged(Payload):
    """Progress or result of an enrolment; `resident` is opaque.

    Attributes:
        door: whose camera takes the pictures; None where photos are uploaded.
        usable: how many of the stored frames were looked at and found good enough; None where
            none was looked at yet, or the enrolment is over.
        hint: what is wrong with most of the frames that were looked at last; None where they are
            well.
        lookalikes: other residents whom this gallery's threshold does not tell from this one.
    """

    kind: Literal["enrolment"] = "enrolment"
    enrolment: Id
    resident: Id
    door: DoorName | None = None
    state: EnrolmentState
    stored: int = Field(ge=0)
    count: int = Field(ge=1)
    templates: int = Field(default=0, ge=0)
    reason: Text = ""
    lookalikes: tuple[Id, ...] = Field(default=(), max_length=MAX_LOOKALIKES)
    usable: int | None = Field(default=None, ge=0)
    hint: EnrolmentHint | None = None


class PhotoRefusal(StrEnum):
    """Why an uploaded photo is of no use, for machines; the text beside it is for people."""

    BAD_TOKEN = "bad_token"  # noqa: S105  # a code, no secret
    BAD_PICTURE = "bad_picture"


class PhotoLooked(Payload):
    """What became of an uploaded photo.

    Attributes:
        enrolment: as the upload named it.
        index: its number in the enrolment, from 0; None where it was not taken in.
        usable: whether it shows one face, well enough.
        code: None for a usable one.
        reason: why it is not usable, for people.
    """

    kind: Literal["photo"] = "photo"
    enrolment: Id
    index: Counter | None = None
    usable: bool
    code: PhotoRefusal | None = None
    reason: Text = ""


class VisitDecided(Payload):
    """A verdict, for whoever watches; `resident` is opaque and only there on a grant."""

    kind: Literal["visit"] = "visit"
    door: DoorName
    visit: Counter
    decision: Decision
    reason: Reason
    resident: Id | None = None


class GalleryChanged(Payload):
    """The gallery has a new version."""

    kind: Literal["gallery"] = "gallery"
    version: Counter
    residents: int = Field(ge=0)
    templates: int = Field(ge=0)


class MessageRefused(Payload):
    """A message that moved nothing, and why."""

    kind: Literal["refused"] = "refused"
    topic: Text
    reason: Text
    count: int = Field(default=1, ge=1)


class EncoderChanging(Payload):
    """The residents' stored frames are being embedded by another encoder.

    Attributes:
        serving: the encoder by which doors are answered meanwhile; empty where it cannot be had
            any more, so that every visit is refused as `not_ready`.
        coming: the encoder that is configured.
        done: residents who are embedded by it.
        residents: all who have templates.
        left_out: residents who cannot be: their frames are not kept, or not good enough for it.
        finished: whether doors are answered by the coming encoder now.
    """

    kind: Literal["encoder"] = "encoder"
    serving: Text
    coming: Text
    done: int = Field(ge=0)
    residents: int = Field(ge=0)
    left_out: tuple[Id, ...] = Field(default=(), max_length=256)
    finished: bool = False


MOST_NAMED_DOORS = 64


class ManyRefusals(Payload):
    """Somebody tries to be let in again and again, at one door or going round.

    Attributes:
        doors: where.
        refusals: how many in the last `window_s` seconds.
    """

    kind: Literal["many_refusals"] = "many_refusals"
    doors: tuple[DoorName, ...] = Field(min_length=1, max_length=MOST_NAMED_DOORS)
    refusals: int = Field(ge=1)
    window_s: float = Field(gt=0, allow_inf_nan=False)


BrainEvent = Annotated[
    EnrolmentChanged
    | PassbackBroken
    | PhotoLooked
    | VisitDecided
    | GalleryChanged
    | EncoderChanging
    | MessageRefused
    | ManyRefusals
    | Alarm,
    Field(discriminator="kind"),
]


class AuditHead(Payload):
    """Where the audit ends: noted elsewhere, it shows whether the end was cut off.

    Attributes:
        entries: how many there are.
        head: what chains the last one, in hexadecimal.
    """

    entries: Counter
    head: str = Field(pattern=r"^[0-9a-f]{64}$")


class LookersHealth(Payload):
    """The processes that look at pictures, since the brain's start.

    Attributes:
        running: that there are now.
        died, hung, memory, failed: how many ended so and were replaced.
        absent: how often there was none to be had.
    """

    running: int = Field(default=0, ge=0)
    died: int = Field(default=0, ge=0)
    hung: int = Field(default=0, ge=0)
    memory: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    absent: int = Field(default=0, ge=0)


class Poison(Payload):
    """How many messages broke something, by topic, door and reason; `door` is empty if unknown."""

    topic: Text
    door: Text = ""
    reason: Text
    count: int = Field(ge=1)


MOST_POISON = 16


class VerdictTimes(Payload):
    """How long verdicts took, from the burst's arrival to the verdict's sending, in milliseconds.

    Attributes:
        p50: half of them took no longer.
        p99: 99 of a hundred took no longer.
    """

    p50: float = Field(ge=0, allow_inf_nan=False)
    p99: float = Field(ge=0, allow_inf_nan=False)


class BrainHealth(Payload):
    """How the brain is, every half minute.

    Attributes:
        lookers: the processes that look at pictures; None where the brain looks itself.
        poison: messages that broke something since the start, the most frequent kinds first.
        audit: where the audit ends; None where the database cannot say.
        note: what an administrator should know, such as that nobody is enrolled; empty where all
            is well.
        online: doors that are connected, of those known.
        visits: verdicts of the last hour.
        granted: of these, those that let somebody in.
        latency: how long the verdicts of the last hour took; None where there were none.
        disk_free: bytes free where the brain keeps its data; None where that cannot be told.
        database: bytes that the database takes.
        certificate_days: until the brain's certificate to the broker ends; below 0 once it did.
    """

    version: Text
    encoder: Text
    gallery: Counter
    residents: int = Field(ge=0)
    templates: int = Field(ge=0)
    doors: int = Field(ge=0)
    waiting: int = Field(ge=0)
    audit: AuditHead | None = None
    lookers: LookersHealth | None = None
    poison: tuple[Poison, ...] = Field(default=(), max_length=MOST_POISON)
    note: Text = ""
    online: int = Field(default=0, ge=0)
    visits: int = Field(default=0, ge=0)
    granted: int = Field(default=0, ge=0)
    latency: VerdictTimes | None = None
    disk_free: int | None = Field(default=None, ge=0)
    database: int | None = Field(default=None, ge=0)
    certificate_days: float | None = Field(default=None, allow_inf_nan=False)


class NamedVisit(Payload):
    """A verdict, for administrators alone: who was recognised, let in or not.

    Attributes:
        at: seconds since 1970, on the brain's clock.
        resident: opaque id; with `name` and `card` there where somebody known was recognised.
        away: the door decided it by itself, while the brain was away, and told it afterwards.
    """

    kind: Literal["visit"] = "visit"
    at: float = Field(ge=0, allow_inf_nan=False)
    door: DoorName
    visit: Counter
    decision: Decision
    reason: Reason
    resident: Id | None = None
    name: PersonName | None = None
    card: Card | None = None
    away: bool = False
