"""Enrolments from the request to the templates, with a real database and a real disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_enrolments import CARD, OTHER, changed, opened, pictures_on_disk
from brain_world import GREEN, RED, Admin, Door, HeldEncoder, World, claiming, painted

from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.messages import Decision, EnrolmentState, ErrorCode, Outcome, frame_item
from doorbus.signing import Stamp, sign


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
    assert admin is not None
    return world.door()


def test_an_enrolment_asks_the_door_keeps_every_frame_and_trains_by_itself(
    world: World, admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    assert (start.count, start.missing) == (20, tuple(range(20)))

    door.capture(start, lambda: painted(RED))

    trained = changed(admin, start, EnrolmentState.TRAINED)
    assert (trained.stored, trained.count, trained.templates) == (20, 20, 5)
    assert pictures_on_disk(world) == 20
    assert all(door.ack_of(frame_item(start.enrolment, i)).outcome == "stored" for i in range(20))
    assert door.heard.wait(m.StopEnrolment).enrolment == start.enrolment
    assert admin.heard.wait(m.GalleryChanged).templates == 5
    states = [change.state for change in admin.heard.of(m.EnrolmentChanged)]
    assert states == ["capturing", "capturing", "training", "trained"]
    assert door.visit([painted(RED) for _ in range(20)], 1).decision is Decision.GRANT


def test_frames_on_the_bare_topic_count(world: World, admin: Admin, door: Door) -> None:
    start = opened(admin, door)

    for index in start.missing:
        door.frame(start, index, painted(RED), bare=True)

    world.trained(admin, start.enrolment)


def test_a_frame_is_on_disk_before_its_ack(world: World, admin: Admin, door: Door) -> None:
    start = opened(admin, door)
    picture = painted(RED)

    door.frame(start, 7, picture)

    assert door.ack_of(frame_item(start.enrolment, 7)).outcome is Outcome.STORED
    kept = world.folder / "data" / "frames" / start.enrolment / "0007.sealed"
    assert kept.is_file()
    assert world.brains[0]._parts.frames.read(start.enrolment, 7) == picture


def test_a_repeated_frame_is_acknowledged_again_even_after_training(
    admin: Admin, door: Door, world: World
) -> None:
    start = opened(admin, door)
    door.capture(start, lambda: painted(RED))
    world.trained(admin, start.enrolment)
    item = frame_item(start.enrolment, 3)
    before = len(door.heard.of(m.Ack))

    door.frame(start, 3, painted(RED))

    ack = door.heard.wait(m.Ack, lambda ack: ack.items[0].id == item, after=before)
    assert ack.items[0].outcome is Outcome.STORED
    assert pictures_on_disk(world) == 20


def test_frames_for_no_enrolment_are_refused_with_a_reason(
    world: World, admin: Admin, door: Door
) -> None:
    nothing = m.StartEnrolment(number=1, enrolment="e-none", count=20, missing=(0,))

    door.frame(nothing, 0, painted(RED))

    ack = door.ack_of("e-none/0")
    assert (ack.outcome, ack.reason) == (Outcome.REFUSED, "no such enrolment at this door")
    assert pictures_on_disk(world) == 0
    admin.heard.wait(m.MessageRefused)


def test_only_the_named_door_may_send_frames(world: World, admin: Admin, door: Door) -> None:
    start = opened(admin, door)
    back = world.door("back")

    back.frame(start, 0, painted(RED))

    assert back.ack_of(frame_item(start.enrolment, 0)).outcome is Outcome.REFUSED
    assert pictures_on_disk(world) == 0


@pytest.mark.parametrize(("index", "count"), [(20, 20), (3, 30)])
def test_a_frame_that_does_not_fit_its_enrolment_is_refused(
    admin: Admin, door: Door, index: int, count: int
) -> None:
    start = opened(admin, door)

    door.frame(start.model_copy(update={"count": count}), index, painted(RED))

    assert door.ack_of(frame_item(start.enrolment, index)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        painted(RED)[:500],
        b"\xff\xd8\xff" + b"y" * 500_000,
        claiming(painted(RED), width=30_000, height=30_000),
    ],
    ids=["empty", "png", "cut off", "large rubbish", "claims to be huge"],
)
def test_a_bad_picture_is_refused_and_does_not_block_the_next(
    admin: Admin, door: Door, picture: bytes
) -> None:
    start = opened(admin, door)

    door.frame(start, 0, picture)
    door.frame(start, 1, painted(RED))

    assert door.ack_of(frame_item(start.enrolment, 0)).outcome is Outcome.REFUSED
    assert door.ack_of(frame_item(start.enrolment, 1)).outcome is Outcome.STORED


def test_a_frame_whose_properties_are_wrong_is_named_in_an_ack_all_the_same(
    admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    properties = {"enrolment": start.enrolment, "index": "4", "count": "many"}
    wire = Wire("frames/enroll/front", painted(RED), properties)

    door.bus.publish(sign(wire, topics.ENROL_FRAME, Stamp("front", 1), door.key))

    assert door.ack_of(frame_item(start.enrolment, 4)).outcome is Outcome.REFUSED


def test_refused_frames_are_asked_for_again_and_the_enrolment_succeeds(
    world: World, admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    for index in range(20):
        door.frame(start, index, b"" if index in {4, 9} else painted(RED))

    again = door.heard.wait(m.StartEnrolment, after=1)

    assert again.missing == (4, 9)
    assert again.number > start.number
    door.capture(again, lambda: painted(RED))
    world.trained(admin, start.enrolment)


def test_an_enrolment_whose_frames_stay_bad_is_given_up(
    world: World, admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    for wave in range(3):
        command = door.heard.wait(m.StartEnrolment, after=wave)
        for index in command.missing:
            door.frame(start, index, b"" if index == 4 else painted(RED))

    refused = changed(admin, start, EnrolmentState.REFUSED)

    assert "stayed unusable" in refused.reason
    door.heard.wait(m.StopEnrolment)
    admin.ok("enroll", card=CARD, door="front")
    assert pictures_on_disk(world) == 0


def test_a_second_enrolment_of_a_card_is_refused_at_every_stage(
    world: World, admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    capturing = admin.refused("enroll", card=CARD, door="back")
    door.capture(start, lambda: painted(RED))
    world.trained(admin, start.enrolment)
    trained = admin.refused("enroll", card=CARD, door="back")

    assert capturing.code is ErrorCode.ENROLMENT_OPEN
    assert trained.code is ErrorCode.ALREADY_ENROLLED


def test_a_door_takes_one_enrolment_at_a_time(admin: Admin, door: Door) -> None:
    opened(admin, door)

    refused = admin.refused("enroll", card=OTHER, door="front", name="Somebody Else")

    assert refused.code is ErrorCode.DOOR_BUSY
    assert admin.refused("show", card=OTHER).code is ErrorCode.UNKNOWN_CARD


def test_an_enrolment_at_an_unknown_door_or_of_an_unknown_card_is_refused(
    admin: Admin, door: Door
) -> None:
    assert door.name == "front"

    assert admin.refused("enroll", card=CARD, door="attic").code is ErrorCode.UNKNOWN_DOOR
    assert admin.refused("enroll", card=CARD, door="front").code is ErrorCode.UNKNOWN_CARD


def test_a_cancelled_enrolment_leaves_nothing_and_the_door_stops(
    world: World, admin: Admin, door: Door
) -> None:
    start = opened(admin, door)
    door.frame(start, 0, painted(RED))
    door.ack_of(frame_item(start.enrolment, 0))

    data = admin.ok("cancel", card=CARD)

    assert data["state"] == "cancelled"
    assert door.heard.wait(m.StopEnrolment).enrolment == start.enrolment
    assert pictures_on_disk(world) == 0
    door.frame(start, 1, painted(RED))
    assert door.ack_of(frame_item(start.enrolment, 1)).reason == "this enrolment is cancelled"
    assert admin.refused("cancel", card=CARD).code is ErrorCode.NO_ENROLMENT


def test_an_enrolment_cancelled_while_it_trains_stays_cancelled(world: World) -> None:
    gate = threading.Event()
    world.encoder = lambda: HeldEncoder(gate)
    world.brain()
    admin, door = world.admin(), world.door()
    start = opened(admin, door)
    door.capture(start, lambda: painted(RED))
    changed(admin, start, EnrolmentState.TRAINING)

    admin.ok("cancel", card=CARD)
    gate.set()

    assert admin.ok("show", card=CARD)["enrolment"]["state"] == "cancelled"
    assert admin.ok("show", card=CARD)["templates"] == 0


def test_an_enrolment_without_progress_expires(world: World, admin: Admin, door: Door) -> None:
    start = opened(admin, door)
    door.frame(start, 0, painted(RED))
    door.ack_of(frame_item(start.enrolment, 0))

    world.clock.ahead += 601

    assert "expired" in changed(admin, start, EnrolmentState.REFUSED).reason
    assert pictures_on_disk(world) == 0


def test_an_enrolment_opened_before_the_door_was_heard_starts_when_it_comes(
    world: World, admin: Admin
) -> None:
    data = admin.ok("enroll", card=CARD, door="back", name="Somebody")

    door = world.door("back")

    assert door.heard.wait(m.StartEnrolment).enrolment == data["enrolment"]


def test_a_door_that_starts_again_is_told_what_is_missing(admin: Admin, door: Door) -> None:
    start = opened(admin, door)
    door.frame(start, 0, painted(RED))
    door.ack_of(frame_item(start.enrolment, 0))
    door.epoch = 2

    door.tell(m.EventKind.STARTED)

    again = door.heard.wait(m.StartEnrolment, after=1)
    assert again.missing == tuple(range(1, 20))


def test_a_door_that_comes_online_is_told_what_is_missing(admin: Admin, door: Door) -> None:
    opened(admin, door)

    door.bus.publish(Wire("door/front/availability", b"online", retain=True))

    door.heard.wait(m.StartEnrolment, after=1)


@pytest.mark.parametrize("stage", [1, 10, 19, 20])
def test_a_brain_that_is_cut_off_anywhere_goes_on_where_it_was(world: World, stage: int) -> None:
    gate = threading.Event()
    world.encoder = lambda: HeldEncoder(gate)
    world.brain()
    admin, door = world.admin(), world.door()
    start = opened(admin, door)
    for index in range(stage):
        door.frame(start, index, painted(RED))
        door.ack_of(frame_item(start.enrolment, index))
    abandon(world)
    gate.set()

    world.brain()
    door.bus.publish(Wire("door/front/availability", b"online", retain=True))

    if stage < 20:
        again = door.heard.wait(m.StartEnrolment, after=1)
        assert again.missing == tuple(range(stage, 20))
        door.capture(again, lambda: painted(RED))
    assert world.trained(admin, start.enrolment).templates == 5
    assert door.visit([painted(RED) for _ in range(20)], 1).decision is Decision.GRANT


def test_residents_are_known_after_a_restart(world: World, admin: Admin, door: Door) -> None:
    world.enrol(admin, door, CARD, GREEN)
    world.brains[0].stop()

    world.brain()

    assert door.visit([painted(GREEN) for _ in range(20)], 1).decision is Decision.GRANT


def test_another_encoder_sees_the_kept_frames_anew(world: World, admin: Admin, door: Door) -> None:
    world.enrol(admin, door, CARD, RED)
    world.brains[0].stop()

    class Another(HeldEncoder):
        name = "another"

    gate = threading.Event()
    gate.set()
    world.encoder = lambda: Another(gate)
    before = len(admin.heard.of(m.GalleryChanged))
    world.brain()

    admin.heard.wait(m.GalleryChanged, after=before)
    assert door.visit([painted(RED) for _ in range(20)], 1).decision is Decision.GRANT


def abandon(world: World) -> None:
    """Take the brain off the broker as if it were killed; its threads do no more harm."""
    brain = world.brains.pop()
    for client in ("brain.main", "brain.main/(bare)", "brain.main/front", "brain.main/back"):
        world.broker.kill(client)
    brain._inbox.put_urgent(brain._stopping.set)
    assert brain._thread is not None
    brain._thread.join(5)
    brain._parts.store.stop()
