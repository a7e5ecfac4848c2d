"""How do an enrolment's frames get from the camera to the brain, and when are all there?"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from doorbus.messages import EventKind, StartEnrolment
from edge.core import enrolling
from edge.core.enrolling import Capture, EnrolmentRule
from edge.core.prompts import Prompt
from edge.core.sighting import Sighting
from edge.core.visit_events import Ending, EnrolmentOver, EnrolmentWanted, Event, FrameJudged
from edge.messages_out import enrolment_frame
from edge.ports import Frame
from edge.sender import Sender
from edge.spool import Spool

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An enrolment whose frames wait for the brain."""

    enrolment: str
    count: int


class Enroller:
    """Takes the frames of one enrolment at a time. For the main loop alone.

    Args of the constructor:
        rule: what a frame must be like.
        spool: started; frames of an earlier run may wait in it.
        sender: keeps the frames and sends them.
    """

    def __init__(self, rule: EnrolmentRule, spool: Spool, sender: Sender) -> None:
        self._rule = rule
        self._spool = spool
        self._sender = sender
        self._capture: Capture | None = None
        self._undelivered: _Delivery | None = None
        self._full = False

    @property
    def capturing(self) -> str | None:
        """The enrolment that frames are taken for."""
        return None if self._capture is None else self._capture.enrolment

    def start(self, command: StartEnrolment) -> Event:
        """The brain wants these frames; those in the spool are on their way already."""
        spooled = self._spool.indexes(command.enrolment)
        self._capture = enrolling.begin(command, spooled, self._capture)
        self._undelivered = _Delivery(command.enrolment, command.count)
        if self._capture.complete:
            return EnrolmentOver(command.enrolment, Ending.CAPTURED)
        return EnrolmentWanted(command.enrolment)

    def stop(self, enrolment: str, now: float) -> Event:
        """The brain wants no more of it; what waits is thrown away."""
        self.check_delivered(now)
        self._spool.forget_enrolment(enrolment)
        if self._capture is not None and self._capture.enrolment == enrolment:
            self._capture = None
        if self._undelivered is not None and self._undelivered.enrolment == enrolment:
            self._undelivered = None
        return EnrolmentOver(enrolment, Ending.STOPPED)

    def look(self, frame: Frame, sighting: Sighting, now: float) -> tuple[Event, ...]:
        """Take this frame if it will do; what the visit has to know of it."""
        capture = self._capture
        if capture is None:
            return ()
        objection = enrolling.objection(capture, sighting, self._rule)
        if objection is not None:
            return (FrameJudged(taken=False, prompt=objection, track=sighting.track),)
        if not self._keep(capture, frame, sighting, now):
            return (FrameJudged(taken=False, prompt=Prompt.HOLD_STILL, track=sighting.track),)
        self._capture = enrolling.taken(capture, sighting)
        judged = FrameJudged(taken=True, prompt=Prompt.HOLD_STILL, track=sighting.track)
        if self._capture.complete:
            return judged, EnrolmentOver(capture.enrolment, Ending.CAPTURED)
        return (judged,)

    def check_delivered(self, now: float) -> None:
        """Say so, once, when the brain has answered for every frame."""
        waiting, capture = self._undelivered, self._capture
        if waiting is None or (capture is not None and not capture.complete):
            return
        if not self._spool.indexes(waiting.enrolment):
            self._undelivered = None
            self._sender.event(EventKind.ENROLMENT_SENT, None, waiting.enrolment, now)

    def _keep(self, capture: Capture, frame: Frame, sighting: Sighting, now: float) -> bool:
        message = enrolment_frame(
            frame.image, sighting, capture.enrolment, capture.missing[0], capture.count
        )
        kept = self._sender.frame(message, now)
        if kept is self._full:
            self._full = not kept
            if self._full:
                _log.warning("spool_full", do="the capture waits until the brain takes frames")
        return kept
