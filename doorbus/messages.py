"""What every payload holds: frozen, strict models, with nothing but what the contract names.

Times inside a burst are milliseconds since its first frame, on the door's own clock; no clock is
ever compared across machines. Pictures are baseline JPEG. `topics.md` shows an example of each.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

DoorName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""A lock with its edge."""

Card = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A resident's campus card number: exactly 12 digits."""

PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
    ),
]
"""A resident's name as an administrator writes it: 1 to 100 characters, no control characters."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_./-]{1,80}$")]
"""An identifier made by one side and only compared by the other."""

Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hexadecimal."""

Transaction = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
"""The administrator's own mark of a request: 1 to 64 printable characters without spaces."""

Text = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")
]
"""A short line for people."""

ModelRole = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}( [0-9a-f]{1,64})?$")]
"""A file, and the beginning of its SHA-256; plain enough not to be taken for more than a name."""

Counter = Annotated[int, Field(ge=0, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=600_000)]
Pixel = Annotated[float, Field(ge=-4096, le=4096, allow_inf_nan=False)]
Point = tuple[Pixel, Pixel]

MAX_BURST = 40
"""Most crops that one burst may hold; the default burst has 20."""

MAX_ENROLMENT = 1000
"""Most frames that one enrolment may ask for; the default is 200."""


MAX_LOOKALIKES = 16
"""Most lookalikes of one resident that are named, the nearest first."""


class Payload(BaseModel):
    """Root of every payload: immutable, no unknown fields, no silent conversions of type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# --- states: plain words, retained ---------------------------------------------------------------


class Availability(StrEnum):
    """Whether a door or the brain is connected."""

    ONLINE = "online"
    OFFLINE = "offline"


class LockReport(StrEnum):
    """What the actuator itself last did."""

    LOCKED = "LOCKED"
    UNLOCKED = "UNLOCKED"


class ContactReport(StrEnum):
    """Door contact: ON is open, as Home Assistant has it for doors."""

    ON = "ON"
    OFF = "OFF"


# --- door to brain -------------------------------------------------------------------------------


class EnrolFrame(Payload):
    """One camera picture of an enrolment; everything but the picture travels as user properties."""

    jpeg: bytes = Field(repr=False)
    enrolment: Id
    index: int = Field(ge=0, lt=MAX_ENROLMENT)
    count: int = Field(ge=1, le=MAX_ENROLMENT)

    @property
    def item(self) -> str:
        """The name by which an ack knows this frame."""
        return frame_item(self.enrolment, self.index)


def frame_item(enrolment: str, index: int) -> str:
    """The name by which an ack knows frame `index` of `enrolment`."""
    return f"{enrolment}/{index}"


class Crop(Payload):
    """One face of a burst.

    Attributes:
        jpeg: the face with a margin around it.
        points: YuNet's five points in pixels of this picture (right eye, left eye, nose tip, right
            and left mouth corner, as the person has them); None where the door saw none.
        at_ms: when, milliseconds since the first crop of the burst.
    """

    jpeg: bytes = Field(repr=False, max_length=262_144)
    points: tuple[Point, Point, Point, Point, Point] | None = None
    at_ms: Milliseconds


class BlinkSeen(Payload):
    """One blink, in milliseconds since the first crop; negative where it began before that."""

    start_ms: int = Field(ge=-600_000, le=600_000)
    closed_ms: int = Field(ge=-600_000, le=600_000)
    end_ms: int = Field(ge=-600_000, le=600_000)
    depth: float = Field(ge=0, le=1, allow_inf_nan=False)


class LifeSign(StrEnum):
    """What a door can look for to tell a living person from a picture."""

    BLINK = "blink"
    SOLID = "solid"
    TEXTURE = "texture"
    SCREEN = "screen"
    CHALLENGE = "challenge"


class LifeFinding(StrEnum):
    """What looking for one sign came to."""

    LIVE = "live"
    SPOOF = "spoof"
    ABSTAINED = "abstained"


class EvidenceSeen(Payload):
    """One piece of evidence, in milliseconds since the first crop.

    Attributes:
        sign: what was looked for; a kind that is not named was not looked for.
        finding: what it came to.
        score: how plain it was, 0 to 1; each sign has a measure of its own.
        start_ms: when it began.
        end_ms: when it was complete.
    """

    # Not strict: CBOR has texts only. Another text than these is refused all the same.
    sign: LifeSign = Field(strict=False)
    finding: LifeFinding = Field(strict=False)
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    start_ms: int = Field(ge=-600_000, le=600_000)
    end_ms: int = Field(ge=-600_000, le=600_000)


class TaskName(StrEnum):
    """What the person at the door may have been asked to do."""

    BLINK_TWICE = "blink_twice"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"


class TaskSet(Payload):
    """The task of this visit, in milliseconds since the first crop.

    Attributes:
        task: what was asked.
        asked_ms: when.
        answered: whether it was done right and in time.
    """

    task: TaskName = Field(strict=False)
    asked_ms: int = Field(ge=-600_000, le=600_000)
    answered: bool


class Liveness(Payload):
    """What the door saw of life, and with which eyes.

    Attributes:
        policy: the name of the door's policy.
        blinks: the newest of the blinks that were seen.
        evidence: what each sign that was looked for came to, the newest of each kind and finding.
        task: what the person was asked to do, where anything was.
        fps: frames a second that were looked at.
        models: which models looked, by what they do; a name and the beginning of its SHA-256.
    """

    policy: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
    blinks: tuple[BlinkSeen, ...] = Field(max_length=16)
    evidence: tuple[EvidenceSeen, ...] = Field(default=(), max_length=16)
    task: TaskSet | None = None
    fps: float = Field(ge=0, le=1000, allow_inf_nan=False)
    models: dict[ModelRole, ModelName] = Field(default_factory=dict, max_length=16)


class Burst(Payload):
    """The frames of one visit, all from the one unbroken track in which life was seen."""

    visit: Counter
    nonce: Nonce
    liveness: Liveness
    crops: tuple[Crop, ...] = Field(min_length=1, max_length=MAX_BURST)


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


# --- brain to door -------------------------------------------------------------------------------


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


Command = Annotated[
    AskChallenge | StartEnrolment | StopEnrolment | TakeSnapshot, Field(discriminator="kind")
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


# --- administrators ------------------------------------------------------------------------------


class UploadFrame(Payload):
    """One photo for an enrolment that was opened with `"source": "upload"`."""

    jpeg: bytes = Field(repr=False)
    enrolment: Id
    token: Nonce = Field(repr=False)


class Change(Payload):
    """A request that changes something: its transaction makes a repeat harmless."""

    transaction: Transaction


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


class Unlock(Change):
    """Open a door from afar."""

    op: Literal["unlock"]
    door: DoorName
    reason: Text = ""
    hold_s: float | None = Field(default=None, gt=0, le=60, allow_inf_nan=False)


class Lockdown(Change):
    """Keep a door shut, whoever comes, until `release`."""

    op: Literal["lockdown"]
    door: DoorName
    reason: Text = ""


class Release(Change):
    """Undo `lockdown`."""

    op: Literal["release"]
    door: DoorName
    reason: Text = ""


class TakeDoorSnapshot(Change):
    """Have a door publish one picture."""

    op: Literal["snapshot"]
    door: DoorName


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


# --- the brain, to whoever may watch -------------------------------------------------------------


class EnrolmentState(StrEnum):
    """Where an enrolment stands."""

    CAPTURING = "capturing"
    TRAINING = "training"
    TRAINED = "trained"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    UNDONE = "undone"


class EnrolmentChanged(Payload):
    """Progress or result of an enrolment; `resident` is opaque.

    Attributes:
        lookalikes: other residents whom this gallery's threshold does not tell from this one.
    """

    kind: Literal["enrolment"] = "enrolment"
    enrolment: Id
    resident: Id
    door: DoorName
    state: EnrolmentState
    stored: int = Field(ge=0)
    count: int = Field(ge=1)
    templates: int = Field(default=0, ge=0)
    reason: Text = ""
    lookalikes: tuple[Id, ...] = Field(default=(), max_length=MAX_LOOKALIKES)


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
    | VisitDecided
    | GalleryChanged
    | EncoderChanging
    | MessageRefused
    | ManyRefusals,
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


class BrainHealth(Payload):
    """How the brain is, every half minute.

    Attributes:
        lookers: the processes that look at pictures; None where the brain looks itself.
        poison: messages that broke something since the start, the most frequent kinds first.
        audit: where the audit ends; None where the database cannot say.
        note: what an administrator should know, such as that nobody is enrolled; empty where all
            is well.
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
