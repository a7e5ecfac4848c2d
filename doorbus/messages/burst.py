"""What does a door send of a visitor: faces, and the signs of life it saw?

Times are milliseconds since its first frame, on the door's own clock; no clock is ever compared
across machines.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from doorbus.messages.codes import SecondFactor
from doorbus.messages.fields import MAX_BURST, Counter, Milliseconds, Nonce, Payload, Point

ModelRole = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]

ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}( [0-9a-f]{1,64})?$")]
"""A file, and the beginning of its SHA-256; plain enough not to be taken for more than a name."""


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
    """The frames of one visit, all from the one unbroken track in which life was seen.

    Attributes:
        second: the card or PIN that was shown beside the face, where the door asked for one.
    """

    visit: Counter
    nonce: Nonce
    liveness: Liveness
    second: SecondFactor | None = None
    crops: tuple[Crop, ...] = Field(min_length=1, max_length=MAX_BURST)
