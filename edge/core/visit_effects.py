"""What can a door want done?"""

from __future__ import annotations

from dataclasses import dataclass

from doorbus.messages import EventKind, SecondFactor
from edge.core.challenge import Task
from edge.core.gate import Reason
from edge.core.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Camera:
    """Look at every frame (awake), or only as often as presence needs it."""

    awake: bool


@dataclass(frozen=True, slots=True)
class RestartLiveness:
    """Nothing seen so far speaks for a living person any more, nor goes into a burst."""


@dataclass(frozen=True, slots=True)
class SetTask:
    """Whoever stands there is set a task, from the next look on."""

    task: Task


@dataclass(frozen=True, slots=True)
class SendBurst:
    """Choose the frames of the current track and publish them.

    Attributes:
        visit: which.
        nonce: its random mark.
        second: the card or PIN that was shown beside the face.
        kept: publish the frames that `KeepBurst` chose.
    """

    visit: int
    nonce: str
    second: SecondFactor | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class KeepBurst:
    """Choose the frames of the current track, for a `SendBurst` that comes later."""

    visit: int
    nonce: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Publish a code without a face."""

    visit: int
    nonce: str
    shown: SecondFactor


@dataclass(frozen=True, slots=True)
class UsePass:
    """Write down that a pass opens once more; `PassKept` answers, and only then it opens."""

    pass_id: str


@dataclass(frozen=True, slots=True)
class MatchHere:
    """Match a visit by the door's own cache, beside everything else; `MatchedHere` answers.

    Its burst is the one that was sent or, where none was, the one that was kept, or is chosen now.

    Attributes:
        visit: which.
        nonce: its random mark.
        second: the card or PIN that was shown beside the face.
        kept: the frames are those that `KeepBurst` chose.
    """

    visit: int
    nonce: str
    second: SecondFactor | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class JudgeCode:
    """Look for a code without a face in the door's own cache; `MatchedHere` answers."""

    visit: int
    nonce: str
    shown: SecondFactor


@dataclass(frozen=True, slots=True)
class HoldLock:
    """Tell the lock to be open for `seconds` from now. One order, given once.

    Attributes:
        seconds: for how long.
        reason: the row of the gate's table that holds it.
        renewed: this goes on with a standing hold, such as office mode's, that was told before.
    """

    seconds: float
    reason: Reason = Reason.VISIT
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class CloseLock:
    """Tell the lock to close."""


@dataclass(frozen=True, slots=True)
class KeepLockdown:
    """Remember across restarts whether a lock-down is in force."""

    on: bool


@dataclass(frozen=True, slots=True)
class KeepEvacuation:
    """Remember across restarts whether an evacuation is in force."""

    on: bool


@dataclass(frozen=True, slots=True)
class Show:
    """Tell the person at the door."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Emit:
    """An event for brain and watchers.

    Attributes:
        kind: what happened.
        visit: whose it is; None where it is no visit's.
        detail: see `DoorEvent`.
        prompt: what the person was shown when it ended without opening.
    """

    kind: EventKind
    visit: int | None = None
    detail: str = ""
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """A message moved nothing; `why` is safe to publish."""

    why: str


Effect = (
    Camera
    | RestartLiveness
    | SetTask
    | SendBurst
    | KeepBurst
    | SendCode
    | UsePass
    | MatchHere
    | JudgeCode
    | HoldLock
    | CloseLock
    | KeepLockdown
    | KeepEvacuation
    | Show
    | Emit
    | Refuse
)
