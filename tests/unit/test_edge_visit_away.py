"""A visit that nobody answers: decided once, by the brain in time or by the door after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from edge_sightings import sighting

from doorbus.messages import CodeKind, Decision, EventKind, Reason, SecondFactor, Verdict
from edge.core import gate
from edge.core.away import AwayPolicy, Judged, NotJudged
from edge.core.codes import CodeRule
from edge.core.visit import step
from edge.core.visit_effects import Effect, Emit, HoldLock, JudgeCode, MatchHere, Refuse, SendBurst
from edge.core.visit_events import (
    Answered,
    BrainMoved,
    BusDown,
    BusUp,
    CodeTyped,
    Event,
    MatchedHere,
    NotSent,
    Seen,
    Tick,
)
from edge.core.visit_state import (
    AskingCode,
    Asleep,
    Door,
    Open,
    Phase,
    Refused,
    VisitRule,
    Waiting,
    Watching,
)

NONCE = "a" * 32
RULE = VisitRule(away=AwayPolicy.FACES, answer_s=3.0, match_s=5.0, absence_s=20.0)
GRANTED = Judged(Decision.GRANT, Reason.MATCH, "r-1", 4.0)
ASKED = Waiting(1, NONCE, 13.0, track=7)


class Doorstep:
    """A door that is asked step by step, and all that it wanted done."""

    def __init__(self, phase: Phase, rule: VisitRule = RULE, **fields: object) -> None:
        self.door = replace(
            Door(rule=rule, phase=phase, bus=True, noticed_at=10.0, last_asked=(1, NONCE)),
            **fields,  # type: ignore[arg-type]  # names are checked at run time
        )
        self.effects: list[Effect] = []

    def do(self, event: Event, now: float) -> None:
        self.door, effects = step(self.door, event, now)
        self.effects += effects

    def told(self) -> list[tuple[EventKind, str]]:
        return [(one.kind, one.detail) for one in self.effects if isinstance(one, Emit)]

    def held(self) -> list[float]:
        return [round(one.seconds, 6) for one in self.effects if isinstance(one, HoldLock)]


def matching(now: float = 13.0) -> Doorstep:
    """A door that waited for a verdict in vain and matches by itself."""
    door = Doorstep(ASKED)
    door.do(Tick(), now)
    assert MatchHere(1, NONCE) in door.effects
    return door


def living(track: int) -> Seen:
    """A look at somebody who has shown life, with frames enough for a burst."""
    return Seen(sighting(track=track), alive=True, frames=40, light=120.0, nonce=NONCE)


def verdict(decision: Decision = Decision.GRANT) -> Answered:
    return Answered(
        Verdict(visit=1, nonce=NONCE, decision=decision, reason=Reason.MATCH, hold_s=3.0)
    )


def test_without_a_verdict_in_time_the_door_matches_and_lets_in() -> None:
    door = matching()

    door.do(MatchedHere(1, NONCE, GRANTED), 13.4)

    assert door.held() == [4.0]
    assert door.told() == [(EventKind.AWAY_GRANTED, "r-1")]
    assert isinstance(door.door.phase, Open)


def test_a_true_verdict_that_comes_afterwards_moves_nothing() -> None:
    door = matching()
    door.do(verdict(), 13.2)
    assert door.held() == []

    door.do(MatchedHere(1, NONCE, Judged(Decision.DENY, Reason.UNKNOWN)), 13.4)
    door.do(verdict(), 13.6)

    assert door.held() == []
    assert [one.why for one in door.effects if isinstance(one, Refuse)] == [
        "a late or repeated verdict"
    ] * 2
    assert door.told() == [(EventKind.AWAY_DENIED, "unknown")]


def test_a_verdict_in_time_is_the_only_decision() -> None:
    door = Doorstep(ASKED)

    door.do(verdict(), 12.0)
    door.do(MatchedHere(1, NONCE, GRANTED), 12.1)

    assert door.held() == [3.0]
    assert door.told() == [(EventKind.GRANTED, "match")]


@pytest.mark.parametrize("event", [BusDown(), NotSent(1, "the broker refused it")])
def test_a_burst_that_cannot_go_out_is_matched_at_once(event: Event) -> None:
    door = Doorstep(ASKED)

    door.do(event, 10.5)

    assert MatchHere(1, NONCE) in door.effects
    assert door.told() == []


def test_what_the_broker_does_while_the_door_matches_changes_nothing() -> None:
    door = matching()

    for event in (BusDown(), BusUp(), NotSent(1, "gone"), BrainMoved(online=True)):
        door.do(event, 13.1)
    door.do(MatchedHere(1, NONCE, GRANTED), 13.2)

    assert door.held() == [4.0]


def test_matching_that_takes_too_long_refuses_and_its_result_counts_no_more() -> None:
    door = matching()

    door.do(Tick(), 18.0)
    door.do(MatchedHere(1, NONCE, GRANTED), 18.1)

    assert door.held() == []
    assert [kind for kind, _ in door.told()] == [EventKind.NO_ANSWER]
    assert isinstance(door.door.phase, Refused)


def test_a_result_of_another_visit_counts_for_nothing() -> None:
    door = matching()

    door.do(MatchedHere(1, "b" * 32, GRANTED), 13.1)
    door.do(MatchedHere(2, NONCE, GRANTED), 13.2)

    assert door.held() == []


def test_a_door_that_may_not_match_refuses_as_ever() -> None:
    for policy in (AwayPolicy.CLOSED, AwayPolicy.CODES):
        door = Doorstep(ASKED, replace(RULE, away=policy))

        door.do(Tick(), 13.0)

        assert [kind for kind, _ in door.told()] == [EventKind.NO_ANSWER]
        assert not any(isinstance(one, MatchHere) for one in door.effects)


def test_a_lock_down_stays() -> None:
    door = Doorstep(ASKED, gate=gate.Gate(locked_down=True))
    door.do(Tick(), 13.0)

    door.do(MatchedHere(1, NONCE, GRANTED), 13.2)

    assert door.held() == []
    assert door.told() == [(EventKind.AWAY_DENIED, "lock-down r-1")]


def test_nothing_opens_for_somebody_who_has_left_meanwhile() -> None:
    door = Doorstep(ASKED, replace(RULE, absence_s=2.0))
    door.do(Tick(), 13.0)

    door.do(MatchedHere(1, NONCE, GRANTED), 14.0)

    assert door.held() == []
    assert door.told() == [(EventKind.AWAY_DENIED, "no_face r-1")]


def test_a_door_that_does_not_know_the_time_says_so_and_stays_shut() -> None:
    door = matching()

    door.do(MatchedHere(1, NONCE, NotJudged("the clock was not set", clock_unsure=True)), 13.2)

    assert door.held() == []
    assert [kind for kind, _ in door.told()] == [EventKind.CLOCK_UNSURE, EventKind.NO_ANSWER]
    assert door.door.attempts.in_row == 0


def test_refusals_away_count_as_any_other_and_bring_the_pause() -> None:
    door = matching()
    door.door = replace(door.door, attempts=replace(door.door.attempts, in_row=4))

    door.do(MatchedHere(1, NONCE, Judged(Decision.DENY, Reason.UNKNOWN)), 13.2)

    assert [kind for kind, _ in door.told()] == [EventKind.AWAY_DENIED, EventKind.PAUSED]


def test_a_pin_under_duress_opens_and_calls_for_help() -> None:
    door = matching()

    door.do(MatchedHere(1, NONCE, replace(GRANTED, duress=True)), 13.2)

    assert door.held() == [4.0]
    assert [kind for kind, _ in door.told()] == [EventKind.AWAY_GRANTED, EventKind.DURESS]


@pytest.mark.parametrize(("online", "asked"), [(False, MatchHere), (True, SendBurst)])
def test_a_brain_known_to_be_away_is_not_waited_for(
    *, online: bool, asked: type[MatchHere | SendBurst]
) -> None:
    watching = Watching(1, since=9.0, no_face_since=None, face_since=9.0, had_face=True, track=7)
    door = Doorstep(watching, last_asked=None)
    door.do(BrainMoved(online=online), 10.0)

    door.do(living(track=7), 10.1)
    door.do(living(track=7), 10.2)

    asks = [one for one in door.effects if isinstance(one, MatchHere | SendBurst)]
    assert [type(one) for one in asks] == [asked]


def test_a_door_that_cannot_decide_asks_a_brain_that_is_said_to_be_away() -> None:
    watching = Watching(1, since=9.0, no_face_since=None, face_since=9.0, had_face=True, track=7)
    door = Doorstep(watching, last_asked=None, brain=False)
    door.do(living(track=7), 10.1)
    door.do(living(track=7), 10.2)
    assert SendBurst(1, NONCE) not in door.effects

    door.do(MatchedHere(1, NONCE, NotJudged("no cache")), 10.3)
    assert door.effects[-1] == SendBurst(1, NONCE)
    door.do(verdict(), 11.0)

    assert door.held() == [3.0]


def test_it_asks_once_and_then_refuses() -> None:
    watching = Watching(1, since=9.0, no_face_since=None, face_since=9.0, had_face=True, track=7)
    door = Doorstep(watching, last_asked=None, brain=False)
    door.do(living(track=7), 10.1)
    door.do(living(track=7), 10.2)
    door.do(MatchedHere(1, NONCE, NotJudged("no cache")), 10.3)

    door.do(Tick(), 13.4)
    door.do(MatchedHere(1, NONCE, NotJudged("no cache")), 13.5)

    assert door.effects.count(SendBurst(1, NONCE)) == 1
    assert [kind for kind, _ in door.told()][-1] is EventKind.NO_ANSWER
    assert isinstance(door.door.phase, Refused)


# --- codes ---------------------------------------------------------------------------------------

PIN = SecondFactor(kind=CodeKind.PIN, value="271828")
ALONE = CodeRule(alone=True)
BESIDE = CodeRule(second=CodeKind.PIN)


def typed(door: Doorstep, now: float = 10.1) -> None:
    door.do(CodeTyped(PIN, NONCE), now)


@pytest.mark.parametrize("policy", [AwayPolicy.CODES, AwayPolicy.FACES])
def test_a_pin_alone_is_looked_for_here_while_the_broker_is_away(policy: AwayPolicy) -> None:
    rule = replace(RULE, away=policy, codes=ALONE)
    door = Doorstep(Asleep(), rule, bus=False)

    typed(door)
    door.do(MatchedHere(1, NONCE, GRANTED), 10.4)

    assert JudgeCode(1, NONCE, PIN) in door.effects
    assert door.held() == [4.0]
    assert (EventKind.CODE, "r-1") in door.told()


def test_a_pin_that_the_brain_does_not_answer_is_looked_for_here_afterwards() -> None:
    door = Doorstep(Asleep(), replace(RULE, codes=ALONE))

    typed(door)
    assert not any(isinstance(one, JudgeCode) for one in door.effects)
    door.do(Tick(), 13.2)

    assert JudgeCode(1, NONCE, PIN) in door.effects


def test_a_door_that_stays_closed_looks_for_no_pin() -> None:
    door = Doorstep(Asleep(), replace(RULE, away=AwayPolicy.CLOSED, codes=ALONE), bus=False)

    typed(door)

    assert not any(isinstance(one, JudgeCode) for one in door.effects)
    assert [kind for kind, _ in door.told()][-1] is EventKind.NO_ANSWER


def test_wrong_pins_away_close_the_keypad_and_not_the_way_for_faces() -> None:
    door = Doorstep(Asleep(), replace(RULE, codes=ALONE, refusal_s=0.1), bus=False)
    wrong = Judged(Decision.DENY, Reason.WRONG_SECOND_FACTOR)

    for number in range(5):
        now = 10.0 + number
        typed(door, now)
        door.do(MatchedHere(number + 1, NONCE, wrong), now + 0.2)
        door.do(Tick(), now + 0.5)

    assert door.held() == []
    assert door.door.codes.paused(15.0)
    assert not door.door.attempts.paused(15.0)
    assert (EventKind.CODE_REFUSED, "wrong_second_factor") in door.told()


def test_a_pin_beside_a_face_goes_into_the_matching() -> None:
    asking = AskingCode(1, NONCE, 25.0, 7, 10.0)
    door = Doorstep(asking, replace(RULE, codes=BESIDE), bus=False)

    typed(door)
    door.do(MatchedHere(1, NONCE, replace(GRANTED, duress=True)), 10.5)

    assert MatchHere(1, NONCE, PIN, kept=True) in door.effects
    assert [kind for kind, _ in door.told()] == [EventKind.AWAY_GRANTED, EventKind.DURESS]


def test_a_door_of_codes_does_not_match_the_face_beside_a_pin() -> None:
    asking = AskingCode(1, NONCE, 25.0, 7, 10.0)
    door = Doorstep(asking, replace(RULE, away=AwayPolicy.CODES, codes=BESIDE), bus=False)

    typed(door)

    assert not any(isinstance(one, MatchHere | JudgeCode) for one in door.effects)
    assert [kind for kind, _ in door.told()] == [EventKind.NO_ANSWER]
