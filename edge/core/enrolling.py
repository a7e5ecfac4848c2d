"""Which frame becomes which index of an enrolment?"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from doorbus.messages import StartEnrolment
from edge.core.prompts import Prompt
from edge.core.sighting import Face, Sighting


@dataclass(frozen=True, slots=True)
class EnrolmentRule:
    """What a frame must be like.

    Attributes:
        min_interval_s: least seconds between two frames, on the camera's time line.
        min_face_px: least width of the face.
        dark: least mean grey level of the face.
        bright: most mean grey level of the face.
    """

    min_interval_s: float = 0.04
    min_face_px: float = 80.0
    dark: float = 30.0
    bright: float = 240.0


@dataclass(frozen=True, slots=True)
class Capture:
    """An enrolment that wants frames.

    Attributes:
        enrolment: its id.
        count: how many frames it has in the end.
        missing: indexes still to be captured, in order.
        last_at: time of the last frame taken, seconds, the camera's time line.
        last_face: what that frame showed.
    """

    enrolment: str
    count: int
    missing: tuple[int, ...]
    last_at: float = -math.inf
    last_face: Face | None = None

    @property
    def complete(self) -> bool:
        """Whether every frame has been captured."""
        return not self.missing


def begin(command: StartEnrolment, spooled: Collection[int], before: Capture | None) -> Capture:
    """Start or resume.

    Args:
        command: what the brain has not stored.
        spooled: indexes of this enrolment that were captured and still wait for the brain.
        before: the capture that runs, if any; the same enrolment keeps its pace.
    """
    wanted = {index for index in command.missing if 0 <= index < command.count}
    fresh = Capture(command.enrolment, command.count, tuple(sorted(wanted - set(spooled))))
    if before is not None and before.enrolment == command.enrolment:
        return replace(fresh, last_at=before.last_at, last_face=before.last_face)
    return fresh


def objection(capture: Capture, sighting: Sighting, rule: EnrolmentRule) -> Prompt | None:
    """What keeps this frame out, as the person is told; None where it may be taken.

    `HOLD_STILL` stands for what the person can do nothing about.
    """
    face = sighting.face
    if face is None or sighting.track is None:
        return Prompt.LOOK_HERE
    if sighting.faces != 1:
        return Prompt.ONE_AT_A_TIME
    seen = _seen(face, rule)
    if seen is not None:
        return seen
    # A camera of just this pace must not lose every second frame to rounding.
    too_soon = sighting.at - capture.last_at < rule.min_interval_s - 1e-6
    if capture.complete or too_soon or face == capture.last_face:
        return Prompt.HOLD_STILL
    return None


def _seen(face: Face, rule: EnrolmentRule) -> Prompt | None:
    """What is wrong with how a face is seen."""
    if face.brightness < rule.dark:
        return Prompt.TOO_DARK
    if face.box[2] < rule.min_face_px:
        return Prompt.COME_CLOSER
    return Prompt.TOO_BRIGHT if face.brightness > rule.bright else None


def taken(capture: Capture, sighting: Sighting) -> Capture:
    """The capture after this sighting's frame became `capture.missing[0]`."""
    return replace(
        capture, missing=capture.missing[1:], last_at=sighting.at, last_face=sighting.face
    )
