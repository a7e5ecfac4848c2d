"""What can happen to a door?

Whatever comes from the bus has had its signature checked before it becomes one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from doorbus.messages import Order, PassRefusal, SecondFactor, Verdict
from edge.core.away import Judged, NotJudged
from edge.core.challenge import Answer, Task
from edge.core.evidence import EvidenceKind
from edge.core.prompts import Prompt
from edge.core.senses import Sense
from edge.core.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Noticed:
    """Presence was asked whether somebody stands before the door."""

    someone: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """The tracker looked at a frame.

    Attributes:
        sighting: what it saw.
        alive: whether the current track has shown all that the liveness policy asks for, as of this
            sighting.
        frames: how many frames of the current unbroken track a burst could be chosen from.
        light: mean grey level of the whole picture, 0 to 255.
        nonce: fresh random, 32 hexadecimal digits, for the burst that this sighting may cause.
        against: the kind of evidence that speaks against a living person; None where none does.
        answer: how the task that this visit set was answered, as of this sighting; None before.
        task: a turn drawn at random, should this visit ask for one now.
        turn: another one; whether both are the same is what draws the number of turns.
    """

    sighting: Sighting
    alive: bool
    frames: int
    light: float
    nonce: str
    against: EvidenceKind | None = None
    answer: Answer | None = None
    task: Task = Task.TURN_LEFT
    turn: Task = Task.TURN_LEFT


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A verdict of the brain, signed for this door in this epoch."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Ordered:
    """An administrator's order, signed, that has just used up its challenge."""

    order: Order


@dataclass(frozen=True, slots=True)
class MatchedHere:
    """What the door's own cache says of a visit, or why it says nothing."""

    visit: int
    nonce: str
    found: Judged | NotJudged


@dataclass(frozen=True, slots=True)
class BrainMoved:
    """The brain says, or its last will does, whether it is there."""

    online: bool


@dataclass(frozen=True, slots=True)
class CodeTyped:
    """Something was shown to the reader.

    Attributes:
        shown: what; its digits are in no text of it.
        nonce: fresh random, 32 hexadecimal digits, should the brain be asked.
    """

    shown: SecondFactor
    nonce: str


@dataclass(frozen=True, slots=True)
class PassShown:
    """The camera has read a visitor's pass.

    Attributes:
        key: tells this text from others.
        pass_id: which pass; None where the brain did not sign it.
        refusal: why it does not open; None where it may.
    """

    key: str
    pass_id: str | None
    refusal: PassRefusal | None


@dataclass(frozen=True, slots=True)
class PassKept:
    """The use of a pass is on the disk, or is not, for `refusal`; answers `UsePass`."""

    pass_id: str
    refusal: PassRefusal | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """The burst of a visit could not be published."""

    visit: int
    why: str


@dataclass(frozen=True, slots=True)
class EnrolmentWanted:
    """The brain wants frames; a repeat for the running enrolment resumes it."""

    enrolment: str


@dataclass(frozen=True, slots=True)
class FrameJudged:
    """A frame was looked at for the running enrolment.

    Attributes:
        taken: whether it became one of its frames.
        prompt: what the person is told.
        track: whose face it showed, None without one.
    """

    taken: bool
    prompt: Prompt
    track: int | None


class Ending(Enum):
    """Why an enrolment needs no more frames."""

    CAPTURED = "captured"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class EnrolmentOver:
    """An enrolment needs no more frames."""

    enrolment: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class BusUp:
    """The broker is there."""


@dataclass(frozen=True, slots=True)
class BusDown:
    """The broker went away; what was in flight on a clean session is lost."""


class CameraState(Enum):
    """How the camera is."""

    GOOD = "good"
    LOST = "lost"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """The capture thread has news of the camera."""

    state: CameraState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LockReported:
    """The actuator moved; `at` is when the report came in, monotonic seconds."""

    locked: bool
    at: float


@dataclass(frozen=True, slots=True)
class SenseMoved:
    """An input has settled; `on` is its unusual state. The first one tells how it is."""

    sense: Sense
    on: bool


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The time at the site, aware and in its zone; None while the clock cannot be trusted."""

    local: datetime | None


Event = (
    Noticed
    | Seen
    | Tick
    | Answered
    | Ordered
    | CodeTyped
    | PassShown
    | PassKept
    | NotSent
    | MatchedHere
    | BrainMoved
    | EnrolmentWanted
    | FrameJudged
    | EnrolmentOver
    | BusUp
    | BusDown
    | CameraChanged
    | LockReported
    | SenseMoved
    | LocalTime
)
