"""Texture, screens, tasks, and what a witness makes of all evidence together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from edge_sightings import face, sighting
from hypothesis import given
from hypothesis import strategies as st

from edge.core.burst import REMEMBERED_S, BurstRule, choose
from edge.core.challenge import Answer, ChallengeJudge, Task
from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.liveness import POLICIES, Witness
from edge.core.policies import Challenging, LivenessPolicy, Wanted, equipped
from edge.core.screen import ScreenJudge
from edge.core.sighting import Sighting
from edge.core.surface import Border, Surface
from edge.core.texture import TextureJudge

LOOK_EVERY = 6
SKIN, PRINT = Surface(live=0.95, ripple=1.0), Surface(live=0.02, ripple=1.0)


def person(
    seconds: float = 3.5,
    *,
    blinks: Sequence[float] = (),
    yaw: Callable[[float], float] = lambda _: 0.0,
    track: int = 1,
    begin: float = 0.0,
    fps: float = 30.0,
) -> list[Sighting]:
    """One face; each blink lasts 0.3 s."""
    seen = []
    for index in range(round(seconds * fps)):
        at = begin + index / fps
        shut = max([0.0, *(1 - abs(at - blink) / 0.15 for blink in blinks)])
        shown = face(ear=0.3 - 0.2 * shut, yaw=yaw(at), sharpness=100 + at)
        seen.append(sighting(index, at=at, track=track, seen=shown))
    return seen


def standard(
    *, networks: bool = True, challenge: Challenging = Challenging.OFF, texture: str = "optional"
) -> LivenessPolicy:
    return equipped(
        POLICIES["standard"],
        close_looks=True,
        networks=networks,
        texture=Wanted(texture),
        challenge=challenge,
    )


def watch(
    witness: Witness, seen: Sequence[Sighting], surface: Surface | None = SKIN
) -> list[Evidence]:
    return [
        piece
        for i, one in enumerate(seen)
        for piece in witness.observe(one, surface if i % LOOK_EVERY == 0 else None)
    ]


# --- texture --------------------------------------------------------------------------------------


def texture(values: Sequence[float | None]) -> list[Finding | None]:
    judge = TextureJudge()
    said = [judge.update(sighting(i), Surface(live=value)) for i, value in enumerate(values)]
    return [None if piece is None else piece.finding for piece in said]


def test_texture_is_judged_by_the_mean_of_several_looks() -> None:
    assert texture([0.9] * 5) == [None, None, None, Finding.LIVE, Finding.LIVE]
    assert texture([0.05] * 4)[-1] is Finding.SPOOF
    assert texture([0.4] * 4)[-1] is Finding.ABSTAINED
    assert texture([0.05, 0.95, 0.9, 0.9])[-1] is Finding.LIVE


@pytest.mark.parametrize("nothing", [None, math.nan, -1.0, 7.0])
def test_a_network_that_gives_no_number_has_not_looked(nothing: float | None) -> None:
    assert texture([nothing] * 9) == [None] * 9


@given(st.lists(st.floats(0, 1), min_size=4, max_size=30))
def test_surer_looks_never_turn_texture_against_a_person(values: list[float]) -> None:
    order = [Finding.SPOOF, Finding.ABSTAINED, Finding.LIVE]

    before, after = texture(values)[-1], texture([min(1.0, v + 0.1) for v in values])[-1]

    assert before is not None
    assert after is not None
    assert order.index(after) >= order.index(before)


# --- screens --------------------------------------------------------------------------------------


def screen(surfaces: Sequence[Surface], across: Callable[[int], float] = lambda _: 0.0) -> Finding:
    judge = ScreenJudge()
    piece = None
    for i, surface in enumerate(surfaces):
        shown = face()
        shown = replace(shown, box=(100 + across(i), *shown.box[1:]))
        piece = judge.update(sighting(i, seen=shown), surface)
    assert piece is not None
    return piece.finding


def framed(at: float) -> Surface:
    return Surface(ripple=1.0, border=Border(at - 30, at + 150, joined=True))


def test_a_strong_regular_pattern_is_a_screen() -> None:
    assert screen([Surface(ripple=2.7)] * 4) is Finding.SPOOF


def test_skin_is_never_taken_for_life_by_itself() -> None:
    assert screen([Surface(ripple=1.0)] * 20) is Finding.ABSTAINED


def test_a_single_ripple_is_no_screen() -> None:
    ripples = [3.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0]

    assert screen([Surface(ripple=value) for value in ripples]) is Finding.ABSTAINED


@pytest.mark.parametrize("ripple", [None, math.nan])
def test_a_face_too_small_for_patterns_has_not_been_looked_at(ripple: float | None) -> None:
    witness = Witness(standard())

    watch(witness, person(blinks=(1.5,)), Surface(live=0.95, ripple=ripple))

    assert EvidenceKind.SCREEN not in {piece.kind for piece in witness.report}
    assert not witness.alive


def test_a_face_that_comes_closer_is_believed_once_its_pattern_was_looked_at() -> None:
    witness = Witness(standard())
    seen = person(6.0, blinks=(4.5,))
    watch(witness, seen[:90], Surface(live=0.95, ripple=None))

    watch(witness, seen[90:], SKIN)

    assert witness.alive


def test_a_device_whose_face_is_too_small_for_patterns_is_known_by_its_frame() -> None:
    small = [replace(framed(100 + 6 * i), ripple=None) for i in range(10)]

    assert screen(small, lambda i: 6.0 * i) is Finding.SPOOF


def test_a_frame_that_moves_with_the_face_is_a_device() -> None:
    assert screen([framed(100 + 6 * i) for i in range(10)], lambda i: 6.0 * i) is Finding.SPOOF


def test_a_door_frame_behind_a_moving_face_is_none() -> None:
    assert screen([framed(100)] * 10, lambda i: 6.0 * i) is Finding.ABSTAINED


def test_a_frame_around_a_face_that_keeps_still_says_nothing() -> None:
    assert screen([framed(100)] * 10) is Finding.ABSTAINED


def test_a_frame_that_is_seen_now_and_then_says_nothing() -> None:
    surfaces = [framed(100 + 6 * i) if i % 3 == 0 else Surface(ripple=1.0) for i in range(12)]

    assert screen(surfaces, lambda i: 6.0 * i) is Finding.ABSTAINED


# --- tasks ----------------------------------------------------------------------------------------


def answer(task: Task, seen: Sequence[Sighting]) -> tuple[Answer | None, list[Evidence]]:
    witness = Witness(POLICIES["standard"])
    witness.ask(task)
    watch(witness, seen)
    assert witness.asked is not None
    told = [piece for piece in witness.report if piece.kind is EvidenceKind.CHALLENGE]
    return witness.asked.answer, told


def turn(size: float, begin: float = 1.5, seconds: float = 1.0) -> Callable[[float], float]:
    def yaw(at: float) -> float:
        part = (at - begin) / seconds
        return size * math.sin(math.pi * part) if 0 < part < 1 else 0.0

    return yaw


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_tasks_done_are_answers(fps: float) -> None:
    left, _ = answer(Task.TURN_LEFT, person(yaw=turn(0.6), fps=fps))
    right, _ = answer(Task.TURN_RIGHT, person(yaw=turn(-0.6), fps=fps))

    assert (left, right) == (Answer.RIGHT,) * 2


def test_an_answer_is_evidence_that_ends_with_the_head_back() -> None:
    _, (piece,) = answer(Task.TURN_LEFT, person(yaw=turn(0.6)))

    assert piece.finding is Finding.LIVE
    assert 1.5 < piece.start < piece.end
    assert piece.end == pytest.approx(2.4, abs=0.1)


def test_turning_the_wrong_way_is_wrong() -> None:
    ended, (piece,) = answer(Task.TURN_LEFT, person(yaw=turn(-0.6)))

    assert ended is Answer.WRONG
    assert piece.finding is Finding.SPOOF


@pytest.mark.parametrize("task", Task)
def test_who_does_nothing_is_late(task: Task) -> None:
    ended, (piece,) = answer(task, person(8.0))

    assert ended is Answer.LATE
    assert piece.finding is Finding.ABSTAINED


@pytest.mark.parametrize(
    ("task", "seen"),
    [
        (Task.TURN_LEFT, person(yaw=turn(0.2))),
        (Task.TURN_LEFT, person(blinks=(1.5, 2.3))),
        (Task.TURN_LEFT, person(yaw=lambda at: 0.6 if at > 1.5 else 0.0)),
        (Task.TURN_LEFT, person(yaw=lambda at: 0.6 if 1.5 < at < 1.55 else 0.0)),
        (Task.TURN_LEFT, person(yaw=lambda _: 0.6)),
        (Task.TURN_LEFT, person(yaw=lambda _: math.nan)),
        (Task.TURN_LEFT, person(yaw=lambda at: 0.45 if 1.5 < at < 2.2 else 0.0)),
        (Task.TURN_LEFT, person(yaw=lambda at: turn(0.6)(at) if at > 2.0 else 0.0)),
        (Task.TURN_LEFT, person(yaw=lambda at: turn(0.6)(at) if at < 2.0 else 0.0)),
    ],
    ids=[
        *("hardly turned", "blinked instead", "stayed turned", "a jerk", "stood turned"),
        *("no number", "two stills", "a still, then back", "out, then a still"),
    ],
)
def test_what_was_not_asked_is_no_answer(task: Task, seen: list[Sighting]) -> None:
    assert answer(task, seen)[0] is not Answer.RIGHT


def test_a_turn_before_the_task_does_not_count() -> None:
    witness = Witness(POLICIES["standard"])
    seen = person(yaw=turn(0.6))
    watch(witness, [one for one in seen if one.at < 1.9])

    witness.ask(Task.TURN_LEFT)
    watch(witness, [one for one in seen if one.at >= 1.9])

    assert witness.asked is not None
    assert witness.asked.answer is not Answer.RIGHT


def test_another_face_has_to_do_the_task_from_the_beginning() -> None:
    witness = Witness(POLICIES["standard"])
    witness.ask(Task.TURN_LEFT)
    seen = person(yaw=turn(0.6))

    watch(witness, [replace(one, track=1 if one.at < 2.0 else 2) for one in seen])

    assert witness.asked is not None
    assert witness.asked.answer is not Answer.RIGHT


def test_a_judge_that_was_asked_nothing_says_nothing() -> None:
    judge = ChallengeJudge()

    assert [judge.update(one) for one in person(1.0, yaw=turn(0.6))] == [None] * 30
    assert judge.asked is None


# --- all together ---------------------------------------------------------------------------------


def test_a_blink_of_living_skin_is_life() -> None:
    witness = Witness(standard())

    watch(witness, person(blinks=(1.5,)))

    assert witness.alive
    assert {piece.kind for piece in witness.evidence} == {EvidenceKind.BLINK, EvidenceKind.TEXTURE}


@pytest.mark.parametrize(
    ("surface", "kind"),
    [
        (PRINT, EvidenceKind.TEXTURE),
        (Surface(live=0.95, ripple=2.7), EvidenceKind.SCREEN),
        (Surface(live=None, ripple=2.7), EvidenceKind.SCREEN),
    ],
)
def test_what_speaks_against_life_overrides_a_blink(surface: Surface, kind: EvidenceKind) -> None:
    witness = Witness(standard(networks=surface.live is not None))

    watch(witness, person(blinks=(1.5,)), surface)

    assert not witness.alive
    assert witness.against is kind


def test_what_once_spoke_against_life_is_not_outweighed() -> None:
    witness = Witness(standard())
    watch(witness, person(2.0), PRINT)

    watch(witness, person(6.0, blinks=(4.0,), begin=2.0), SKIN)

    assert witness.against is EvidenceKind.TEXTURE
    assert not witness.alive


def test_nobody_is_believed_before_the_close_looks_have_had_their_say() -> None:
    witness = Witness(standard())

    watch(witness, person(blinks=(1.5,)), None)

    assert not witness.alive


@pytest.mark.parametrize(("setting", "alive"), [("optional", True), ("required", False)])
def test_unsure_networks_keep_out_only_where_they_are_required(setting: str, alive: bool) -> None:
    witness = Witness(standard(texture=setting))

    watch(witness, person(blinks=(1.5,)), Surface(live=0.4, ripple=1.0))

    assert witness.alive is alive


def test_life_whose_frames_are_forgotten_must_be_shown_again() -> None:
    witness = Witness(standard(texture="required"))
    unsure = Surface(live=0.4, ripple=1.0)
    seen = person(8.0, blinks=(1.5, 6.5))
    watch(witness, seen[:120], unsure)

    watch(witness, seen[120:180], SKIN)
    stale = witness.alive
    watch(witness, seen[180:], SKIN)

    assert not stale
    assert witness.alive


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
def test_whoever_is_alive_has_frames_to_send_however_late_the_networks_were_sure(
    fps: float,
) -> None:
    witness, seen = Witness(standard(texture="required")), person(5.0, blinks=(1.5,), fps=fps)
    watch(witness, [one for one in seen if one.at < 1.9], Surface(live=0.4, ripple=1.0))

    alive_at = []
    for i, one in enumerate(seen):
        if one.at >= 1.9:
            witness.observe(one, SKIN if i % LOOK_EVERY == 0 else None)
            if witness.alive:
                alive_at.append(one.at)
                kept = [s for s in seen if 0 <= one.at - s.at <= REMEMBERED_S]
                assert len(choose(kept, witness.evidence, BurstRule())) == BurstRule().size

    assert alive_at
    assert alive_at[-1] < 4.1


def test_a_door_whose_required_networks_are_gone_believes_nobody() -> None:
    witness = Witness(standard(networks=False, texture="required"))

    watch(witness, person(blinks=(1.5, 3.0)), Surface(ripple=1.0))

    assert not witness.alive


def turning(witness: Witness, times: int, begin: float = 0.0) -> None:
    for _ in range(times):
        witness.ask(Task.TURN_LEFT)
        watch(witness, person(2.0, yaw=turn(0.6, begin=begin + 0.5), begin=begin))
        begin += 2.0


@pytest.mark.parametrize(("turns", "alive"), [(1, False), (2, True)])
def test_turns_stand_for_a_blink_that_cannot_be_seen(turns: int, alive: bool) -> None:
    witness = Witness(standard(challenge=Challenging.FALLBACK))

    turning(witness, turns)

    assert witness.alive is alive


@pytest.mark.parametrize(
    ("blinks", "turns", "alive"), [((1.5,), 0, False), ((), 3, False), ((1.5,), 2, True)]
)
def test_a_door_that_always_asks_wants_the_turns_and_a_real_blink(
    blinks: Sequence[float], turns: int, alive: bool
) -> None:
    witness = Witness(standard(challenge=Challenging.ALWAYS))
    watch(witness, person(2.0, blinks=blinks))

    turning(witness, turns, begin=2.0)

    assert witness.alive is alive


@pytest.mark.parametrize("kind", ["track", "second face", "no face"])
def test_all_evidence_is_of_one_unbroken_track_with_one_face(kind: str) -> None:
    witness = Witness(standard())
    watch(witness, person(blinks=(1.5,)))
    before = witness.alive
    broken = {
        "track": sighting(0, at=6.0, track=2),
        "second face": sighting(0, at=6.0, faces=2),
        "no face": sighting(0, at=6.0, track=None),
    }[kind]

    witness.observe(broken, SKIN)

    assert before
    assert not witness.alive
    assert witness.evidence == ()


def test_the_demo_lets_portraits_in_whatever_speaks_against_them() -> None:
    witness = Witness(
        equipped(
            POLICIES["demo"],
            close_looks=True,
            networks=True,
            texture=Wanted.OPTIONAL,
            challenge=Challenging.OFF,
        )
    )

    watch(witness, person(blinks=(1.5,)), Surface(live=0.0, ripple=3.0))

    assert witness.alive
    assert witness.against is None
    assert Finding.SPOOF in {piece.finding for piece in witness.report}


def test_the_report_tells_what_abstained() -> None:
    witness = Witness(standard())

    watch(witness, person(blinks=(1.5,)), Surface(live=0.4, ripple=1.0))

    told = {piece.kind: piece.finding for piece in witness.report}
    assert told == {
        EvidenceKind.BLINK: Finding.LIVE,
        EvidenceKind.TEXTURE: Finding.ABSTAINED,
        EvidenceKind.SCREEN: Finding.ABSTAINED,
        EvidenceKind.SOLID: Finding.ABSTAINED,
    }


@pytest.mark.parametrize("rate", [1, 3, 5])
def test_at_five_frames_a_second_and_less_nobody_is_alive(rate: int) -> None:
    witness = Witness(standard())

    watch(witness, person(20.0, blinks=(3.0, 6.5, 11.2), fps=rate))

    assert not witness.alive


def test_a_frozen_picture_is_never_alive() -> None:
    still = person(1.0)[0]
    witness = Witness(standard())

    watch(witness, [replace(still, at=i / 30, index=i) for i in range(300)])

    assert not witness.alive


def test_eyes_that_are_shut_at_first_have_not_blinked() -> None:
    witness = Witness(standard())

    watch(witness, person(4.0, blinks=(0.0,)))

    assert not witness.alive
