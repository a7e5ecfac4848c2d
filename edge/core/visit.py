"""What does the door do next? A visit as a pure state machine: `step(door, event, now)`.

Every event is answered in every phase. What has run out by `now` ends first, so that an event never
finds a phase that should be over. Whether the lock may be held is asked of `edge.core.gate` alone.

When does a visit begin again for somebody who stays? After a refusal or a time-out: with a new
track, or once the same one shows fresh signs of life (a door that sets tasks asks it again after a
while). After a grant or an enrolment: with a new
track only. And always after absence. A verdict that is not the awaited one, or comes late or
twice, moves nothing.
"""

from __future__ import annotations

from dataclasses import replace

from doorbus.messages import EventKind
from edge.core import contact
from edge.core.policies import Challenging
from edge.core.prompts import Prompt
from edge.core.visit_codes import CodeTurn
from edge.core.visit_effects import Effect, RestartLiveness, SetTask
from edge.core.visit_events import (
    Answered,
    BrainMoved,
    BusDown,
    BusUp,
    CameraChanged,
    CameraState,
    CodeTyped,
    Ending,
    EnrolmentOver,
    EnrolmentWanted,
    Event,
    FrameJudged,
    LocalTime,
    LockReported,
    MatchedHere,
    Noticed,
    NotSent,
    Ordered,
    PassKept,
    PassShown,
    Seen,
    SenseMoved,
    Tick,
)
from edge.core.visit_orders import OrderedTurn
from edge.core.visit_senses import SensingTurn
from edge.core.visit_state import (
    AskingCode,
    Door,
    Enrolling,
    Lingering,
    Open,
    Paused,
    Refused,
    Waiting,
    Watching,
)
from edge.core.watching import against_life, look, timed_out

Step = tuple[Door, tuple[Effect, ...]]

WAITING_S = 2.0
"""Seconds without a frame after which an enrolment says what it waits for; so long it is silent."""


def step(door: Door, event: Event, now: float) -> Step:
    """The door after `event` at `now` (monotonic seconds), and what it wants done, in order."""
    turn = _Turn(door, now)
    turn.expire()
    turn.take(event)
    turn.settle()
    return turn.door, tuple(turn.effects)


class _Turn(CodeTurn, OrderedTurn, SensingTurn):
    """One step in the making."""

    def expire(self) -> None:
        """End what has run out."""
        rule, now = self.door.rule, self.now
        self._follow_leaf(contact.Passed())
        match self.door.phase:
            case Watching() as watching:
                over = timed_out(watching, rule, now, absent=self._absent())
                if over is not None:
                    if over.tell is not None:
                        self._emit(over.tell, watching.visit, prompt=self.door.prompt)
                    self._rest(over.track, again=True)
            case AskingCode() as asking:
                self._expire_code(asking)
            case Waiting(visit, _, until, track) if now >= until:
                self._unanswered(visit, track, "no answer in time")
            case Open(track) if not self._passing():
                self._rest(track, again=track is None)
            case Refused(until, track) if now >= until:
                self._rest(track, again=True)
            case Lingering() if self._absent():
                self._rest(None, again=True)
            case Paused() if not self.door.attempts.paused(now):
                self._rest(None, again=True)
            case Enrolling(enrolment, at) if now - at >= rule.enrolment_idle_s:
                self._emit(EventKind.ENROLMENT_FAILED, detail=f"{enrolment} no face for too long")
                self._set(enrolment=None)
                self._rest(None, again=True)

    def take(self, event: Event) -> None:
        """Answer one event."""
        match event:
            case Noticed(someone):
                self._notice(someone=someone)
            case Seen():
                self._see(event)
            case Answered() | Ordered() | NotSent() | BusUp() | BusDown():
                self._take_from_bus(event)
            case EnrolmentWanted() | FrameJudged() | EnrolmentOver():
                self._take_enrolment(event)
            case MatchedHere():
                self._matched_here(event)
            case BrainMoved(online):
                self._set(brain=online)
            case CameraChanged():
                self._camera_changed(event)
            case LockReported():
                self._lock_reported(event)
                self.expire()
            case SenseMoved() | LocalTime():
                self._feel(event)
            case CodeTyped() | PassShown() | PassKept():
                self._take_code(event)
            case Tick():
                pass

    def _take_from_bus(self, event: Answered | Ordered | NotSent | BusUp | BusDown) -> None:
        phase = self.door.phase
        match event:
            case Answered(verdict):
                self._hear(verdict)
            case Ordered(order):
                self._obey(order)
                self.expire()
            case NotSent(visit, why):
                if isinstance(phase, Waiting) and phase.visit == visit:
                    self._unanswered(visit, phase.track, why)
            case BusUp():
                self._set(bus=True)
            case BusDown():
                self._set(bus=False)
                if isinstance(phase, Waiting):
                    self._unanswered(phase.visit, phase.track, "the broker went away")

    def _take_enrolment(self, event: EnrolmentWanted | FrameJudged | EnrolmentOver) -> None:
        match event:
            case EnrolmentWanted(enrolment):
                self._want_enrolment(enrolment)
            case FrameJudged(taken, prompt, track):
                phase = self.door.phase
                if isinstance(phase, Enrolling):
                    if track is not None:
                        self._set(noticed_at=self.now)
                    after = replace(phase, track=track)
                    if taken:
                        after = replace(after, progress_at=self.now, told=None)
                    self._enter(after, prompt)
                    self._tell_waiting(after)
            case EnrolmentOver(enrolment, ending):
                self._end_enrolment(enrolment, ending)

    # --- looking ---------------------------------------------------------------------------------

    def _see(self, seen: Seen) -> None:
        if seen.sighting.face is not None:
            self._set(noticed_at=self.now)
        if RestartLiveness() in self.effects:
            # A phase has just run out: what was alive in it must show life anew.
            seen = _anew(seen)
        match self.door.phase:
            case Watching() as watching:
                self._watch(watching, seen)
            case AskingCode() as asking:
                self._wait_for_code(asking, seen)
            case Waiting(visit, _, _, track) if seen.sighting.track == track:
                if seen.against is not None:
                    # Whatever the brain says now comes too late.
                    self._turn_away(visit, track, against_life(seen.against))
            case Lingering() as lingering:
                self._linger(lingering, seen)

    def _linger(self, lingering: Lingering, seen: Seen) -> None:
        sighting = seen.sighting
        if sighting.track is None or sighting.face is None:
            return
        if sighting.track != lingering.track:
            self._watch(self._begin(), seen)
        elif lingering.again and sighting.faces == 1:
            rule = self.door.rule
            asks = rule.challenge is not Challenging.OFF
            waited = self.now - lingering.since >= rule.no_life_s
            if waited and seen.against is not None:
                # A sign may err: whoever stays and lives is not ignored for it for ever.
                self.effects.append(RestartLiveness())
                self._enter(replace(lingering, since=self.now))
                seen = _anew(seen)
            if seen.alive or (asks and waited):
                self._watch(self._begin(), seen)
            else:
                # Under `always` a blink begins nothing, nor where something speaks against it.
                heard = rule.challenge is not Challenging.ALWAYS and seen.against is None
                self._show(Prompt.BLINK if heard else Prompt.LOOK_HERE)

    def _watch(self, watching: Watching, seen: Seen) -> None:
        found = look(watching, seen, self.door.rule, self.now)
        if found.tell is not None:
            self._emit(found.tell, watching.visit, prompt=found.prompt)
        if found.restart:
            self.effects.append(RestartLiveness())
        if found.task is not None:
            self.effects.append(SetTask(found.task))
        self._enter(found.watching, found.prompt)
        if found.refused is not None:
            self._turn_away(watching.visit, found.watching.track, found.refused)
        elif found.ready:
            self._ask(found.watching, seen.nonce)

    # --- enrolments and devices ------------------------------------------------------------------

    def _want_enrolment(self, enrolment: str) -> None:
        news = enrolment != self.door.enrolment
        self._set(enrolment=enrolment)
        if news:
            self._emit(EventKind.ENROLLING, detail=enrolment)
        if isinstance(self.door.phase, Waiting | Open | Refused):
            return  # that ends within seconds, and then this begins
        if news or not isinstance(self.door.phase, Enrolling):
            self.effects.append(RestartLiveness())
        self._enter(Enrolling(enrolment, self.now), Prompt.HOLD_STILL)

    def _tell_waiting(self, phase: Enrolling) -> None:
        """Say what keeps an enrolment from going on: whoever leads it may not stand there."""
        waits = self.now - phase.progress_at >= WAITING_S
        news = self.door.prompt is not phase.told
        if waits and news and self.now - phase.told_at >= WAITING_S:
            self._emit(EventKind.ENROLLING_WAITS, detail=phase.enrolment, prompt=self.door.prompt)
            self._set(phase=replace(phase, told=self.door.prompt, told_at=self.now))

    def _end_enrolment(self, enrolment: str, ending: Ending) -> None:
        if enrolment != self.door.enrolment:
            return
        if ending is Ending.STOPPED:
            self._emit(EventKind.ENROLMENT_FAILED, detail=f"{enrolment} stopped by the brain")
        self._set(enrolment=None)
        phase = self.door.phase
        if isinstance(phase, Enrolling):
            self._rest(phase.track, again=phase.track is None)

    def _camera_changed(self, event: CameraChanged) -> None:
        if event.state is self.door.camera:
            return
        self._set(camera=event.state)
        phase = self.door.phase
        visit = phase.visit if isinstance(phase, Watching) else None
        self._emit(_CAMERA_EVENTS[event.state], visit, event.detail)
        if event.state is not CameraState.GOOD and isinstance(
            phase, Watching | AskingCode | Lingering
        ):
            self._rest(None, again=True)


def _anew(seen: Seen) -> Seen:
    """A look without anything that was seen before it."""
    return replace(seen, alive=False, frames=0, against=None, answer=None)


_CAMERA_EVENTS = {
    CameraState.GOOD: EventKind.CAMERA_BACK,
    CameraState.LOST: EventKind.CAMERA_LOST,
    CameraState.FROZEN: EventKind.CAMERA_FROZEN,
}
