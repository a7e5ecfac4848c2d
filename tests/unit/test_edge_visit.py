"""What a visit does, step by step, and what it never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from edge_sightings import face, sighting

from doorbus.messages import Decision, EventKind, Order, OrderAction, Reason, Verdict
from edge.core.challenge import Answer, Task
from edge.core.evidence import EvidenceKind
from edge.core.gate import Gate
from edge.core.gate import Reason as Row
from edge.core.policies import Challenging
from edge.core.prompts import Prompt
from edge.core.sighting import Sighting
from edge.core.visit import step
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    KeepLockdown,
    Refuse,
    RestartLiveness,
    SendBurst,
    SetTask,
    Show,
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
    LockReported,
    Noticed,
    NotSent,
    Ordered,
    Seen,
    Tick,
)
from edge.core.visit_state import (
    Asleep,
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

NONCE = "ab" * 16
OTHER_NONCE = "cd" * 16


class Play:
    """A door and its clock; keeps every effect."""

    def __init__(self, door: Door | None = None) -> None:
        self.door = door or Door(bus=True)
        self.now = 100.0
        self.effects: list[Effect] = []

    def do(self, event: Event, after: float = 0.0) -> list[Effect]:
        self.now += after
        self.door, effects = step(self.door, event, self.now)
        self.effects += effects
        return list(effects)

    def stands(self, *phases: type) -> bool:
        return isinstance(self.door.phase, phases)

    def emitted(self) -> list[EventKind]:
        return [effect.kind for effect in self.effects if isinstance(effect, Emit)]

    def holds(self) -> list[HoldLock]:
        return [effect for effect in self.effects if isinstance(effect, HoldLock)]

    def woken(self) -> Play:
        self.do(Noticed(someone=True))
        return self

    def asking(self) -> Play:
        """Somebody came, was seen alive, and the burst went out."""
        if not isinstance(self.door.phase, Watching):
            self.woken()
        self.do(see(alive=True), after=0.1)
        assert isinstance(self.door.phase, Waiting)
        return self

    def verdict(
        self,
        decision: Decision = Decision.GRANT,
        reason: Reason = Reason.MATCH,
        *,
        visit: int | None = None,
        nonce: str | None = None,
    ) -> Answered:
        asked = self.door.last_asked
        assert asked is not None
        return Answered(
            Verdict(
                visit=asked[0] if visit is None else visit,
                nonce=nonce or asked[1],
                decision=decision,
                reason=reason,
                hold_s=4.0,
            )
        )

    def denied(self, reason: Reason = Reason.UNKNOWN) -> Play:
        self.asking().do(self.verdict(Decision.DENY, reason), after=0.1)
        return self

    def watching_again(self) -> Play:
        """The refusal has been shown; a new face begins the next visit."""
        self.do(Tick(), after=3.1)
        self.do(see(track=1000 + self.door.visits))
        return self


def see(
    what: Sighting | None = None,
    *,
    alive: bool = False,
    frames: int = 60,
    track: int | None = 1,
    faces: int = 1,
    light: float = 100.0,
    nonce: str = NONCE,
    against: EvidenceKind | None = None,
    answer: Answer | None = None,
    task: Task = Task.TURN_LEFT,
) -> Seen:
    return Seen(
        what or sighting(track=track, faces=faces),
        alive,
        frames,
        light,
        nonce,
        against=against,
        answer=answer,
        task=task,
        turn=Task.TURN_RIGHT,
    )


def order(action: OrderAction, hold_s: float = 6.0) -> Ordered:
    return Ordered(Order(order="o-1", challenge=NONCE, action=action, hold_s=hold_s))


# --- waking and looking --------------------------------------------------------------------------


def test_somebody_before_the_door_wakes_it_and_the_camera() -> None:
    play = Play()

    effects = play.do(Noticed(someone=True))

    assert play.stands(Watching)
    assert effects == [
        RestartLiveness(),
        Show(Prompt.LOOK_HERE),
        Emit(EventKind.WOKE, 1),
        Camera(awake=True),
    ]


def test_nobody_before_the_door_leaves_it_asleep() -> None:
    play = Play()

    effects = play.do(Noticed(someone=False))

    assert (play.door.phase, effects) == (Asleep(), [])


def test_an_empty_visit_ends_by_itself_and_the_door_sleeps_once_nobody_is_noticed() -> None:
    play = Play().woken()

    play.do(Tick(), after=5.0)

    assert play.door.phase == Asleep()
    assert play.emitted() == [EventKind.WOKE, EventKind.NO_FACE]
    assert play.effects[-1] == Camera(awake=False)


def test_somebody_whose_face_never_shows_ends_the_visit_once() -> None:
    play = Play().woken()

    for _ in range(40):
        play.do(Noticed(someone=True), after=0.5)
        play.do(see(track=None))

    assert play.emitted() == [EventKind.WOKE, EventKind.NO_FACE]
    assert play.stands(Lingering)


def test_a_dark_picture_without_a_face_is_told_as_too_dark() -> None:
    play = Play().woken()

    play.do(see(track=None, light=5.0))
    play.do(Tick(), after=5.0)

    assert Show(Prompt.TOO_DARK) in play.effects
    assert play.emitted() == [EventKind.WOKE, EventKind.TOO_DARK]


def test_a_face_that_leaves_for_good_is_lost() -> None:
    play = Play().woken()

    play.do(see())
    play.do(see(track=None), after=0.5)
    for _ in range(9):
        play.do(Noticed(someone=True), after=1.0)

    assert play.emitted() == [EventKind.WOKE, EventKind.FACE_LOST]


def test_a_face_without_a_blink_ends_the_visit_and_asks_on() -> None:
    play = Play().woken()

    for _ in range(13):
        play.do(see(), after=1.0)

    assert play.emitted() == [EventKind.WOKE, EventKind.NO_BLINK]
    assert play.door.phase == Lingering(1, again=True, since=play.now)
    assert play.door.prompt is Prompt.BLINK


def test_a_still_face_that_stays_is_told_only_once() -> None:
    play = Play().woken()

    for _ in range(300):
        play.do(see(), after=1.0)

    assert play.emitted() == [EventKind.WOKE, EventKind.NO_BLINK]


def test_a_visit_ends_however_often_the_face_comes_and_goes() -> None:
    play = Play().woken()

    for _ in range(30):
        play.do(see(), after=1.0)
        play.do(see(track=None), after=0.5)

    assert EventKind.NO_BLINK in play.emitted()


def test_several_faces_are_asked_to_come_one_at_a_time_and_never_sent() -> None:
    play = Play().woken()

    for _ in range(5):
        play.do(see(faces=2, alive=True), after=0.2)

    assert play.emitted() == [EventKind.WOKE, EventKind.SEVERAL_FACES]
    assert play.door.prompt is Prompt.ONE_AT_A_TIME
    assert not any(isinstance(effect, SendBurst) for effect in play.effects)


def test_after_several_faces_life_must_be_shown_again() -> None:
    play = Play().woken()
    play.do(see(faces=2, alive=True))

    effects = play.do(see(alive=True), after=0.1)

    assert RestartLiveness() in effects
    assert play.stands(Watching)


def test_a_visit_of_several_faces_ends_without_blaming_the_blink() -> None:
    play = Play().woken()

    for _ in range(13):
        play.do(see(faces=2), after=1.0)

    assert play.emitted() == [EventKind.WOKE, EventKind.SEVERAL_FACES]
    assert play.stands(Lingering)


@pytest.mark.parametrize(
    ("shown", "prompt"),
    [(face(brightness=10.0), Prompt.TOO_DARK), (face(width=30.0), Prompt.COME_CLOSER)],
)
def test_a_face_too_dark_or_too_small_is_not_sent(shown: object, prompt: Prompt) -> None:
    play = Play().woken()

    play.do(see(sighting(seen=shown), alive=True))  # type: ignore[arg-type]  # faces, as above

    assert play.door.prompt is prompt
    assert play.stands(Watching)


# --- the burst -----------------------------------------------------------------------------------


def test_life_and_enough_frames_send_the_burst() -> None:
    play = Play().woken()

    effects = play.do(see(alive=True), after=0.5)

    assert effects == [Show(Prompt.WAIT), SendBurst(1, NONCE)]
    assert play.door.phase == Waiting(1, NONCE, play.now + 3.0, 1)


def test_a_burst_waits_for_frames_but_not_for_ever() -> None:
    play = Play().woken()

    play.do(see(alive=True, frames=9))
    assert play.stands(Watching)
    play.do(see(alive=True, frames=10), after=1.0)

    assert play.stands(Waiting)


def test_a_handful_of_frames_is_never_a_burst() -> None:
    play = Play().woken()

    for _ in range(5):
        play.do(see(alive=True, frames=7), after=1.0)

    assert play.stands(Watching)


def test_a_track_that_breaks_must_show_life_again() -> None:
    play = Play().woken()
    play.do(see(alive=True, frames=3, track=1))

    play.do(see(alive=False, frames=1, track=2), after=1.5)
    play.do(see(alive=True, frames=9, track=2), after=0.1)

    assert play.stands(Watching)


def test_without_a_broker_nothing_is_sent_and_the_visit_is_refused() -> None:
    play = Play(Door(bus=False)).woken()

    play.do(see(alive=True))

    assert play.stands(Refused)
    assert play.emitted() == [EventKind.WOKE, EventKind.NO_ANSWER]


@pytest.mark.parametrize("event", [BusDown(), NotSent(1, "too large")])
def test_a_burst_that_cannot_be_answered_is_refused_at_once(event: Event) -> None:
    play = Play().asking()

    play.do(event)

    assert play.stands(Refused)
    assert play.emitted()[-1] is EventKind.NO_ANSWER


def test_news_of_an_older_burst_do_not_end_this_visit() -> None:
    play = Play().asking()

    play.do(NotSent(7, "too large"))

    assert play.stands(Waiting)


def test_a_brain_that_stays_silent_is_a_refusal_that_may_be_tried_again() -> None:
    play = Play().asking()

    for _ in range(6):
        play.do(see(), after=1.0)
    play.do(see(alive=True), after=0.1)

    assert play.emitted() == [EventKind.WOKE, EventKind.NO_ANSWER]
    assert play.stands(Waiting)
    assert play.door.visits == 2


def test_life_seen_while_a_refusal_was_shown_does_not_count_for_the_next_visit() -> None:
    play = Play().denied()
    play.do(see(alive=True), after=2.9)

    effects = play.do(see(alive=True), after=0.1)

    assert RestartLiveness() in effects
    assert play.stands(Lingering)


# --- verdicts ------------------------------------------------------------------------------------


def test_a_grant_holds_the_lock_for_its_seconds_and_then_closes() -> None:
    play = Play().asking()

    granted = play.do(play.verdict(), after=0.2)
    closed = play.do(Tick(), after=4.0)

    assert granted == [
        Emit(EventKind.GRANTED, 1, "match"),
        Show(Prompt.WELCOME),
        HoldLock(4.0),
    ]
    assert CloseLock() in closed


def test_a_grant_that_names_no_seconds_holds_for_the_doors_own() -> None:
    play = Play().asking()
    answered = play.verdict()

    play.do(Answered(answered.verdict.model_copy(update={"hold_s": 0.0})))

    assert play.holds() == [HoldLock(5.0)]


def test_a_refusal_is_shown_and_moves_nothing() -> None:
    play = Play().denied()

    assert play.emitted()[-1] is EventKind.DENIED
    assert play.door.prompt is Prompt.REFUSED
    assert play.holds() == []


def test_a_verdict_counts_once() -> None:
    play = Play().asking()
    verdict = play.verdict()
    play.do(verdict)
    play.do(Tick(), after=4.1)

    effects = play.do(verdict)

    assert effects == [Refuse("a late or repeated verdict")]
    assert len(play.holds()) == 1


def test_a_late_verdict_never_counts() -> None:
    play = Play().asking()

    effects = play.do(play.verdict(), after=3.0)

    assert Refuse("a late or repeated verdict") in effects
    assert play.holds() == []
    assert EventKind.NO_ANSWER in play.emitted()


@pytest.mark.parametrize(("visit", "nonce"), [(2, NONCE), (1, OTHER_NONCE), (0, OTHER_NONCE)])
def test_a_verdict_for_another_visit_or_nonce_never_counts(visit: int, nonce: str) -> None:
    play = Play().asking()

    effects = play.do(play.verdict(visit=visit, nonce=nonce))

    assert effects == [Refuse("a verdict that nobody asked for")]
    assert play.stands(Waiting)


def test_a_verdict_out_of_the_blue_never_counts() -> None:
    play = Play(replace(Door(bus=True), last_asked=(1, OTHER_NONCE)))

    effects = play.do(play.verdict(nonce=NONCE))

    assert effects == [Refuse("a verdict that nobody asked for")]


def test_who_was_let_in_and_stays_does_not_open_the_door_again() -> None:
    play = Play().asking()
    play.do(play.verdict())
    play.do(see(), after=3.9)
    play.do(Tick(), after=0.2)
    over = play.now

    for _ in range(200):
        play.do(see(alive=True), after=0.5)

    assert play.door.phase == Lingering(1, again=False, since=over)
    assert len(play.holds()) == 1
    assert play.door.visits == 1


def test_the_next_person_after_a_grant_begins_a_new_visit() -> None:
    play = Play().asking()
    play.do(play.verdict())
    play.do(see(), after=3.9)
    play.do(see(track=2), after=0.2)

    assert play.stands(Watching)
    assert play.door.visits == 2


def test_leaving_and_coming_back_begins_a_new_visit() -> None:
    play = Play().asking()
    play.do(play.verdict())
    play.do(see(), after=3.9)
    play.do(Tick(), after=0.2)
    play.do(Tick(), after=5.0)
    assert play.door.phase == Asleep()

    play.do(Noticed(someone=True))
    play.do(see(alive=True), after=0.5)

    assert play.stands(Waiting)


def test_a_lock_that_closed_early_ends_the_visit_and_stays_closed() -> None:
    play = Play().asking()
    play.do(play.verdict())
    play.do(LockReported(locked=False, at=play.now))

    play.do(LockReported(locked=True, at=play.now + 1.0), after=1.0)
    for _ in range(20):
        play.do(Tick(), after=0.5)

    assert not play.stands(Open)
    assert len(play.holds()) == 1


def test_two_people_lingering_are_asked_to_come_one_at_a_time_only_in_a_new_visit() -> None:
    play = Play().denied()
    play.do(Noticed(someone=True), after=2.9)
    play.do(Tick(), after=0.2)

    play.do(see(faces=2, alive=True))

    assert play.stands(Lingering)


# --- pauses --------------------------------------------------------------------------------------


def refuse_times(play: Play, times: int, reason: Reason = Reason.UNKNOWN) -> None:
    for _ in range(times):
        play.denied(reason)
        play.watching_again()


def test_five_refused_attempts_in_a_row_pause_the_door() -> None:
    play = Play().woken()
    refuse_times(play, 4)
    assert not play.stands(Paused)

    refuse_times(play, 1)

    assert play.stands(Paused)
    assert play.door.prompt is Prompt.PAUSED
    assert Emit(EventKind.PAUSED, 5, "30 s") in play.effects


def test_a_paused_door_wakes_for_nobody_until_the_pause_is_over() -> None:
    play = Play().woken()
    refuse_times(play, 5)
    visits = play.door.visits

    for _ in range(25):
        play.do(Noticed(someone=True), after=1.0)
        play.do(see(alive=True))
    assert (play.door.visits, play.door.phase) == (visits, Paused())

    play.do(Noticed(someone=True), after=2.0)
    play.do(see(), after=0.1)
    assert play.stands(Watching)


def test_pauses_double_up_to_five_minutes() -> None:
    play = Play().woken()
    lengths = []

    for _ in range(6):
        refuse_times(play, 4)
        play.denied()
        lengths.append(play.door.attempts.paused_until - play.now)
        play.do(Tick(), after=lengths[-1])
        play.do(Noticed(someone=True))
        play.do(see(track=5000 + play.door.visits))

    assert lengths == pytest.approx([30, 60, 120, 240, 300, 300])


def test_a_grant_forgets_refusals_and_pauses() -> None:
    play = Play().woken()
    refuse_times(play, 4)

    play.asking().do(play.verdict())

    assert (play.door.attempts.in_row, play.door.attempts.pauses) == (0, 0)


@pytest.mark.parametrize("reason", [Reason.BRAIN_ERROR, Reason.NO_RESIDENTS])
def test_what_is_not_the_visitors_fault_does_not_count(reason: Reason) -> None:
    play = Play().woken()

    refuse_times(play, 8, reason)

    assert play.door.attempts.in_row == 0


def test_time_outs_do_not_count() -> None:
    play = Play().woken()

    for _ in range(8):
        play.asking().do(Tick(), after=3.0)
        play.watching_again()

    assert play.door.attempts.in_row == 0
    assert not play.stands(Paused)


# --- orders --------------------------------------------------------------------------------------


def test_a_remote_unlock_opens_for_its_seconds() -> None:
    play = Play()

    play.do(order(OrderAction.UNLOCK))
    assert play.holds() == [HoldLock(6.0, Row.REMOTE)]
    play.do(Tick(), after=6.0)

    assert CloseLock() in play.effects
    assert play.door.phase == Asleep()
    assert Emit(EventKind.ORDER, None, "unlock o-1") in play.effects


def test_a_remote_unlock_does_not_answer_the_burst_that_is_out() -> None:
    play = Play().asking()

    play.do(order(OrderAction.UNLOCK))
    play.do(play.verdict(Decision.DENY, Reason.UNKNOWN))

    assert len(play.holds()) == 1
    assert play.stands(Refused)


def test_a_lock_down_closes_at_once_and_keeps_residents_out() -> None:
    play = Play().asking()
    play.do(play.verdict())

    effects = play.do(order(OrderAction.LOCKDOWN), after=0.5)
    assert CloseLock() in effects
    assert KeepLockdown(on=True) in effects
    assert not play.stands(Open)

    play.do(see(track=2), after=0.1)
    play.asking().do(play.verdict())
    assert len(play.holds()) == 1
    assert Emit(EventKind.DENIED, 2, "lock-down", Prompt.STAYS_SHUT) in play.effects
    assert play.door.attempts.in_row == 0


def test_a_remote_unlock_during_a_lock_down_is_refused_and_says_so() -> None:
    play = Play(Door(bus=True, gate=Gate(locked_down=True)))

    play.do(order(OrderAction.UNLOCK))

    assert play.holds() == []
    assert Emit(EventKind.ORDER, None, "refused unlock o-1 lock-down") in play.effects


def test_a_release_opens_nothing_by_itself_and_ends_the_lock_down() -> None:
    play = Play(Door(bus=True, gate=Gate(locked_down=True)))

    effects = play.do(order(OrderAction.RELEASE))
    assert KeepLockdown(on=False) in effects
    assert play.holds() == []

    play.asking().do(play.verdict())
    assert len(play.holds()) == 1


# --- what people were shown ----------------------------------------------------------------------


def prompts(play: Play) -> dict[EventKind, Prompt | None]:
    return {one.kind: one.prompt for one in play.effects if isinstance(one, Emit)}


def test_a_visit_that_ends_without_life_tells_what_was_asked() -> None:
    play = Play().woken()

    for _ in range(130):
        play.do(see(), after=0.1)

    assert prompts(play)[EventKind.NO_BLINK] is Prompt.BLINK


def test_a_visit_in_the_dark_tells_that_it_was_said() -> None:
    play = Play().woken()
    nobody = sighting(track=None)

    for _ in range(100):
        play.do(see(nobody, light=5.0), after=0.1)
        play.do(Noticed(someone=True))

    assert prompts(play)[EventKind.TOO_DARK] is Prompt.TOO_DARK


def test_who_is_let_in_was_shown_nothing_worth_telling_and_who_is_not_the_refusal() -> None:
    granted, denied = Play().asking(), Play().denied()
    granted.do(granted.verdict())

    assert prompts(granted)[EventKind.GRANTED] is None
    assert prompts(denied)[EventKind.DENIED] is Prompt.REFUSED


def test_during_a_fire_people_were_told_to_leave() -> None:
    play = Play(Door(bus=True, gate=Gate(fire=True))).woken()

    for _ in range(130):
        play.do(see(), after=0.1)

    assert prompts(play)[EventKind.NO_BLINK] is Prompt.LEAVE


# --- enrolments ----------------------------------------------------------------------------------


def test_an_enrolment_takes_the_door_and_gives_it_back() -> None:
    play = Play()

    play.do(EnrolmentWanted("e-1"))
    assert play.door.phase == Enrolling("e-1", play.now)
    assert play.door.prompt is Prompt.HOLD_STILL
    play.do(see(alive=True), after=0.1)
    play.do(FrameJudged(taken=True, prompt=Prompt.HOLD_STILL, track=1), after=0.1)
    play.do(EnrolmentOver("e-1", Ending.CAPTURED), after=0.1)

    assert play.stands(Lingering)
    assert play.emitted() == [EventKind.ENROLLING]


def test_who_was_just_enrolled_is_not_refused_for_not_being_trained_yet() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))
    play.do(FrameJudged(taken=True, prompt=Prompt.HOLD_STILL, track=1), after=0.1)
    play.do(EnrolmentOver("e-1", Ending.CAPTURED))
    over = play.now

    for _ in range(20):
        play.do(see(alive=True), after=0.2)
    assert play.door.phase == Lingering(1, again=False, since=over)
    play.do(see(track=2), after=0.2)

    assert play.stands(Watching)


def test_an_enrolment_waits_for_a_visit_in_the_air() -> None:
    play = Play().asking()

    play.do(EnrolmentWanted("e-1"))
    play.do(play.verdict(), after=0.1)
    assert play.stands(Open)
    play.do(Tick(), after=4.0)

    assert play.door.phase == Enrolling("e-1", play.now)


def test_an_enrolment_resumed_is_announced_once() -> None:
    play = Play()

    play.do(EnrolmentWanted("e-1"))
    play.do(EnrolmentWanted("e-1"), after=5.0)

    assert play.emitted() == [EventKind.ENROLLING]


def judged(prompt: Prompt, *, taken: bool = False) -> FrameJudged:
    return FrameJudged(taken=taken, prompt=prompt, track=1)


def waits(play: Play) -> list[Prompt | None]:
    return [
        effect.prompt
        for effect in play.effects
        if isinstance(effect, Emit) and effect.kind is EventKind.ENROLLING_WAITS
    ]


def test_an_enrolment_without_frames_for_two_seconds_says_once_what_it_waits_for() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))
    for _ in range(19):
        play.do(judged(Prompt.COME_CLOSER), after=0.1)
    assert waits(play) == []

    for _ in range(30):
        play.do(judged(Prompt.COME_CLOSER), after=0.1)

    told = [effect for effect in play.effects if isinstance(effect, Emit)][-1]
    assert told == Emit(EventKind.ENROLLING_WAITS, None, "e-1", Prompt.COME_CLOSER)
    assert waits(play) == [Prompt.COME_CLOSER]


def test_what_an_enrolment_waits_for_is_told_anew_at_most_every_two_seconds() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))

    for number in range(101):
        flickering = Prompt.TOO_DARK if number % 2 else Prompt.ONE_AT_A_TIME
        play.do(judged(flickering), after=0.1)

    assert 4 <= len(waits(play)) <= 5


def test_an_enrolment_that_gets_frames_again_waits_for_nothing() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))
    play.do(judged(Prompt.TOO_BRIGHT), after=2.0)
    for _ in range(50):
        play.do(judged(Prompt.HOLD_STILL, taken=True), after=0.1)
    assert waits(play) == [Prompt.TOO_BRIGHT]

    play.do(judged(Prompt.TOO_BRIGHT), after=2.0)

    assert waits(play) == [Prompt.TOO_BRIGHT] * 2


def test_an_enrolment_without_a_face_for_too_long_is_given_up() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))
    play.do(FrameJudged(taken=True, prompt=Prompt.HOLD_STILL, track=1), after=500.0)
    play.do(Tick(), after=599.0)
    assert play.stands(Enrolling)

    play.do(Tick(), after=1.0)

    assert play.emitted() == [EventKind.ENROLLING, EventKind.ENROLMENT_FAILED]
    assert play.door.phase == Asleep()


def test_a_stopped_enrolment_ends_even_before_it_began() -> None:
    play = Play().asking()
    play.do(EnrolmentWanted("e-1"))

    play.do(EnrolmentOver("e-1", Ending.STOPPED))
    play.do(Tick(), after=10.0)

    assert not play.stands(Enrolling)
    assert EventKind.ENROLMENT_FAILED in play.emitted()


def test_the_end_of_another_enrolment_changes_nothing() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-2"))

    play.do(EnrolmentOver("e-1", Ending.STOPPED))

    assert play.stands(Enrolling)


def test_an_enrolment_tells_what_keeps_a_frame_out_and_that_is_no_progress() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))

    play.do(FrameJudged(taken=False, prompt=Prompt.COME_CLOSER, track=1), after=599.0)
    assert play.door.prompt is Prompt.COME_CLOSER
    play.do(Tick(), after=1.0)

    assert not play.stands(Enrolling)


def test_frames_for_no_enrolment_change_nothing() -> None:
    play = Play()

    assert play.do(FrameJudged(taken=True, prompt=Prompt.HOLD_STILL, track=1)) == []


def test_an_enrolment_during_a_pause_leaves_the_pause_standing() -> None:
    play = Play().woken()
    refuse_times(play, 5)

    play.do(EnrolmentWanted("e-1"))
    assert play.stands(Enrolling)
    play.do(EnrolmentOver("e-1", Ending.CAPTURED), after=2.0)

    assert play.stands(Paused)


def test_a_remote_unlock_does_not_end_an_enrolment() -> None:
    play = Play()
    play.do(EnrolmentWanted("e-1"))

    play.do(order(OrderAction.UNLOCK))

    assert len(play.holds()) == 1
    assert play.stands(Enrolling)


# --- camera --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (CameraState.LOST, EventKind.CAMERA_LOST),
        (CameraState.FROZEN, EventKind.CAMERA_FROZEN),
    ],
)
def test_a_camera_that_fails_ends_the_watching_and_starts_none(
    state: CameraState, kind: EventKind
) -> None:
    play = Play().woken()

    play.do(CameraChanged(state, "unplugged"))
    play.do(CameraChanged(state, "unplugged"))
    play.do(Noticed(someone=True), after=1.0)

    assert play.door.phase == Asleep()
    assert play.emitted() == [EventKind.WOKE, kind]


def test_a_camera_that_comes_back_lets_the_door_wake_again() -> None:
    play = Play().woken()
    play.do(CameraChanged(CameraState.LOST))

    play.do(CameraChanged(CameraState.GOOD))
    play.do(Noticed(someone=True))

    assert play.stands(Watching)
    assert EventKind.CAMERA_BACK in play.emitted()


def test_a_verdict_still_counts_when_the_camera_fails_after_the_burst() -> None:
    play = Play().asking()

    play.do(CameraChanged(CameraState.LOST))
    play.do(play.verdict())

    assert len(play.holds()) == 1


def test_the_broker_coming_and_going_alone_changes_only_what_can_be_asked() -> None:
    play = Play(Door())

    assert play.do(BusUp()) == []
    assert play.door.bus
    assert play.do(BusDown()) == []
    assert not play.door.bus


# --- evidence against a living person, and tasks --------------------------------------------------


def asking_door(challenge: Challenging) -> Play:
    return Play(Door(rule=VisitRule(challenge=challenge), bus=True)).woken()


def tasks(play: Play) -> list[Task]:
    return [effect.task for effect in play.effects if isinstance(effect, SetTask)]


def test_a_picture_is_refused_told_and_never_sent() -> None:
    play = Play().woken()

    play.do(see(alive=True, against=EvidenceKind.SCREEN), after=0.5)

    told = [effect for effect in play.effects if isinstance(effect, Emit)]
    assert told[-1] == Emit(EventKind.SPOOF, 1, "screen", Prompt.LOOK_HERE)
    assert play.stands(Refused)
    assert play.door.prompt is Prompt.REFUSED
    assert not any(isinstance(effect, SendBurst) for effect in play.effects)


def test_a_picture_that_stays_begins_no_new_visit() -> None:
    play = Play().woken()
    play.do(see(against=EvidenceKind.TEXTURE), after=0.5)

    for _ in range(40):
        play.do(see(against=EvidenceKind.TEXTURE), after=0.5)

    assert play.emitted() == [EventKind.WOKE, EventKind.SPOOF]
    assert play.stands(Lingering)


def test_a_picture_far_away_is_refused_before_its_track_can_break() -> None:
    play = Play().woken()
    far = sighting(seen=face(width=50.0, brightness=10.0))

    play.do(see(far, against=EvidenceKind.SCREEN), after=0.5)

    assert play.emitted()[-1] is EventKind.SPOOF
    assert play.door.attempts.in_row == 1


def test_a_living_person_is_seen_again_after_a_sign_erred_while_they_waited() -> None:
    play = Play().denied()
    for _ in range(40):
        play.do(see(), after=0.1)
    assert play.stands(Lingering)
    play.effects.clear()

    for _ in range(130):
        play.do(see(against=EvidenceKind.SCREEN), after=0.1)
        if RestartLiveness() in play.effects:
            break
    play.do(see(alive=True), after=0.1)

    assert play.effects.count(RestartLiveness()) == 1
    assert play.stands(Waiting)


def test_who_has_something_against_them_is_not_told_to_blink() -> None:
    play = Play().woken()
    play.do(see(against=EvidenceKind.SCREEN), after=0.5)

    for _ in range(50):
        play.do(see(against=EvidenceKind.SCREEN), after=0.1)

    assert play.stands(Lingering)
    assert play.door.prompt is Prompt.LOOK_HERE


def test_a_screen_that_shows_while_the_verdict_is_awaited_is_refused_whatever_it_says() -> None:
    play = Play().asking()

    play.do(see(against=EvidenceKind.SCREEN), after=0.1)
    effects = play.do(play.verdict(), after=0.1)

    assert play.emitted()[-1] is EventKind.SPOOF
    assert effects == [Refuse("a late or repeated verdict")]
    assert (play.holds(), play.door.attempts.in_row) == ([], 1)


def test_what_another_track_shows_does_not_speak_against_who_waits() -> None:
    play = Play().asking()

    play.do(see(track=2, against=EvidenceKind.SCREEN), after=0.1)
    play.do(play.verdict(), after=0.1)

    assert play.stands(Open)


def test_five_pictures_in_a_row_make_the_door_pause() -> None:
    play = Play()

    for visit in range(5):
        play.do(Noticed(someone=True), after=0.1)
        play.do(see(track=10 + visit), after=0.1)
        play.do(see(track=10 + visit, against=EvidenceKind.SOLID), after=0.1)
        play.do(Tick(), after=3.1)

    assert play.emitted().count(EventKind.SPOOF) == 5
    assert EventKind.PAUSED in play.emitted()
    assert play.stands(Paused)


def test_a_door_that_sets_tasks_asks_at_once_and_once() -> None:
    play = asking_door(Challenging.ALWAYS)

    for _ in range(20):
        play.do(see(), after=0.1)

    assert tasks(play) == [Task.TURN_LEFT]
    assert play.door.prompt is Prompt.TURN_LEFT


def test_a_door_without_tasks_never_asks() -> None:
    play = asking_door(Challenging.OFF)

    for _ in range(110):
        play.do(see(), after=0.1)

    assert tasks(play) == []


def test_who_is_not_seen_to_blink_is_asked_to_turn_after_a_while() -> None:
    play = asking_door(Challenging.FALLBACK)

    for _ in range(49):
        play.do(see(), after=0.1)
    early = tasks(play)
    for _ in range(5):
        play.do(see(), after=0.1)

    assert early == []
    assert tasks(play) == [Task.TURN_LEFT]
    assert play.door.prompt is Prompt.TURN_LEFT


def test_a_task_done_right_sends_the_burst() -> None:
    play = asking_door(Challenging.FALLBACK)
    for _ in range(60):
        play.do(see(), after=0.1)

    play.do(see(alive=True, answer=Answer.RIGHT), after=0.1)
    half = play.door.phase
    play.do(see(alive=True), after=0.1)
    play.do(see(alive=True, answer=Answer.RIGHT), after=0.1)

    assert isinstance(half, Watching)
    assert tasks(play) == [Task.TURN_LEFT] * 2
    assert Show(Prompt.TURN_LEFT_AGAIN) in play.effects
    assert play.stands(Waiting)


def test_whoever_breaks_their_track_gets_no_easier_turns() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)
    play.do(see(answer=Answer.RIGHT, task=Task.TURN_RIGHT), after=1.0)

    play.do(see(track=2, task=Task.TURN_RIGHT), after=0.1)
    play.do(see(track=2, answer=Answer.RIGHT, task=Task.TURN_LEFT), after=1.0)
    play.do(see(track=2, alive=True, task=Task.TURN_LEFT), after=0.1)

    left, right = Task.TURN_LEFT, Task.TURN_RIGHT
    assert tasks(play) == [left, right, left, right]
    assert play.stands(Watching)


def test_turns_may_be_three() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(task=Task.TURN_RIGHT), after=0.1)

    for _ in range(2):
        play.do(see(answer=Answer.RIGHT, alive=True), after=1.0)
    unfinished = play.door.phase
    play.do(see(answer=Answer.RIGHT, alive=True), after=1.0)

    assert isinstance(unfinished, Watching)
    assert tasks(play) == [Task.TURN_RIGHT, Task.TURN_LEFT, Task.TURN_LEFT]
    assert play.stands(Waiting)


def test_who_has_turned_and_not_blinked_is_asked_to_blink() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)

    for _ in range(2):
        play.do(see(answer=Answer.RIGHT), after=1.0)

    assert play.stands(Watching)
    assert play.door.prompt is Prompt.BLINK


def test_the_second_time_too_late_is_an_attempt() -> None:
    play = asking_door(Challenging.ALWAYS)

    counted = []
    for _ in range(3):
        for _ in range(200):
            play.do(see(), after=0.1)
            if play.stands(Watching):
                break
        play.do(see(answer=Answer.LATE), after=1.0)
        counted.append(play.door.attempts.in_row)

    assert counted == [0, 1, 2]


def test_a_wrong_turn_counts_once_and_what_it_says_against_life_not_as_well() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)

    for _ in range(80):
        play.do(see(answer=Answer.WRONG, against=EvidenceKind.CHALLENGE), after=0.1)

    assert play.door.attempts.in_row == 1
    assert EventKind.SPOOF not in play.emitted()


def test_who_failed_a_task_is_not_told_to_blink_where_a_blink_is_not_enough() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)
    play.do(see(answer=Answer.WRONG), after=1.0)

    for _ in range(50):
        play.do(see(), after=0.1)

    assert play.stands(Lingering)
    assert play.door.prompt is Prompt.LOOK_HERE


def test_a_task_gets_its_time_though_the_visit_would_be_over() -> None:
    play = Play(
        Door(rule=VisitRule(challenge=Challenging.FALLBACK, challenge_after_s=11), bus=True)
    )
    play.woken()

    for _ in range(180):
        play.do(see(), after=0.1)

    assert play.stands(Watching)
    for _ in range(20):
        play.do(see(), after=0.1)
    assert play.stands(Lingering)


@pytest.mark.parametrize(("answer", "counted"), [(Answer.WRONG, 1), (Answer.LATE, 0)])
def test_a_task_done_wrong_or_late_is_refused(answer: Answer, counted: int) -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)

    play.do(see(answer=answer), after=1.0)

    assert play.emitted()[-1] is EventKind.NO_BLINK
    assert play.stands(Refused)
    assert play.door.attempts.in_row == counted


def test_who_failed_a_task_and_stays_is_asked_again_after_a_while() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)
    play.do(see(answer=Answer.LATE), after=1.0)

    for _ in range(200):
        play.do(see(), after=0.1)

    assert tasks(play) == [Task.TURN_LEFT] * 2
    assert play.door.visits == 2


def test_a_second_face_makes_the_task_begin_anew() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)
    play.do(see(faces=2), after=0.1)

    effects = play.do(see(answer=None), after=0.1)

    assert [e for e in effects if isinstance(e, RestartLiveness | SetTask)] == [
        RestartLiveness(),
        SetTask(Task.TURN_LEFT),
    ]


def test_an_answer_of_the_visit_before_means_nothing_in_the_next() -> None:
    play = asking_door(Challenging.ALWAYS)
    play.do(see(), after=0.1)
    play.do(see(answer=Answer.WRONG), after=1.0)

    play.do(see(answer=Answer.WRONG, track=2), after=3.1)

    assert play.emitted().count(EventKind.NO_BLINK) == 1
