"""Bursts and verdicts, from broker to broker, with a real database."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog.testing
from brain_world import BLUE, GREEN, RED, Admin, Door, HeldEncoder, World, alive, claiming, painted

from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.messages import Decision, Reason
from doorbus.signing import Stamp, sign

CARD = "000000000001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    world.brain()
    return world.admin()


@pytest.fixture
def door(world: World, admin: Admin) -> Door:
    door = world.door()
    world.enrol(admin, door, CARD, RED)
    return door


def faces(colour: tuple[int, int, int], crops: int = 20) -> list[bytes]:
    return [painted(colour) for _ in range(crops)]


def audit_lines(world: World) -> int:
    with sqlite3.connect(world.folder / "data" / "doorward.sqlite") as database:
        (count,) = database.execute("SELECT count(*) FROM audit").fetchone()
    database.close()
    return int(count)


def refusal(admin: Admin, text: str) -> m.MessageRefused:
    return admin.heard.wait(m.MessageRefused, lambda refused: text in refused.reason)


def _soon(door: Door) -> list[m.Verdict]:
    time.sleep(0.2)
    return door.heard.of(m.Verdict)


def test_a_resident_is_let_in_and_watchers_see_an_opaque_id(door: Door, admin: Admin) -> None:
    verdict = door.visit(faces(RED), 1)

    assert (verdict.decision, verdict.reason, verdict.hold_s) == (Decision.GRANT, Reason.MATCH, 5)
    seen = admin.heard.wait(m.VisitDecided)
    assert seen.resident is not None
    assert seen.resident.startswith("r-")


def test_a_stranger_is_refused(door: Door) -> None:
    verdict = door.visit(faces(BLUE), 1)

    assert (verdict.decision, verdict.reason, verdict.hold_s) == (Decision.DENY, Reason.UNKNOWN, 0)


def test_the_bare_topic_works_as_the_doors_own(door: Door) -> None:
    burst = door.burst(faces(RED), 1)

    door.send(topics.RECOGNIZE, burst, bare=True)

    assert door.verdict_for(burst).decision is Decision.GRANT


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ([painted(RED, faces=0)] * 20, Reason.NO_FACE),
        ([painted(RED, faces=2)] * 20, Reason.SEVERAL_FACES),
        ([b""] * 20, Reason.BAD_PICTURES),
        ([b"\xff\xd8\xff" + b"x" * 1000] * 20, Reason.BAD_PICTURES),
        ([painted((0, 0, 0))] * 20, Reason.LOW_QUALITY),
        ([painted(RED)] * 20, Reason.NO_LIFE),
        ([painted(RED) for _ in range(4)], Reason.LOW_QUALITY),
    ],
    ids=["no face", "two faces", "empty", "no picture", "dark", "copies", "four crops"],
)
def test_unusable_pictures_are_refused_with_their_reason(
    door: Door, pictures: list[bytes], reason: Reason
) -> None:
    burst = door.burst(pictures, 1)
    bare = tuple(crop.model_copy(update={"points": None}) for crop in burst.crops)

    verdict = door.visit(pictures, 2, crops=bare)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, reason)


def test_a_picture_that_claims_to_be_huge_is_refused(door: Door) -> None:
    picture = claiming(painted(RED), width=30_000, height=30_000)

    assert door.visit([picture] * 20, 1).reason is Reason.BAD_PICTURES


def test_points_that_lie_do_not_hide_a_second_face(door: Door) -> None:
    assert door.visit([painted(RED, faces=2)] * 20, 1).decision is Decision.DENY


def test_another_face_among_the_crops_is_refused(door: Door) -> None:
    verdict = door.visit(faces(RED, 19) + faces(GREEN, 1), 1)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.NOT_ONE_PERSON)


@pytest.mark.parametrize(
    "liveness", [alive(blinks=0), alive(policy="demo")], ids=["no blink", "foreign policy"]
)
def test_without_accepted_evidence_of_life_nobody_is_let_in(
    door: Door, liveness: m.Liveness
) -> None:
    verdict = door.visit(faces(RED), 1, liveness=liveness)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.NO_LIFE)


def test_what_the_door_saw_against_life_is_refused_and_written_down_without_scores(
    world: World, door: Door
) -> None:
    screen = m.EvidenceSeen(
        sign=m.LifeSign.SCREEN,
        finding=m.LifeFinding.SPOOF,
        score=0.8765,
        start_ms=0,
        end_ms=500,
    )
    liveness = alive().model_copy(update={"evidence": (screen,)})

    verdict = door.visit(faces(RED), 1, liveness=liveness)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.SPOOF)
    with sqlite3.connect(world.folder / "data" / "doorward.sqlite") as database:
        told = [row[0] for row in database.execute("SELECT reason FROM audit WHERE what = 'life'")]
    database.close()
    assert told == ["policy standard; 1 blinks; screen spoof; 30 fps"]


def test_a_door_of_which_more_is_required_must_show_it(world: World) -> None:
    world.brain(liveness={"doors": {"front": {"require": ["texture"]}}})
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)
    texture = m.EvidenceSeen(
        sign=m.LifeSign.TEXTURE, finding=m.LifeFinding.LIVE, score=0.9, start_ms=0, end_ms=500
    )

    blink_only = door.visit(faces(RED), 1)
    both = door.visit(faces(RED), 2, liveness=alive().model_copy(update={"evidence": (texture,)}))

    assert blink_only.reason is Reason.NO_LIFE
    assert both.reason is Reason.MATCH


def test_a_policy_that_is_not_accepted_is_told_once_in_the_log(door: Door) -> None:
    with structlog.testing.capture_logs() as lines:
        for visit in (1, 2):
            door.visit(faces(RED), visit, liveness=alive(policy="demo"))

    told = [line for line in lines if line.get("policy") == "demo"]
    assert [line["door"] for line in told] == ["front"]


def test_a_policy_is_accepted_where_the_configuration_names_it(world: World) -> None:
    world.brain(liveness={"policies": ["standard", "demo"]})
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)

    verdict = door.visit(faces(RED), 1, liveness=alive(policy="demo"))

    assert verdict.decision is Decision.GRANT


def test_without_residents_everybody_is_refused(world: World, admin: Admin) -> None:
    assert admin is not None
    assert world.door().visit(faces(RED), 1).reason is Reason.NO_RESIDENTS


def test_a_disabled_resident_is_refused_until_enabled(door: Door, admin: Admin) -> None:
    admin.ok("disable", card=CARD)
    disabled = door.visit(faces(RED), 1)
    admin.ok("enable", card=CARD)
    enabled = door.visit(faces(RED), 2)

    assert (disabled.decision, disabled.reason) == (Decision.DENY, Reason.DISABLED)
    assert enabled.decision is Decision.GRANT


def test_a_removed_resident_is_unknown_at_once(door: Door, admin: Admin) -> None:
    admin.ok("remove", card=CARD)

    assert door.visit(faces(RED), 1).decision is Decision.DENY


def test_a_repeated_burst_gets_the_same_verdict_and_leaves_no_trace(
    world: World, door: Door, admin: Admin
) -> None:
    burst = door.burst(faces(RED), 1)
    wire = door.send(topics.RECOGNIZE, burst)
    first = door.verdict_for(burst)
    lines = audit_lines(world)
    admin.ok("disable", card=CARD)

    door.bus.publish(wire)

    again = door.heard.wait(m.Verdict, lambda verdict: verdict.nonce == burst.nonce, after=1)
    assert again == first
    assert audit_lines(world) == lines + 1  # of `disable`
    assert len(admin.heard.of(m.VisitDecided)) == 1


def test_a_repeat_after_a_restart_of_the_brain_gets_the_first_verdict(
    world: World, door: Door
) -> None:
    burst = door.burst(faces(RED), 1)
    wire = door.send(topics.RECOGNIZE, burst)
    door.verdict_for(burst)
    world.brains[0].stop()
    world.brain()

    door.bus.publish(wire)

    again = door.heard.wait(m.Verdict, lambda verdict: verdict.nonce == burst.nonce, after=1)
    assert again.decision is Decision.GRANT


@pytest.mark.parametrize("change", ["visit", "nonce", "epoch"])
def test_an_overtaken_visit_is_refused_and_changes_nothing(
    world: World, door: Door, admin: Admin, change: str
) -> None:
    door.epoch = 5
    door.visit(faces(RED), 7)
    lines = audit_lines(world)
    number = {"visit": 6, "nonce": 7, "epoch": 8}[change]
    if change == "epoch":
        door.epoch = 4

    door.send(topics.RECOGNIZE, door.burst(faces(RED), number))

    assert refusal(admin, "a visit that is over").count == 1
    assert audit_lines(world) == lines
    assert len(door.heard.of(m.Verdict)) == 1


def test_a_new_boot_of_the_door_begins_its_visits_anew(door: Door) -> None:
    door.visit(faces(RED), 9)
    door.epoch = 2

    assert door.visit(faces(RED), 1).decision is Decision.GRANT


def test_a_retained_burst_moves_nothing(door: Door, admin: Admin, world: World) -> None:
    wire = door.sign(topics.RECOGNIZE, door.burst(faces(RED), 1))
    retained = Wire(wire.topic, wire.payload, wire.properties, retain=True)
    world.brains[0].stop()
    door.bus.publish(retained)

    world.brain()

    refusal(admin, "retained")
    assert door.heard.of(m.Verdict) == []


def test_unsigned_foreign_and_altered_bursts_move_nothing(
    world: World, door: Door, admin: Admin
) -> None:
    back = world.door("back")
    wire = door.sign(topics.RECOGNIZE, door.burst(faces(RED), 1))

    door.bus.publish(Wire(wire.topic, wire.payload))
    refusal(admin, "unsigned")
    door.bus.publish(Wire("frames/recognize/back", wire.payload, wire.properties))
    refusal(admin, "another door than the topic")
    door.bus.publish(Wire(wire.topic, wire.payload + b"x", wire.properties))
    refusal(admin, "does not verify")
    door.bus.publish(Wire("frames/recognize", wire.payload, {**wire.properties, "door": "attic"}))
    refusal(admin, "not known here")

    assert door.heard.of(m.Verdict) == back.heard.of(m.Verdict) == []


def test_a_signed_burst_that_is_no_burst_moves_nothing(door: Door, admin: Admin) -> None:
    broken = Wire("frames/recognize/front", b"\xa1\x61")
    door.bus.publish(sign(broken, topics.RECOGNIZE, Stamp("front", 1), door.key))

    refusal(admin, "not readable as CBOR")
    assert door.visit(faces(RED), 1).decision is Decision.GRANT


def test_a_flood_of_refused_messages_is_reported_in_few_lines(door: Door, admin: Admin) -> None:
    for _ in range(50):
        door.bus.publish(Wire("frames/recognize/front", b"x"))
    door.visit(faces(RED), 1)

    assert len(admin.heard.of(m.MessageRefused)) == 1


def test_a_newer_visit_takes_the_place_of_one_that_waits(world: World) -> None:
    gate = threading.Event()
    gate.set()
    world.encoder = lambda: HeldEncoder(gate)
    world.brain(workers=1)
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)
    gate.clear()
    door.send(topics.RECOGNIZE, door.burst(faces(RED), 1))
    time.sleep(0.3)
    waiting, newer = door.burst(faces(RED), 2), door.burst(faces(RED), 3)

    door.send(topics.RECOGNIZE, waiting)
    door.send(topics.RECOGNIZE, newer)

    assert door.verdict_for(waiting).reason is Reason.BRAIN_ERROR
    gate.set()
    assert door.verdict_for(newer).decision is Decision.GRANT


def test_a_door_added_while_the_brain_runs_is_served(world: World, admin: Admin) -> None:
    first = world.door()
    world.enrol(admin, first, CARD, RED)
    world.add_door("attic")
    world.clock.ahead += 3
    door = world.door("attic", started=False)
    for visit in range(1, 100):
        burst = door.burst(faces(RED), visit)
        door.send(topics.RECOGNIZE, burst, bare=True)
        if any(verdict.nonce == burst.nonce for verdict in _soon(door)):
            break

    assert door.heard.of(m.Verdict)[-1].decision is Decision.GRANT


def test_a_door_whose_key_is_taken_away_counts_no_more(
    world: World, door: Door, admin: Admin
) -> None:
    (world.keys / "front.pub").unlink()
    world.clock.ahead += 3
    time.sleep(0.5)

    door.send(topics.RECOGNIZE, door.burst(faces(RED), 1), bare=True)

    refusal(admin, "not known here")
