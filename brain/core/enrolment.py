"""Which frames does an enrolment take, and what comes next?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from brain.core.frame_looks import FrameLooks
from doorbus.messages import EnrolmentChanged, EnrolmentState

ROUNDS = 3
"""How often the door is asked in all for frames that were refused as unusable."""

OPEN = frozenset({EnrolmentState.CAPTURING, EnrolmentState.TRAINING})
"""States in which an enrolment still may become a success."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One try to make a resident recognisable.

    Attributes:
        id: made by the brain.
        resident: opaque id.
        door: the one door whose frames it takes; empty where photos are uploaded.
        count: frames wanted, with indexes from 0.
        state: where it stands.
        rounds: how often the door has been asked for frames, from 1.
        reason: why it was refused, or a warning; for people.
        created: seconds since 1970.
        token: SHA-256 of what uploads must bring along, in hexadecimal; None at a door.
    """

    id: str
    resident: str
    door: str
    count: int
    state: EnrolmentState = EnrolmentState.CAPTURING
    rounds: int = 1
    reason: str = ""
    created: float = 0.0
    token: str | None = None

    @property
    def uploaded(self) -> bool:
        """Whether its pictures are photos that an administrator sends."""
        return not self.door


@dataclass(frozen=True, slots=True)
class FramesSoFar:
    """What has become of an enrolment's frames; no index is in both."""

    stored: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()


class Step(Enum):
    """What an enrolment needs next."""

    WAIT = "wait"
    TRAIN = "train"
    ASK_AGAIN = "ask again"
    GIVE_UP = "give up"


def moved(one: Enrolment, state: EnrolmentState, reason: str = "") -> Enrolment:
    """The enrolment in another state."""
    return replace(one, state=state, reason=reason)


def objection(enrolment: Enrolment | None, door: str, index: int, count: int) -> str | None:
    """Why a frame that is not stored yet is refused; None where it is welcome."""
    if enrolment is None or enrolment.door != door:
        # The same answer for both: a door learns nothing of another door's enrolments.
        return "no such enrolment at this door"
    if enrolment.state is not EnrolmentState.CAPTURING:
        return f"this enrolment is {enrolment.state.value}"
    if count != enrolment.count or index >= enrolment.count:
        return f"this enrolment has {enrolment.count} frames, from 0"
    return None


def missing(count: int, stored: Collection[int]) -> tuple[int, ...]:
    """The indexes that are still to come, in order."""
    return tuple(index for index in range(count) if index not in stored)


def next_step(enrolment: Enrolment, frames: FramesSoFar, rounds: int = ROUNDS) -> Step:
    """What to do after a frame was stored or refused."""
    if enrolment.state is not EnrolmentState.CAPTURING:
        return Step.WAIT
    if len(frames.stored) >= enrolment.count:
        return Step.TRAIN
    if len(frames.stored | frames.refused) < enrolment.count or enrolment.uploaded:
        return Step.WAIT
    return Step.ASK_AGAIN if enrolment.rounds < rounds else Step.GIVE_UP


def expired(since_progress_s: float, expiry_s: float) -> bool:
    """Whether an enrolment has waited too long for its next frame; seconds, monotonic."""
    return since_progress_s >= expiry_s


def told(
    one: Enrolment,
    stored: int,
    templates: int = 0,
    lookalikes: tuple[str, ...] = (),
    looks: FrameLooks | None = None,
) -> EnrolmentChanged:
    """What whoever watches hears of an enrolment.

    Args:
        one: as it is now.
        stored: frames that are stored.
        templates: how many it led to.
        lookalikes: residents whom the new templates could be taken for, the nearest first.
        looks: what was seen of its frames so far.
    """
    return EnrolmentChanged(
        enrolment=one.id,
        resident=one.resident,
        door=one.door or None,
        state=one.state,
        stored=stored,
        count=one.count,
        templates=templates,
        reason=one.reason[:200],
        lookalikes=lookalikes,
        usable=None if looks is None else looks.usable,
        hint=None if looks is None else looks.hint,
    )
