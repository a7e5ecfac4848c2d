"""Hostile messages through a whole brain whose eyes are in real processes."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hostile_eyes
import psutil
import pytest
from brain_world import GREEN, RED, Admin, Door, Heard, World, painted
from vault_keys import KEYS

from brain import remote_eyes
from brain.adapters.quarantine_disk import SealedSamples
from brain.parts import Parts
from brain.quarantine import BARRED_S
from brain.remote_eyes import ProcessLookers
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import Decision, EnrolmentState, Reason
from doorbus.signing import Stamp, sign

CARD = "000000000001"


class GuardedWorld(World):
    """Pictures are looked at elsewhere; samples of poison are kept."""

    def parts(self, parts: Parts) -> Parts:
        return dataclasses.replace(
            parts, lookers=ProcessLookers("hostile_eyes:painted_eyes"), samples=self.samples
        )

    @property
    def samples(self) -> SealedSamples:
        return SealedSamples(self.folder / "data" / "quarantine", KEYS.samples)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[GuardedWorld]:
    world = GuardedWorld(tmp_path)
    yield world
    world.close()


@pytest.fixture
def admin(world: GuardedWorld) -> Admin:
    world.brain(health_s=1, workers=1)
    return world.admin()


@pytest.fixture
def health(world: GuardedWorld, admin: Admin) -> Heard:
    assert admin.topic
    return world.watch("brain/health")


@pytest.fixture
def door(world: GuardedWorld, admin: Admin) -> Door:
    door = world.door()
    world.enrol(admin, door, CARD, RED)
    return door


def faces(ending: bytes = b"") -> list[bytes]:
    made = [painted(RED) for _ in range(20)]
    made[7] += ending
    return made


def lookers() -> list[psutil.Process]:
    """The processes that look at pictures: children of nurseries."""
    nurseries = psutil.Process().children()
    return [child for one in nurseries for child in one.children()]


def poison(health: Heard, reason: str, least: int = 1) -> m.Poison:
    def of(one: m.BrainHealth) -> list[m.Poison]:
        return [each for each in one.poison if each.reason == reason and each.count >= least]

    return of(health.wait(m.BrainHealth, lambda one: bool(of(one))))[0]


def test_a_burst_that_breaks_what_looks_at_it_is_denied_kept_and_never_tried_again(
    world: GuardedWorld, door: Door, health: Heard
) -> None:
    for visit, ending in enumerate((hostile_eyes.DIE, hostile_eyes.STUMBLE, hostile_eyes.MEMORY)):
        world.clock.ahead += BARRED_S
        verdict = door.visit(faces(ending), visit=2 * visit + 1)
        assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.BRAIN_ERROR)
        assert door.visit(faces(), visit=2 * visit + 2).decision is Decision.GRANT

    told = poison(health, "memory")
    assert (told.topic, told.door, told.count) == ("frames/recognize/{door}", "front", 1)
    lost = health.wait(
        m.BrainHealth, lambda one: one.lookers is not None and one.lookers.memory == 1
    ).lookers
    assert lost is not None
    assert (lost.died, lost.failed, lost.memory, lost.hung, lost.absent) == (1, 1, 1, 0, 0)
    kept = [world.samples.read(name) for name in world.samples.names()]
    assert [one.reason for one in kept] == ["died", "failed", "memory"]
    assert hostile_eyes.DIE in kept[0].message


def test_a_door_that_keeps_breaking_what_looks_at_it_is_not_looked_at_for_a_while(
    world: GuardedWorld, door: Door, health: Heard
) -> None:
    back = world.door("back")
    for visit in range(1, 4):
        door.visit(faces(hostile_eyes.DIE), visit)

    assert door.visit(faces(), 4).reason is Reason.BRAIN_ERROR
    assert back.visit(faces(), 1).decision is Decision.GRANT
    assert poison(health, "died", least=3).count == 3
    world.clock.ahead += BARRED_S
    assert door.visit(faces(), 5).decision is Decision.GRANT


def test_a_burst_that_hangs_is_denied_and_the_next_is_answered(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_eyes, "BURST_S", 0.5)

    verdict = door.visit(faces(hostile_eyes.HANG), visit=1)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.BRAIN_ERROR)
    assert door.visit(faces(), visit=2).decision is Decision.GRANT


def test_a_process_killed_in_the_middle_of_a_burst_denies_it(door: Door) -> None:
    assert door.visit(faces(), visit=1).decision is Decision.GRANT
    at_work = lookers()

    def kill() -> None:
        for one in at_work:
            os.kill(one.pid, signal.SIGKILL)

    timer = threading.Timer(0.5, kill)
    timer.start()
    verdict = door.visit(faces(hostile_eyes.HANG), visit=2)
    timer.join()

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.BRAIN_ERROR)
    assert door.visit(faces(), visit=3).decision is Decision.GRANT


def test_poison_among_enrolment_frames_costs_that_frame_only(
    world: GuardedWorld, admin: Admin, health: Heard
) -> None:
    door = world.door("back")
    data = admin.ok("enroll", card=CARD, door="back", name="Somebody")
    start = door.heard.wait(m.StartEnrolment)
    for index in start.missing:
        door.frame(start, index, painted(GREEN) + (hostile_eyes.DIE if index == 3 else b""))

    done = world.trained(admin, data["enrolment"])

    assert done.state is EnrolmentState.TRAINED
    assert poison(health, "died").topic == "frames/enroll/{door}"


def test_removing_a_resident_clears_what_was_kept_of_broken_messages(
    world: GuardedWorld, admin: Admin, door: Door
) -> None:
    door.visit(faces(hostile_eyes.STUMBLE), visit=1)
    assert world.samples.names()

    admin.ok("remove", card=CARD)

    assert not list((world.folder / "data" / "quarantine").iterdir())


def test_a_signed_message_that_nobody_can_read_is_kept_and_an_unsigned_one_is_not(
    world: GuardedWorld, door: Door, health: Heard
) -> None:
    wire = door.sign(topics.RECOGNIZE, door.burst(faces(), 1))
    broken = dataclasses.replace(wire, payload=b"\xa1\x01")
    bare = dataclasses.replace(broken, properties={})
    door.bus.publish(broken)  # the signature is of another payload
    door.bus.publish(sign(bare, topics.RECOGNIZE, Stamp("front", door.epoch), door.key))

    told = poison(health, "unreadable")

    assert (told.door, told.count) == ("front", 1)
    (name,) = world.samples.names()
    assert world.samples.read(name).message == b"\xa1\x01"


def test_nothing_of_the_brain_is_left_when_it_stops(world: GuardedWorld, door: Door) -> None:
    door.visit(faces(), visit=1)
    before = [*psutil.Process().children(recursive=True)]
    assert len(before) >= 3  # a nursery, a matcher's, the trainer's

    world.brains[0].stop()

    time.sleep(0.1)
    assert not [one for one in before if one.is_running() and one.status() != "zombie"]


def many(admin: Admin) -> list[m.ManyRefusals]:
    return admin.heard.of(m.ManyRefusals)


def test_somebody_who_tries_again_and_again_is_told_and_audited(
    world: GuardedWorld,
) -> None:
    world.brain(watch={"door": 3, "site": 8, "doors": 2}, workers=1)
    admin, front, back = world.admin(), world.door(), world.door("back")
    world.enrol(admin, front, CARD, RED)
    strangers = [painted(GREEN) for _ in range(20)]

    for visit in range(1, 6):
        assert front.visit(strangers, visit).reason is Reason.UNKNOWN
    told = admin.heard.wait(m.ManyRefusals)
    for _ in range(3):
        back.tell(m.EventKind.SPOOF, "screen")
    round_trip = admin.heard.wait(m.ManyRefusals, lambda one: len(one.doors) == 2)

    assert (told.doors, told.refusals) == (("front",), 3)
    assert round_trip.doors == ("back", "front")
    assert [one.doors for one in many(admin)] == [("front",), ("back",), ("back", "front")]
    with sqlite3.connect(world.folder / "data" / "doorward.sqlite") as database:
        rows = database.execute("SELECT reason FROM audit WHERE what = 'many_refusals'").fetchall()
    database.close()
    assert len(rows) == 3
    assert rows[0][0] == "3 refusals in 300 s at 1 doors"


def test_residents_and_bad_pictures_call_nobody(world: GuardedWorld) -> None:
    world.brain(watch={"door": 2, "site": 2, "doors": 2}, workers=1)
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)

    for visit in range(1, 4):
        assert door.visit(faces(), visit).decision is Decision.GRANT
    for visit in range(4, 7):
        assert door.visit([b"\xff\xd8\xff-"] * 20, visit).reason is Reason.BAD_PICTURES
    admin.ok("list")  # whatever was to be told was told before this

    assert many(admin) == []
