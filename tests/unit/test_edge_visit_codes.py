"""What cards, PINs and passes do to a visit, and what they never do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_edge_visit import NONCE, Play, order, see

from doorbus.messages import (
    CodeKind,
    Decision,
    EventKind,
    OrderAction,
    PassRefusal,
    Reason,
    SecondFactor,
)
from edge.core import codes
from edge.core.away import AwayPolicy
from edge.core.codes import CodeRule
from edge.core.gate import OfficeHours
from edge.core.gate import step as gate_step
from edge.core.prompts import Prompt
from edge.core.visit_effects import Emit, KeepBurst, MatchHere, SendBurst, SendCode, UsePass
from edge.core.visit_events import (
    BrainMoved,
    BusDown,
    CodeTyped,
    EnrolmentWanted,
    PassKept,
    PassShown,
    Tick,
)
from edge.core.visit_state import (
    AskingCode,
    Asleep,
    Door,
    Lingering,
    Open,
    Paused,
    Refused,
    VisitRule,
    Waiting,
    Watching,
)

PIN = SecondFactor(kind=CodeKind.PIN, value="271828")
CARD = SecondFactor(kind=CodeKind.CARD, value="000000000017")
CODE_NONCE = "ef" * 16
VISITOR = "p-5f1c0a9e7b3d2468"


def _play(second: CodeKind | None = None, *, alone: bool = False, **rule: object) -> Play:
    asked = CodeRule(second=second, alone=alone)
    return Play(Door(bus=True, rule=replace(VisitRule(), codes=asked, **rule)))  # type: ignore[arg-type]  # by name


def _typed(shown: SecondFactor = PIN) -> CodeTyped:
    return CodeTyped(shown, CODE_NONCE)


def _shown(key: str = "a", refusal: PassRefusal | None = None, pass_id: str = VISITOR) -> PassShown:
    return PassShown(key, pass_id, refusal)


def _details(play: Play, kind: EventKind) -> list[str]:
    return [e.detail for e in play.effects if isinstance(e, Emit) and e.kind is kind]


# --- a second factor -----------------------------------------------------------------------------


def _asked(kind: CodeKind) -> Play:
    play = _play(kind).woken()
    play.do(see(alive=True), after=0.1)
    return play


@pytest.mark.parametrize(
    ("kind", "shown", "prompt"),
    [(CodeKind.PIN, PIN, Prompt.ENTER_PIN), (CodeKind.CARD, CARD, Prompt.SHOW_CARD)],
)
def test_a_living_face_is_asked_for_the_second_factor_and_both_go_out_together(
    kind: CodeKind, shown: SecondFactor, prompt: Prompt
) -> None:
    play = _asked(kind)

    assert play.stands(AskingCode)
    assert play.door.prompt is prompt
    assert KeepBurst(1, NONCE) in play.effects
    assert not any(isinstance(effect, SendBurst) for effect in play.effects)

    play.do(_typed(shown), after=2.5)

    assert play.effects[-1] == SendBurst(1, NONCE, shown, kept=True)
    play.do(play.verdict(), after=0.2)
    assert play.stands(Open)


def test_what_was_shown_before_the_face_goes_with_it() -> None:
    play = _play(CodeKind.PIN)

    play.do(_typed())
    assert play.stands(Watching)
    play.do(see(alive=True), after=2.0)

    assert SendBurst(1, NONCE, PIN) in play.effects
    assert play.door.codes.held is None


def test_what_was_shown_long_before_the_face_is_asked_for_again() -> None:
    play = _play(CodeKind.PIN).woken()
    play.do(_typed())
    long_ago = play.now - play.door.rule.codes.wait_s
    play.door = replace(play.door, codes=replace(play.door.codes, held_at=long_ago))

    play.do(see(alive=True), after=0.1)

    assert play.stands(AskingCode)


def test_the_wrong_kind_does_not_count_as_the_second_factor() -> None:
    play = _asked(CodeKind.PIN)

    play.do(_typed(CARD), after=1.0)

    assert play.stands(AskingCode)


def test_without_the_second_factor_nobody_is_asked_about() -> None:
    play = _asked(CodeKind.PIN)
    for _ in range(16):
        play.do(see(), after=1.0)

    assert play.stands(Refused, Lingering)
    assert _details(play, EventKind.CODE_REFUSED) == ["second_factor"]
    assert not any(isinstance(effect, SendBurst) for effect in play.effects)


def test_another_face_cannot_take_over_the_burst_of_the_first() -> None:
    play = _asked(CodeKind.PIN)

    play.do(see(track=2), after=1.0)
    play.do(_typed(), after=0.1)

    assert not any(isinstance(effect, SendBurst) for effect in play.effects)


def test_a_face_that_leaves_while_the_code_is_awaited_ends_the_visit() -> None:
    play = _asked(CodeKind.PIN)

    play.do(Tick(), after=8.1)

    assert EventKind.FACE_LOST in play.emitted()
    assert not play.stands(AskingCode)


def test_at_a_door_of_two_factors_a_face_alone_never_matches_here() -> None:
    play = _play(CodeKind.PIN, away=AwayPolicy.FACES).woken()
    play.do(see(alive=True), after=0.1)
    play.do(BusDown(), after=0.1)
    assert not any(isinstance(effect, MatchHere) for effect in play.effects)

    play.do(_typed(), after=1.0)

    assert [e.second for e in play.effects if isinstance(e, MatchHere)] == [PIN]


# --- a code alone --------------------------------------------------------------------------------


def test_a_code_alone_goes_out_and_its_verdict_opens() -> None:
    play = _play(alone=True)

    assert SendCode(1, CODE_NONCE, PIN) in play.do(_typed())
    play.do(play.verdict(), after=0.2)

    assert play.stands(Open)
    assert [hold.seconds for hold in play.holds()] == [4.0]


def test_a_card_alone_asks_nothing() -> None:
    play = _play(alone=True)

    assert play.do(_typed(CARD)) == []


def test_a_door_without_codes_hears_none() -> None:
    play = _play()

    assert play.do(_typed()) == []
    assert play.stands(Asleep)


def _wrong(play: Play, times: int) -> None:
    for _ in range(times):
        play.do(_typed(), after=4.0)
        play.do(play.verdict(Decision.DENY, Reason.WRONG_SECOND_FACTOR), after=0.1)


def test_repeated_wrong_codes_rest_the_codes_and_not_the_faces() -> None:
    play = _play(alone=True)

    _wrong(play, 5)

    assert play.door.codes.paused(play.now)
    assert not play.door.attempts.paused(play.now)
    assert _details(play, EventKind.PAUSED) == ["codes 30 s"]
    before = len(play.effects)
    play.do(_typed(), after=5.0)
    assert not any(isinstance(effect, SendCode) for effect in play.effects[before:])
    play.woken().asking()
    play.do(play.verdict(), after=0.1)
    assert play.stands(Open)


def test_refused_faces_rest_the_faces_and_not_the_codes() -> None:
    play = _play(alone=True)
    for _ in range(5):
        play.denied().watching_again()
    play.do(Tick(), after=4.0)
    assert play.door.attempts.paused(play.now)

    play.do(_typed(), after=0.5)
    play.do(play.verdict(), after=0.1)

    assert play.stands(Open)
    assert play.door.attempts.paused(play.now)


def test_a_right_code_forgives_wrong_codes_and_no_faces() -> None:
    play = _play(alone=True)
    play.denied()
    refused = play.door.attempts
    _wrong(play, 3)

    play.do(_typed(), after=4.0)
    play.do(play.verdict(), after=0.1)

    assert play.door.codes.attempts.in_row == 0
    assert play.door.attempts == refused


def test_a_right_code_now_and_then_does_not_let_somebody_guess_for_ever() -> None:
    rule, now, remembered, guesses = CodeRule(alone=True), 0.0, codes.Codes(), 0

    while now < 3600:
        now += 8.0
        if remembered.paused(now):
            continue
        if guesses % 4 == 3:
            remembered = codes.right(remembered)
        remembered = codes.wrong(remembered, rule, now)
        guesses += 1

    assert guesses <= 3600 / rule.pause.longest_s * codes.MOST_WRONG
    assert guesses < 200


def test_a_few_wrong_codes_among_right_ones_rest_nothing() -> None:
    rule, remembered = CodeRule(alone=True), codes.Codes()

    for number in range(200):
        remembered = codes.wrong(remembered, rule, number * 60.0)
        remembered = codes.right(remembered)

        assert not remembered.paused(number * 60.0)


def test_a_resident_whom_a_rule_keeps_out_did_not_guess() -> None:
    play = _play(alone=True)

    play.do(_typed())
    play.do(play.verdict(Decision.DENY, Reason.OUT_OF_HOURS), after=0.1)

    assert play.door.codes.attempts.in_row == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_code_that_the_brain_did_not_look_at_is_no_guess(alone: bool) -> None:
    play = _play(None if alone else CodeKind.PIN, alone=alone)

    for _ in range(codes.MOST_WRONG):
        if not alone:
            play.woken()
            play.do(see(alive=True), after=0.1)
        play.do(_typed(), after=4.0)
        play.do(play.verdict(Decision.DENY, Reason.TOO_MANY_CODES), after=0.1)
        play.do(Tick(), after=30.0)

    assert _details(play, EventKind.DENIED) == ["too_many_codes"] * codes.MOST_WRONG
    assert play.door.codes.attempts.in_row == play.door.attempts.in_row == 0
    assert _details(play, EventKind.PAUSED) == []


def test_a_code_while_the_broker_is_away_opens_nothing() -> None:
    play = _play(alone=True)
    play.do(BusDown())

    play.do(_typed())

    assert play.stands(Refused)
    assert play.holds() == []
    assert EventKind.NO_ANSWER in play.emitted()


# --- a pass --------------------------------------------------------------------------------------


def test_a_pass_opens_only_after_its_use_was_written_down() -> None:
    play = _play().woken()

    effects = play.do(_shown(), after=0.2)
    assert effects == [UsePass(VISITOR)]
    assert play.holds() == []
    play.do(PassKept(VISITOR))

    assert play.stands(Open)
    assert [hold.seconds for hold in play.holds()] == [5.0]
    assert _details(play, EventKind.PASS) == [VISITOR]


def test_a_use_that_the_disk_does_not_take_opens_nothing() -> None:
    play = _play().woken()

    play.do(_shown(), after=0.2)
    play.do(PassKept(VISITOR, PassRefusal.NOT_KEPT))

    assert play.holds() == []
    assert _details(play, EventKind.PASS_REFUSED) == [f"not_kept {VISITOR}"]


@pytest.mark.parametrize("refusal", list(PassRefusal))
def test_a_refused_pass_is_told_with_its_code_and_a_prompt(refusal: PassRefusal) -> None:
    play = _play().woken()

    play.do(_shown(refusal=refusal), after=0.2)

    assert play.stands(Refused)
    assert _details(play, EventKind.PASS_REFUSED) == [f"{refusal.value} {VISITOR}"]
    assert play.door.prompt not in {Prompt.IDLE, Prompt.LOOK_HERE, Prompt.WELCOME}
    assert play.holds() == []


def test_a_pass_held_up_for_long_counts_once() -> None:
    play = _play().woken()
    play.do(_shown(), after=0.2)
    play.do(PassKept(VISITOR))

    for _ in range(60):
        if play.door.reads_passes:
            play.do(_shown(), after=0.3)
        play.do(Tick(), after=0.1)

    assert play.effects.count(UsePass(VISITOR)) == 1


def test_a_pass_that_was_away_for_a_while_counts_once_more() -> None:
    play = _play().woken()
    play.do(_shown(), after=0.2)
    play.do(PassKept(VISITOR))
    play.do(Tick(), after=10.1)
    play.woken()

    play.do(_shown(), after=0.2)

    assert play.effects.count(UsePass(VISITOR)) == 2


def test_a_pass_on_the_wall_does_not_keep_the_door_awake() -> None:
    play = _play().woken()

    for _ in range(40):
        play.do(_shown(refusal=PassRefusal.FORGED), after=0.3)

    assert play.stands(Asleep)
    assert play.emitted().count(EventKind.PASS_REFUSED) == 1


def test_a_film_of_forged_passes_is_told_now_and_then_only() -> None:
    play = _play()
    for _ in range(5):
        play.denied().watching_again()
    play.do(Tick(), after=4.0)
    assert play.stands(Paused)

    for number in range(60):
        play.do(_shown(key=str(number), refusal=PassRefusal.FORGED), after=0.3)

    assert play.emitted().count(EventKind.PASS_REFUSED) <= 18 / play.door.rule.refusal_s + 1


@pytest.mark.parametrize(("posters", "refusal_s"), [(1, 6.0), (2, 3.0)])
def test_forged_passes_on_a_wall_keep_no_face_from_being_looked_at(
    posters: int, refusal_s: float
) -> None:
    play = _play(refusal_s=refusal_s).woken()
    looked = 0.0

    for look in range(100):
        if play.door.reads_passes:
            forged = PassShown(str(look % posters), None, PassRefusal.FORGED)
            play.do(forged, after=0.3)
        before = play.now
        play.do(see(track=1), after=0.3)
        looked += play.now - before if play.stands(Watching, Lingering) else 0.0

    assert looked > 0.25 * 100 * 0.3
    assert play.emitted().count(EventKind.PASS_REFUSED) <= 10


def test_a_good_pass_counts_while_refusals_rest() -> None:
    play = _play().woken()
    for number in range(40):
        play.do(_shown(key=str(number), refusal=PassRefusal.FORGED), after=1.0)
    assert play.emitted().count(EventKind.PASS_REFUSED) == play.door.rule.codes.pause.after

    assert UsePass(VISITOR) in play.do(_shown(key="good"), after=0.2)


def test_a_good_pass_counts_right_after_a_refused_one() -> None:
    play = _play().woken()
    play.do(_shown(key="a", refusal=PassRefusal.EXPIRED), after=0.2)

    assert UsePass(VISITOR) in play.do(_shown(key="b"), after=0.2)


def test_a_pass_works_while_faces_are_paused() -> None:
    play = _play()
    for _ in range(5):
        play.denied().watching_again()
    play.do(Tick(), after=4.0)
    assert play.stands(Paused)
    assert play.door.reads_passes

    play.do(_shown())
    play.do(PassKept(VISITOR))

    assert play.stands(Open)


def test_no_pass_opens_during_a_lock_down() -> None:
    play = _play().woken()
    play.do(order(OrderAction.LOCKDOWN))

    play.do(_shown(), after=0.1)

    assert _details(play, EventKind.PASS_REFUSED) == [f"shut {VISITOR}"]
    assert play.holds() == []


def test_a_lock_down_in_the_last_moment_keeps_a_written_pass_out() -> None:
    play = _play().woken()
    play.do(_shown(), after=0.1)
    play.do(order(OrderAction.LOCKDOWN))

    play.do(PassKept(VISITOR))

    assert play.holds() == []


@pytest.mark.parametrize("event", [BusDown(), BrainMoved(online=False)])
def test_while_brain_or_broker_are_away_the_doors_policy_decides(
    event: BusDown | BrainMoved,
) -> None:
    closed, codes = _play().woken(), _play(away=AwayPolicy.CODES).woken()
    for play in (closed, codes):
        play.do(event)
        play.do(_shown(), after=0.1)

    assert _details(closed, EventKind.PASS_REFUSED) == [f"away {VISITOR}"]
    assert codes.effects[-1] == UsePass(VISITOR)


def test_no_pass_is_used_up_where_everybody_may_come_in() -> None:
    play = _play().woken()
    play.door = replace(play.door, gate=gate_step(play.door.gate, OfficeHours(on=True), play.now))

    assert UsePass(VISITOR) not in play.do(_shown(), after=0.1)


def test_a_pass_disturbs_no_enrolment() -> None:
    play = _play().woken()
    play.do(EnrolmentWanted("e-1"))

    assert play.do(_shown()) == []


EVENTS = st.one_of(
    st.just(Tick()),
    st.builds(see, alive=st.booleans(), track=st.sampled_from([1, 2])),
    st.sampled_from([_typed(PIN), _typed(CARD), BusDown()]),
    st.builds(_shown, key=st.sampled_from("ab"), refusal=st.none() | st.just(PassRefusal.EXPIRED)),
)


@given(
    st.sampled_from([None, CodeKind.PIN, CodeKind.CARD]),
    st.booleans(),
    st.lists(st.tuples(EVENTS, st.floats(0, 20, allow_nan=False)), max_size=40),
)
def test_nothing_that_is_shown_opens_without_a_verdict_or_a_written_use(
    second: CodeKind | None, alone: bool, events: list[tuple[object, float]]
) -> None:
    play = _play(second, alone=alone).woken()

    for event, after in events:
        play.do(event, after)  # type: ignore[arg-type]  # of the union

    assert play.holds() == []
    assert not play.stands(Open)
    assert not (second is not None and _sent_without_second(play, second))


def _sent_without_second(play: Play, second: CodeKind) -> bool:
    return any(
        isinstance(effect, SendBurst)
        and (effect.second is None or effect.second.kind is not second)
        for effect in play.effects
    )


def test_a_verdict_for_a_code_cannot_be_used_twice() -> None:
    play = _play(alone=True)
    play.do(_typed())
    verdict = play.verdict()
    play.do(verdict, after=0.1)
    held = len(play.holds())

    play.do(Tick(), after=10.0)
    play.do(verdict, after=0.1)

    assert len(play.holds()) == held
    assert isinstance(play.door.phase, Asleep | Lingering | Watching | Waiting)
