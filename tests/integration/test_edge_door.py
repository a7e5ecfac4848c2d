"""A door from presence to lock: real loop, spool and lock process; brain and eyes are played."""

from __future__ import annotations

import errno
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from edge_world import DOOR, FPS, World

from doorbus.messages import (
    AskChallenge,
    Burst,
    Decision,
    DoorPrompt,
    EventKind,
    OrderAction,
    StartEnrolment,
    StopEnrolment,
    TakeSnapshot,
)
from doorbus.signing import Stamp
from doorbus.topics import COMMAND, DOOR_AVAILABILITY, LOCK_STATE, VERDICT
from edge.state_dir import StateDir
from faces import jpeg

QUIET_S = 0.5
"""Seconds in which a lock that was going to move would have moved."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def burst_of(world: World, number: int = 1) -> Burst:
    return world.brain.wait(lambda heard: heard.bursts[number - 1 : number])[0]


# --- visits --------------------------------------------------------------------------------------


def test_a_blink_becomes_a_burst_and_a_grant_opens_and_closes_the_lock(world: World) -> None:
    world.brain.answer = world.brain.grant

    world.scene.someone = True
    world.wait_locked(openings=1)

    burst = burst_of(world)
    opened, closed = world.ledger()[-2:]
    assert len(burst.crops) == 20
    assert burst.liveness.policy == "demo"
    assert 0.5 * FPS < burst.liveness.fps <= 1.2 * FPS
    assert len(burst.liveness.blinks) >= 1
    assert burst.crops[0].at_ms == 0
    assert [crop.at_ms for crop in burst.crops] == sorted(crop.at_ms for crop in burst.crops)
    blink = burst.liveness.blinks[-1]
    assert any(blink.start_ms <= crop.at_ms <= blink.end_ms for crop in burst.crops)
    assert all(max(jpeg.decode(crop.jpeg).shape[:2]) <= 300 for crop in burst.crops)
    assert closed.monotonic - opened.monotonic == pytest.approx(0.6, abs=0.25)
    assert world.brain.wait_event(EventKind.GRANTED).visit == burst.visit == 1


def test_the_lock_state_on_the_bus_is_the_actuators_own(world: World) -> None:
    world.brain.answer = world.brain.grant

    world.scene.someone = True

    world.brain.wait(lambda heard: heard.lock[-3:] == ["LOCKED", "UNLOCKED", "LOCKED"])
    kept = world.broker.retained(LOCK_STATE.name(DOOR))
    assert kept is not None
    assert kept.payload == b"LOCKED"


def test_a_refusal_moves_nothing(world: World) -> None:
    world.brain.answer = lambda burst: world.brain.say(
        VERDICT, world.brain.verdict(burst, Decision.DENY)
    )

    world.scene.someone = True

    assert world.brain.wait_event(EventKind.DENIED).detail == "unknown"
    assert world.openings() == 0


def test_a_brain_that_stays_silent_moves_nothing_and_the_next_visit_works(world: World) -> None:
    world.scene.someone = True
    world.brain.wait_event(EventKind.NO_ANSWER)
    assert world.openings() == 0

    world.brain.answer = world.brain.grant

    world.wait_locked(openings=1)


def test_who_was_let_in_and_stays_is_not_let_in_again(world: World) -> None:
    world.brain.answer = world.brain.grant
    world.scene.someone = True
    world.wait_locked(openings=1)

    time.sleep(2.5)

    assert len(world.brain.heard.bursts) == 1
    assert world.openings() == 1


def test_a_photo_that_does_not_blink_is_never_sent(tmp_path: Path) -> None:
    with World(tmp_path, visit={"no_life_s": 1.0, "absence_s": 1.0}) as world:
        world.scene.blinking = False
        world.scene.someone = True

        world.brain.wait_event(EventKind.NO_BLINK)

        assert world.brain.heard.bursts == []


def test_two_faces_are_never_sent(world: World) -> None:
    world.scene.faces = 2
    world.scene.someone = True

    world.brain.wait_event(EventKind.SEVERAL_FACES)
    time.sleep(1.5)

    assert world.brain.heard.bursts == []


# --- verdicts that must move nothing -------------------------------------------------------------


def assert_moves_nothing(world: World) -> None:
    time.sleep(QUIET_S)
    assert world.openings() == 0


def test_a_forged_verdict_moves_nothing_and_is_told(world: World) -> None:
    stranger = Ed25519PrivateKey.generate()
    world.scene.someone = True
    burst = burst_of(world)

    world.brain.say(VERDICT, world.brain.verdict(burst), key=stranger)

    refused = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert "does not verify" in refused.detail
    assert_moves_nothing(world)


def test_a_retained_verdict_moves_nothing_not_even_after_a_reconnect(world: World) -> None:
    world.scene.someone = True
    burst = burst_of(world)
    world.scene.someone = False
    world.brain.say(VERDICT, world.brain.verdict(burst, visit=burst.visit + 7), retain=True)

    world.broker.drop(DOOR)

    refused = world.brain.wait(lambda heard: [e for e in heard.events if "retained" in e.detail])
    assert refused[0].kind is EventKind.REFUSED_MESSAGE
    assert_moves_nothing(world)


def test_a_verdict_replayed_moves_nothing_the_second_time(world: World) -> None:
    sent = []
    world.brain.answer = lambda burst: sent.append(world.brain.grant(burst))
    world.scene.someone = True
    world.wait_locked(openings=1)

    world.brain.repeat(sent[0])

    refused = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert refused.detail == "a late or repeated verdict"
    time.sleep(QUIET_S)
    assert world.openings() == 1


def test_a_late_verdict_moves_nothing(world: World) -> None:
    world.scene.someone = True
    burst = burst_of(world)
    world.scene.someone = False
    world.brain.wait_event(EventKind.NO_ANSWER)

    world.brain.grant(burst)

    refused = world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert refused.detail == "a late or repeated verdict"
    assert_moves_nothing(world)


@pytest.mark.parametrize(
    "stamp", [Stamp(DOOR, 1), Stamp("back", 0)], ids=["another boot", "another door"]
)
def test_a_verdict_for_another_boot_or_door_moves_nothing(world: World, stamp: Stamp) -> None:
    world.scene.someone = True
    burst = burst_of(world)

    world.brain.say(VERDICT, world.brain.verdict(burst), stamp=stamp)

    assert "another" in world.brain.wait_event(EventKind.REFUSED_MESSAGE).detail
    assert_moves_nothing(world)


def test_a_flood_of_forged_verdicts_is_few_events_and_moves_nothing(world: World) -> None:
    stranger = Ed25519PrivateKey.generate()
    world.scene.someone = True
    burst = burst_of(world)

    for _ in range(200):
        world.brain.say(VERDICT, world.brain.verdict(burst), key=stranger)

    world.brain.wait_event(EventKind.REFUSED_MESSAGE)
    assert_moves_nothing(world)
    told = [e for e in world.brain.heard.events if e.kind is EventKind.REFUSED_MESSAGE]
    assert len(told) <= 2


# --- orders and commands -------------------------------------------------------------------------


def test_an_unlock_goes_by_challenge_and_works_once(world: World) -> None:
    brain = world.brain
    brain.command(AskChallenge(number=brain.number(), order="o-1"))
    challenge = brain.wait(lambda heard: heard.challenges)[0]

    wire = brain.order(challenge, OrderAction.UNLOCK)
    world.wait_locked(openings=1)
    brain.repeat(wire)

    assert brain.wait_event(EventKind.ORDER).detail == "unlock o-1"
    brain.wait_event(EventKind.REFUSED_MESSAGE)
    time.sleep(QUIET_S)
    assert world.openings() == 1


def test_a_challenge_is_void_after_a_disconnect(world: World) -> None:
    brain = world.brain
    brain.command(AskChallenge(number=brain.number(), order="o-1"))
    challenge = brain.wait(lambda heard: heard.challenges)[0]
    before = len(brain.heard.lock)

    world.broker.drop(DOOR)
    brain.wait(lambda heard: len(heard.lock) > before)
    brain.order(challenge, OrderAction.UNLOCK)

    assert "without a challenge" in brain.wait_event(EventKind.REFUSED_MESSAGE).detail
    assert_moves_nothing(world)


def test_a_lock_down_survives_a_restart_of_the_door(world: World) -> None:
    brain = world.brain
    brain.command(AskChallenge(number=brain.number(), order="o-1"))
    challenge = brain.wait(lambda heard: heard.challenges)[0]
    brain.order(challenge, OrderAction.LOCKDOWN)
    brain.wait_event(EventKind.ORDER)

    world.stop_door()
    world.start_door()
    brain.answer = brain.grant
    world.scene.someone = True

    assert brain.wait_event(EventKind.DENIED).detail == "lock-down"
    assert world.openings() == 0


def test_a_replayed_command_does_nothing(world: World) -> None:
    brain = world.brain
    wire = brain.command(AskChallenge(number=brain.number(), order="o-1"))
    brain.wait(lambda heard: heard.challenges)

    brain.repeat(wire)

    assert "command" in brain.wait_event(EventKind.REFUSED_MESSAGE).detail
    assert len(brain.heard.challenges) == 1


def test_a_snapshot_comes_on_command(world: World) -> None:
    time.sleep(0.5)

    world.brain.command(TakeSnapshot(number=world.brain.number(), command="c-1"))

    picture = world.brain.wait(lambda heard: heard.snapshots)[0]
    assert jpeg.decode(picture).shape == (240, 320, 3)


def test_commands_of_no_sense_are_refused_and_the_door_goes_on(world: World) -> None:
    brain = world.brain
    for payload in (b"{", b"\xff", b'{"kind": "open"}', b"[" * 5000):
        wire = brain.say(COMMAND, AskChallenge(number=brain.number(), order="o-1"))
        brain.repeat(type(wire)(wire.topic, payload, wire.properties))
    brain.wait_event(EventKind.REFUSED_MESSAGE)

    brain.command(AskChallenge(number=brain.number(), order="o-9"))

    brain.wait(lambda heard: [c for c in heard.challenges if c.order == "o-9"])


def test_a_lock_down_that_the_disk_does_not_keep_is_a_fault(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(StateDir, "keep_lockdown", full)
    brain = world.brain
    brain.command(AskChallenge(number=brain.number(), order="o-1"))
    brain.order(brain.wait(lambda heard: heard.challenges)[0], OrderAction.LOCKDOWN)

    assert "next start" in brain.wait_event(EventKind.LOCK_FAULT).detail
    brain.wait_event(EventKind.ORDER)


# --- enrolments ----------------------------------------------------------------------------------


def enrol(world: World, count: int, *missing: int) -> None:
    number = world.brain.number()
    wanted = tuple(missing or range(count))
    world.brain.command(StartEnrolment(number=number, enrolment="e-1", count=count, missing=wanted))


def test_an_enrolment_delivers_each_index_once_and_says_so(world: World) -> None:
    world.scene.someone = True

    enrol(world, 30)
    world.brain.wait_event(EventKind.ENROLMENT_SENT)

    assert sorted(frame.index for frame in world.brain.heard.frames) == list(range(30))
    pictures = [jpeg.decode(frame.jpeg) for frame in world.brain.heard.frames[:3]]
    assert all(max(picture.shape[:2]) <= 640 for picture in pictures)
    assert world.brain.heard.bursts == []


def test_an_enrolment_that_nobody_comes_to_says_what_it_waits_for(world: World) -> None:
    enrol(world, 30)

    waits = world.brain.wait_event(EventKind.ENROLLING_WAITS)

    assert (waits.detail, waits.prompt) == ("e-1", DoorPrompt.LOOK_HERE)


def test_no_more_than_twenty_frames_are_out_without_an_ack(world: World) -> None:
    world.brain.acking = False
    world.scene.someone = True

    enrol(world, 40)
    world.brain.wait(lambda heard: len(heard.frames) >= 20)
    time.sleep(1.5)

    assert len({frame.index for frame in world.brain.heard.frames}) == 20


def test_an_enrolment_goes_on_where_it_was_after_a_restart_of_the_door(world: World) -> None:
    world.brain.acking = False
    world.scene.someone = True
    enrol(world, 40)
    world.brain.wait(lambda heard: len(heard.frames) >= 20)
    world.stop_door()
    waiting = len(list((world.folder / "state" / "spool").glob("*.kept")))

    world.brain.acking = True
    world.brain.heard.frames.clear()
    world.start_door()
    enrol(world, 40)
    world.brain.wait_event(EventKind.ENROLMENT_SENT)

    assert waiting >= 20
    assert {frame.index for frame in world.brain.heard.frames} == set(range(40))


def test_a_stopped_enrolment_leaves_nothing_on_the_disk(world: World) -> None:
    world.brain.acking = False
    world.scene.someone = True
    enrol(world, 200)
    world.brain.wait(lambda heard: heard.frames)

    world.brain.command(StopEnrolment(number=world.brain.number(), enrolment="e-1"))
    world.brain.acking = True
    world.brain.wait_event(EventKind.ENROLMENT_FAILED)
    time.sleep(0.3)

    kept = (world.folder / "state" / "spool").glob("*.kept")
    assert not [path for path in kept if b'"e-1"' in path.read_bytes().partition(b"\n")[0]]


# --- what breaks ---------------------------------------------------------------------------------


def test_events_of_an_outage_arrive_when_the_broker_is_back(world: World) -> None:
    world.broker.go_away()
    world.scene.someone = True
    time.sleep(2.0)
    world.scene.someone = False

    world.broker.come_back()

    assert world.brain.wait_event(EventKind.NO_ANSWER).detail == "the broker is not there"
    assert world.openings() == 0


def test_events_not_acked_are_sent_again_after_a_restart(world: World) -> None:
    world.brain.acking = False
    world.scene.someone = True
    woke = world.brain.wait_event(EventKind.WOKE)
    world.stop_door()

    world.brain.acking = True
    world.brain.heard.events.clear()
    world.start_door()

    assert woke in world.brain.wait(lambda heard: [e for e in heard.events if e.id == woke.id])


def test_a_camera_that_is_missing_at_the_start_is_waited_for_and_told_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.scene.camera = False
    with world:
        world.brain.wait_event(EventKind.CAMERA_LOST)
        world.scene.camera = True

        world.brain.wait_event(EventKind.CAMERA_BACK)

        lost = [e for e in world.brain.heard.events if e.kind is EventKind.CAMERA_LOST]
        assert len(lost) == 1


def test_a_lock_process_that_dies_while_open_closes_and_stays_closed(world: World) -> None:
    brain = world.brain
    brain.answer = lambda burst: brain.say(VERDICT, brain.verdict(burst, hold_s=20.0))
    world.scene.someone = True
    brain.wait(lambda heard: heard.lock[-1:] == ["UNLOCKED"])

    world.signal_lock(signal.SIGKILL)

    brain.wait(lambda heard: heard.lock[-1:] == ["LOCKED"])
    time.sleep(QUIET_S)
    assert world.ledger()[-1].state == "LOCKED"
    assert world.openings() == 1


def test_a_lock_process_that_hangs_is_told_as_a_fault_and_opens_nothing_late(world: World) -> None:
    brain = world.brain

    def hang_and_grant(burst: Burst) -> None:
        world.signal_lock(signal.SIGSTOP)
        brain.say(VERDICT, brain.verdict(burst, hold_s=20.0))

    brain.answer = hang_and_grant
    world.scene.someone = True

    assert "told to open" in brain.wait_event(EventKind.LOCK_FAULT).detail
    time.sleep(2.0)

    assert world.openings() == 0


def test_a_door_that_stops_closes_and_says_goodbye(world: World) -> None:
    brain = world.brain
    brain.answer = lambda burst: brain.say(VERDICT, brain.verdict(burst, hold_s=20.0))
    world.scene.someone = True
    brain.wait(lambda heard: heard.lock[-1:] == ["UNLOCKED"])

    world.stop_door()

    assert world.ledger()[-1].state == "LOCKED"
    kept = world.broker.retained(LOCK_STATE.name(DOOR))
    gone = world.broker.retained(DOOR_AVAILABILITY.name(DOOR))
    assert kept is not None
    assert gone is not None
    assert (kept.payload, gone.payload) == (b"LOCKED", b"offline")
