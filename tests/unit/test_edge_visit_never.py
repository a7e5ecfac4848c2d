"""What a door never does, whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
from edge_sightings import face, sighting
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from doorbus.messages import Decision, EventKind, Order, OrderAction, Reason, Verdict
from doorbus.messages.schedules import Window
from edge.core.attempts import NOT_THE_VISITORS_FAULT
from edge.core.challenge import Answer
from edge.core.evidence import EvidenceKind
from edge.core.gate import Mode
from edge.core.gate import Reason as Row
from edge.core.office import OfficeRule
from edge.core.policies import Challenging
from edge.core.prompts import Prompt
from edge.core.senses import Sense
from edge.core.standing import STANDING_S
from edge.core.visit import step
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    RestartLiveness,
    SendBurst,
    SetTask,
)
from edge.core.visit_events import (
    Answered,
    BusDown,
    BusUp,
    CameraChanged,
    CameraState,
    Ending,
    EnrolmentOver,
    EnrolmentWanted,
    Event,
    FrameJudged,
    LocalTime,
    LockReported,
    Noticed,
    NotSent,
    Ordered,
    Seen,
    SenseMoved,
    Tick,
)
from edge.core.visit_state import (
    Door,
    Enrolling,
    Lingering,
    Open,
    Paused,
    Refused,
    VisitRule,
    Waiting,
    Watching,
)

steps = st.sampled_from([0.0, 0.01, 0.03, 0.2, 0.9, 1.1, 2.9, 3.1, 5.5, 13.0, 31.0, 400.0])


OFFICE = OfficeRule((Window(days=("mon",), start="09:00", end="17:00"),), first_person=False)
STANDING = {Row.FIRE, Row.EVACUATION, Row.OFFICE}


def _is_wrong(event: Event) -> bool:
    return isinstance(event, Seen) and event.answer is Answer.WRONG


class Doorstep(RuleBasedStateMachine):
    """Anything may happen; beside the door runs a plain account of what it was asked and told."""

    def __init__(self) -> None:
        super().__init__()
        self.door = Door()
        self.now = 50.0
        self.sent: list[tuple[int, str, float]] = []
        self.heard: list[Verdict] = []
        self.locked_down = False
        self.evacuating = False
        self.fire = False
        self.office = False
        self.lock_until: float | None = None
        self.camera_awake = False
        self.refused_in_row = 0
        self.frames = 0
        self.happen(BusUp(), 0)

    @initialize(challenge=st.sampled_from(list(Challenging)))
    def how_it_asks(self, challenge: Challenging) -> None:
        self.door = replace(self.door, rule=VisitRule(challenge=challenge, office=OFFICE))

    def happen(self, event: Event, after: float, *, may_hold: float | None = None) -> list[Effect]:
        """One step; `may_hold` is how long the lock may be held for this event, if at all."""
        self.now += after
        before = self.door
        self.door, effects = step(before, event, self.now)
        sends = any(isinstance(effect, SendBurst) for effect in effects)
        assert not (sends and RestartLiveness() in effects), "a burst of frames just forgotten"
        for effect in effects:
            self.check(effect, event, before, may_hold)
        return list(effects)

    def check(self, effect: Effect, event: Event, before: Door, may_hold: float | None) -> None:
        match effect:
            case HoldLock(seconds, reason):
                self.check_hold(reason, event, before, may_hold)
                assert 0 < seconds <= 30.001
                self.lock_until = self.now + seconds
            case CloseLock():
                self.lock_until = None
            case SendBurst(visit, nonce):
                assert isinstance(event, Seen)
                assert event.alive
                assert event.against is None
                assert event.sighting.faces == 1
                assert before.bus
                assert before.camera is CameraState.GOOD
                assert not before.attempts.paused(self.now)
                assert all(visit > earlier for earlier, _, _ in self.sent)
                self.sent.append((visit, nonce, self.now))
            case Camera(awake):
                assert awake != self.camera_awake
                self.camera_awake = awake
            case SetTask():
                assert isinstance(event, Seen)
                assert before.rule.challenge is not Challenging.OFF
            case Emit(EventKind.SPOOF):
                assert isinstance(event, Seen)
                assert event.against is not None
                self.refused_in_row += 1
            case Emit(EventKind.NO_BLINK, _, detail) if detail and _is_wrong(event):
                self.refused_in_row += 1
            case Emit(EventKind.NO_BLINK, _, detail) if detail:
                assert isinstance(event, Seen)
                self.refused_in_row += event.sighting.track == before.late
            case Emit(EventKind.PAUSED):
                assert self.refused_in_row == 5
                self.refused_in_row = 0
            case Emit(EventKind.GRANTED):
                self.refused_in_row = 0

    def check_hold(self, reason: Row, event: Event, before: Door, may_hold: float | None) -> None:
        """The account names the row that may hold, of those above whatever keeps it shut."""
        standing = self.stands_open()
        if reason in STANDING:
            assert reason is standing
            return
        assert standing is None
        assert not self.locked_down
        # A visit's time may go on when something that stood above it is over.
        goes_on = before.told_lock.decision.reason in STANDING
        assert may_hold is not None or goes_on, f"{event} in {before.phase} held the lock"

    def stands_open(self) -> Row | None:
        if self.fire:
            return Row.FIRE
        if self.evacuating:
            return Row.EVACUATION
        return Row.OFFICE if self.office and not self.locked_down else None

    # --- what may happen -------------------------------------------------------------------------

    @rule(after=steps, someone=st.booleans())
    def presence(self, after: float, someone: bool) -> None:
        self.happen(Noticed(someone), after)

    @rule(
        after=st.sampled_from([0.01, 0.03, 0.2, 1.1]),
        track=st.sampled_from([None, 1, 2]),
        faces=st.sampled_from([1, 1, 1, 2]),
        alive=st.booleans(),
        frames=st.sampled_from([3, 9, 20, 60]),
        brightness=st.sampled_from([10.0, 120.0, 120.0]),
        width=st.sampled_from([30.0, 120.0, 120.0]),
        light=st.sampled_from([5.0, 100.0]),
        against=st.sampled_from([None, None, None, EvidenceKind.SCREEN]),
        answer=st.sampled_from([None, None, *Answer]),
    )
    def look(
        self,
        *,
        after: float,
        track: int | None,
        faces: int,
        alive: bool,
        frames: int,
        brightness: float,
        width: float,
        light: float,
        against: EvidenceKind | None,
        answer: Answer | None,
    ) -> None:
        self.frames += 1
        shown = face(brightness=brightness, width=width)
        seen = sighting(self.frames, track=track, faces=faces, seen=shown)
        nonce = f"{self.frames:032x}"
        self.happen(Seen(seen, alive, frames, light, nonce, against, answer), after)

    @rule(faces=st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2)]))
    def walk_up_and_blink(self, faces: tuple[int, int] = (1, 1)) -> None:
        self.frames += 1
        track = 10 + self.frames
        self.happen(Noticed(someone=True), 0)
        for alive, together in zip((False, True), faces, strict=True):
            self.frames += 1
            seen = sighting(self.frames, track=track, faces=together)
            self.happen(Seen(seen, alive, 60, 100.0, f"{self.frames:032x}"), 0.03)

    @rule(
        times=st.integers(min_value=1, max_value=7),
        decision=st.sampled_from([Decision.DENY, Decision.DENY, Decision.GRANT]),
    )
    def whole_visits(self, times: int, decision: Decision) -> None:
        for _ in range(times):
            self.walk_up_and_blink()
            if isinstance(self.door.phase, Waiting):
                forged = (self.sent[-1][0], "f" * 32, self.sent[-1][2])
                self.answer_with(forged, Decision.GRANT, Reason.MATCH, 4.0, after=0.1)
                self.answer_with(self.sent[-1], decision, Reason.UNKNOWN, 4.0, after=0.1)
            self.happen(Tick(), 4.1)

    @precondition(lambda self: self.sent)
    @rule(
        after=st.sampled_from([0.01, 0.2, 2.9, 3.1]),
        which=st.integers(min_value=1, max_value=3),
        nonce_fits=st.sampled_from([True, True, True, False]),
        decision=st.sampled_from(list(Decision)),
        reason=st.sampled_from([Reason.UNKNOWN, Reason.UNKNOWN, Reason.BRAIN_ERROR]),
        hold_s=st.sampled_from([0.0, 4.0, 60.0]),
    )
    def answer(
        self,
        *,
        after: float,
        which: int,
        nonce_fits: bool,
        decision: Decision,
        reason: Reason,
        hold_s: float,
    ) -> None:
        asked = self.sent[-min(which, len(self.sent))]
        if not nonce_fits:
            asked = (asked[0], "f" * 32, asked[2])
        self.answer_with(asked, decision, reason, hold_s, after=after)

    def answer_with(
        self,
        asked: tuple[int, str, float],
        decision: Decision,
        reason: Reason,
        hold_s: float,
        *,
        after: float,
    ) -> None:
        visit, nonce, at = asked
        verdict = Verdict(visit=visit, nonce=nonce, decision=decision, reason=reason, hold_s=hold_s)
        in_time = self.now + after < at + 3.0
        once = all((v.visit, v.nonce) != (visit, nonce) for v in self.heard)
        counts = (
            in_time and once and asked == self.sent[-1] and isinstance(self.door.phase, Waiting)
        )
        granted = counts and decision is Decision.GRANT
        denied = counts and decision is Decision.DENY
        if denied and reason not in NOT_THE_VISITORS_FAULT:
            self.refused_in_row += 1
        self.heard.append(verdict)

        effects = self.happen(Answered(verdict), after, may_hold=hold_s if granted else None)

        said = [effect.kind for effect in effects if isinstance(effect, Emit)]
        assert (EventKind.GRANTED in said) == (granted and not self.locked_down)
        assert (EventKind.DENIED in said) == (denied or (granted and self.locked_down))
        assert not (granted and not self.locked_down) or isinstance(self.door.phase, Open)

    @rule(after=steps, visit=st.integers(min_value=0, max_value=9))
    def burst_not_sent(self, after: float, visit: int) -> None:
        self.happen(NotSent(visit, "refused"), after)

    @rule(
        after=steps, action=st.sampled_from(list(OrderAction)), hold_s=st.sampled_from([0.0, 7.0])
    )
    def order(self, after: float, action: OrderAction, hold_s: float) -> None:
        order = Order(order="o-1", challenge="a" * 32, action=action, hold_s=hold_s)
        match action:
            case OrderAction.LOCKDOWN:
                self.locked_down = self.locked_down or not self.evacuating
            case OrderAction.EVACUATE:
                self.evacuating = True
            case OrderAction.RELEASE:
                self.locked_down = self.evacuating = False
        effects = self.happen(
            Ordered(order), after, may_hold=hold_s if action is OrderAction.UNLOCK else None
        )
        assert sum(isinstance(e, Emit) and e.kind is EventKind.ORDER for e in effects) == 1

    @rule(after=steps, enrolment=st.sampled_from(["e-1", "e-2"]))
    def enrolment_wanted(self, after: float, enrolment: str) -> None:
        self.happen(EnrolmentWanted(enrolment), after)

    @rule(
        after=steps,
        taken=st.booleans(),
        prompt=st.sampled_from(list(Prompt)),
        track=st.sampled_from([None, 1]),
    )
    def frame_judged(self, after: float, taken: bool, prompt: Prompt, track: int | None) -> None:
        self.happen(FrameJudged(taken, prompt, track), after)

    @rule(
        after=steps,
        enrolment=st.sampled_from(["e-1", "e-2"]),
        ending=st.sampled_from(list(Ending)),
    )
    def enrolment_over(self, after: float, enrolment: str, ending: Ending) -> None:
        self.happen(EnrolmentOver(enrolment, ending), after)

    @rule(after=steps, up=st.sampled_from([True, True, True, False]))
    def bus(self, after: float, up: bool) -> None:
        self.happen(BusUp() if up else BusDown(), after)

    @rule(after=steps, state=st.sampled_from([*CameraState, CameraState.GOOD, CameraState.GOOD]))
    def camera(self, after: float, state: CameraState) -> None:
        self.happen(CameraChanged(state), after)

    @rule(after=steps, locked=st.booleans())
    def lock_reported(self, after: float, locked: bool) -> None:
        self.happen(LockReported(locked, self.now + after), after)

    @rule(after=steps, sense=st.sampled_from([*Sense, Sense.FIRE]), on=st.booleans())
    def felt(self, after: float, sense: Sense, on: bool) -> None:
        if sense is Sense.FIRE:
            self.fire = on
        self.happen(SenseMoved(sense, on), after)

    @rule(after=steps, hour=st.sampled_from([None, 8, 10, 16, 18]))
    def the_clock_says(self, after: float, hour: int | None) -> None:
        self.office = hour in {10, 16}
        local = None if hour is None else datetime(2026, 1, 5, hour, tzinfo=UTC)
        self.happen(LocalTime(local), after)

    @rule(after=steps)
    def time_passes(self, after: float) -> None:
        self.happen(Tick(), after)

    # --- what always holds -----------------------------------------------------------------------

    @invariant()
    def no_phase_outstays_its_time(self) -> None:
        door, now = self.door, self.now
        match door.phase:
            case Waiting(_, _, until, _) | Refused(until, _):
                assert now < until
            case Watching() as watching:
                assert now - watching.since < door.rule.longest_s
            case Lingering():
                assert now - door.noticed_at < door.rule.absence_s
            case Paused():
                assert door.attempts.paused(now)
            case Enrolling(enrolment):
                assert enrolment == door.enrolment
            case Open():
                assert self.lock_until is not None

    @invariant()
    def the_camera_is_awake_exactly_while_it_is_needed(self) -> None:
        assert self.camera_awake == self.door.awake

    @invariant()
    def the_lock_is_told_to_close_or_to_go_on_when_its_time_is_over(self) -> None:
        assert self.lock_until is None or self.now < self.lock_until

    @invariant()
    def what_stands_open_is_open_whatever_else_is_ordered(self) -> None:
        standing = self.stands_open()
        if standing is None:
            return
        assert self.lock_until is not None
        assert self.now < self.lock_until <= self.now + STANDING_S

    @invariant()
    def a_lock_down_keeps_it_shut_but_for_fire_and_evacuation(self) -> None:
        if self.locked_down and not (self.fire or self.evacuating):
            assert self.lock_until is None

    @invariant()
    def the_mode_is_that_of_the_highest_row(self) -> None:
        mode = {Row.FIRE: Mode.FIRE, Row.EVACUATION: Mode.EVACUATION, Row.OFFICE: Mode.OFFICE}
        standing = self.stands_open()
        otherwise = Mode.LOCK_DOWN if self.locked_down else Mode.NORMAL
        assert self.door.mode(self.now) is (otherwise if standing is None else mode[standing])

    @invariant()
    def it_never_pauses_before_five_refusals(self) -> None:
        assert self.refused_in_row < 5
        assert self.door.attempts.in_row == self.refused_in_row


TestDoorstep: Any = Doorstep.TestCase
TestDoorstep.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
