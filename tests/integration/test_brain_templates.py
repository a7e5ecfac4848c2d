"""Lookalikes, new templates for old ones, and what visits teach; through the whole brain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from brain_world import BLUE, GREEN, RED, Admin, Door, World, painted
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.messages import Decision, EnrolmentState, ErrorCode, Outcome, Reason, frame_item
from doorbus.signing import Stamp, sign

CARD, OTHER = "000000000001", "000000000002"
PURPLE = (200, 60, 200)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    world.brain(matching={"threshold": 0.9})
    return world.admin()


@pytest.fixture
def door(world: World, admin: Admin) -> Door:
    assert admin is not None
    return world.door()


def visit(door: Door, colour: tuple[int, int, int], number: int) -> m.Verdict:
    return door.visit([painted(colour) for _ in range(20)], number)


def reopened(admin: Admin, door: Door, card: str = CARD) -> m.StartEnrolment:
    data = admin.ok("reenroll", card=card, door=door.name)
    return door.heard.wait(m.StartEnrolment, lambda start: start.enrolment == data["enrolment"])


def reenrolled(world: World, admin: Admin, door: Door, colour: tuple[int, int, int]) -> str:
    start = reopened(admin, door)
    door.capture(start, lambda: painted(colour))
    world.trained(admin, start.enrolment)
    return start.enrolment


def pictures(world: World, enrolment: str) -> int:
    return len(list((world.folder / "data" / "frames" / enrolment).glob("*")))


# --- lookalikes -----------------------------------------------------------------------------------


def test_twins_are_named_and_neither_is_let_in_while_both_are_there(
    world: World, admin: Admin, door: Door
) -> None:
    first = world.enrol(admin, door, CARD, RED)
    assert visit(door, RED, 1).decision is Decision.GRANT
    second = world.enrol(admin, door, OTHER, RED, name="Twin")

    told = admin.heard.wait(
        m.EnrolmentChanged,
        lambda one: (one.resident, one.state) == (second, EnrolmentState.TRAINED),
    )
    both = {one["resident"]: one["lookalikes"] for one in admin.ok("list")["residents"]}
    refused = visit(door, RED, 2)
    admin.ok("remove", card=OTHER)

    assert told.lookalikes == (first,)
    assert both == {first: [second], second: [first]}
    assert (refused.decision, refused.reason) == (Decision.DENY, Reason.AMBIGUOUS)
    assert admin.ok("show", card=CARD)["lookalikes"] == []
    assert visit(door, RED, 3).decision is Decision.GRANT


def test_people_who_look_different_have_no_lookalikes(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)
    world.enrol(admin, door, OTHER, BLUE)

    assert [one["lookalikes"] for one in admin.ok("list")["residents"]] == [[], []]
    assert visit(door, BLUE, 1).decision is Decision.GRANT


# --- reenroll and undo ----------------------------------------------------------------------------


def test_the_old_templates_hold_until_the_new_ones_are_trained(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)
    start = reopened(admin, door)
    for index in start.missing[:-1]:
        door.frame(start, index, painted(BLUE))
    door.ack_of(frame_item(start.enrolment, start.missing[-2]))

    during = visit(door, RED, 1)
    door.frame(start, start.missing[-1], painted(BLUE))
    trained = world.trained(admin, start.enrolment)

    assert during.decision is Decision.GRANT
    assert "does not look like" in trained.reason
    assert visit(door, BLUE, 2).decision is Decision.GRANT
    assert visit(door, RED, 3).reason is Reason.UNKNOWN


def test_undo_puts_the_templates_before_back_even_after_a_restart(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)
    first = admin.ok("show", card=CARD)["enrolment"]["enrolment"]
    newer = reenrolled(world, admin, door, BLUE)
    kept = pictures(world, first)
    world.brains[0].stop()
    world.brain(matching={"threshold": 0.9})
    assert admin.ok("show", card=CARD)["former"] == 5

    data = admin.ok("undo", card=CARD, reason="wrong person")

    assert (data["enrolment"], data["templates"]) == (first, 5)
    assert visit(door, RED, 1).decision is Decision.GRANT
    assert visit(door, BLUE, 2).reason is Reason.UNKNOWN
    assert (kept, pictures(world, first), pictures(world, newer)) == (20, 20, 0)
    assert admin.refused("undo", card=CARD).code is ErrorCode.NOTHING_TO_UNDO


def test_undo_of_one_transaction_is_done_once(world: World, admin: Admin, door: Door) -> None:
    world.enrol(admin, door, CARD, RED)
    reenrolled(world, admin, door, BLUE)

    first = admin.ok("undo", card=CARD, transaction="once")
    again = admin.ok("undo", card=CARD, transaction="once")

    assert first == again
    assert visit(door, RED, 1).decision is Decision.GRANT


def test_only_the_last_set_is_kept_with_its_frames(world: World, admin: Admin, door: Door) -> None:
    world.enrol(admin, door, CARD, RED)
    first = admin.ok("show", card=CARD)["enrolment"]["enrolment"]
    second = reenrolled(world, admin, door, BLUE)
    third = reenrolled(world, admin, door, GREEN)

    assert [pictures(world, one) for one in (first, second, third)] == [0, 20, 20]
    assert admin.ok("undo", card=CARD)["enrolment"] == second


@pytest.mark.parametrize("end", ["refused", "cancelled"])
def test_a_new_enrolment_that_comes_to_nothing_changes_nothing(
    world: World, admin: Admin, door: Door, end: str
) -> None:
    world.enrol(admin, door, CARD, RED)
    start = reopened(admin, door)
    if end == "cancelled":
        admin.ok("cancel", card=CARD)
    else:
        door.capture(start, lambda: painted(RED, faces=0))
        admin.heard.wait(m.EnrolmentChanged, lambda one: one.state is EnrolmentState.REFUSED)

    assert visit(door, RED, 1).decision is Decision.GRANT
    assert admin.ok("show", card=CARD)["former"] == 0


def test_who_is_not_enrolled_cannot_be_enrolled_anew(admin: Admin, door: Door) -> None:
    admin.ok("add", card=CARD, name="Somebody")

    assert admin.refused("reenroll", card=CARD, door=door.name).code is ErrorCode.NOT_ENROLLED
    assert admin.refused("reenroll", card=OTHER, door=door.name).code is ErrorCode.UNKNOWN_CARD
    assert admin.refused("undo", card=CARD).code is ErrorCode.NOTHING_TO_UNDO


def test_removing_somebody_erases_every_set_and_all_frames(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)
    reenrolled(world, admin, door, BLUE)

    admin.ok("remove", card=CARD)

    assert not list((world.folder / "data" / "frames").rglob("*.*"))
    assert visit(door, BLUE, 1).reason is Reason.NO_RESIDENTS


# --- what visits teach ----------------------------------------------------------------------------


@pytest.fixture
def learning(world: World) -> Admin:
    world.brain(
        matching={"threshold": 0.7},
        enrolment={"count": 20, "templates": 10, "renewal": True, "renewal_every_s": 60},
    )
    return world.admin()


def renewals(admin: Admin) -> int:
    return int(admin.ok("show", card=CARD)["renewals"])


def test_nothing_is_learnt_unless_it_was_switched_on(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)

    assert visit(door, RED, 1).decision is Decision.GRANT
    assert renewals(admin) == 0


def test_a_visit_beyond_doubt_teaches_once_in_its_time_and_is_taken_back_by_complaint(
    world: World, learning: Admin
) -> None:
    door = world.door()
    world.enrol(learning, door, CARD, RED)
    changes = len(learning.heard.of(m.GalleryChanged))

    for number in (1, 2, 3):
        assert visit(door, RED, number).decision is Decision.GRANT
    learnt = renewals(learning)
    other = learning.refused("undo", card=CARD, visit={"door": "front", "visit": 3})
    elsewhere = learning.refused("undo", card=CARD, visit={"door": "cellar", "visit": 1})
    taken = learning.ok("undo", card=CARD, visit={"door": "front", "visit": 1}, reason="not me")

    assert other.code is elsewhere.code is ErrorCode.NOTHING_TO_UNDO
    assert (learnt, taken["renewals"]) == (1, 1)
    assert (taken["templates"], renewals(learning)) == (10, 0)
    assert len(learning.heard.of(m.GalleryChanged)) == changes + 2
    assert visit(door, RED, 4).decision is Decision.GRANT


def test_what_was_learnt_is_known_after_a_restart_and_taken_back_by_time(
    world: World, learning: Admin
) -> None:
    door = world.door()
    world.enrol(learning, door, CARD, RED)
    visit(door, RED, 1)
    assert renewals(learning) == 1
    world.brains[0].stop()
    world.brain(matching={"threshold": 0.7})

    assert renewals(learning) == 1
    assert learning.refused("undo", card=CARD, since=9e9).code is ErrorCode.NOTHING_TO_UNDO
    assert learning.ok("undo", card=CARD, since=0.0)["renewals"] == 1
    assert renewals(learning) == 0


def test_twins_teach_nothing_and_neither_does_a_refused_visit(
    world: World, learning: Admin
) -> None:
    door = world.door()
    world.enrol(learning, door, CARD, RED)
    world.enrol(learning, door, OTHER, RED, name="Twin")

    visit(door, RED, 1)
    visit(door, BLUE, 2)

    assert renewals(learning) == 0


def test_a_new_enrolment_forgets_what_visits_taught(world: World, learning: Admin) -> None:
    door = world.door()
    world.enrol(learning, door, CARD, RED)
    visit(door, RED, 1)

    reenrolled(world, learning, door, RED)

    assert renewals(learning) == 0


# --- bad input ------------------------------------------------------------------------------------


def test_an_enrolment_goes_on_though_one_frame_never_can_be_read(
    world: World, admin: Admin, door: Door
) -> None:
    data = admin.ok("enroll", card=CARD, door="front", name="Somebody")
    start = door.heard.wait(m.StartEnrolment)
    for index in start.missing[1:]:
        door.frame(start, index, painted(RED))
    properties = {"enrolment": start.enrolment, "index": "0", "count": "many"}
    wire = Wire("frames/enroll/front", painted(RED), properties)
    door.bus.publish(sign(wire, topics.ENROL_FRAME, Stamp("front", 1), door.key))

    again = door.heard.wait(m.StartEnrolment, after=1)
    assert door.ack_of(frame_item(start.enrolment, 0)).outcome is Outcome.REFUSED
    door.capture(again, lambda: painted(RED))

    assert again.missing == (0,)
    assert world.trained(admin, data["enrolment"]).templates == 5


def test_a_gallery_of_nobody_refuses_everybody_and_says_so(world: World) -> None:
    world.brain(health_s=1)
    watcher, door = world.admin(), world.door()
    health = world.watch("brain/health")

    verdict = visit(door, PURPLE, 1)

    assert (verdict.decision, verdict.reason) == (Decision.DENY, Reason.NO_RESIDENTS)
    assert "nobody is enrolled" in health.wait(m.BrainHealth).note
    assert watcher.ok("list")["total"] == 0


def test_one_resident_alone_is_let_in_and_nobody_else(world: World) -> None:
    world.brain(matching={"strangers": 0.01})
    admin, door = world.admin(), world.door()
    world.enrol(admin, door, CARD, RED)

    assert visit(door, RED, 1).decision is Decision.GRANT
    assert visit(door, GREEN, 2).decision is Decision.DENY


def test_a_visit_number_that_two_boots_gave_takes_back_the_older_and_all_since(
    world: World, learning: Admin
) -> None:
    door = world.door()
    resident = world.enrol(learning, door, CARD, RED)
    visit(door, RED, 1)
    assert renewals(learning) == 1
    store = SqlStore(world.settings().database_url, KEYS)
    store.start()
    with store.work() as work:
        encoder = "painted"
        first = work.renewals.of(resident, encoder)[0]
        for at, number in ((first.at + 100, 7), (first.at + 200, 1)):
            work.renewals.add(resident, encoder, replace(first, at=at, visit=number), most=9)
    store.stop()

    taken = learning.ok("undo", card=CARD, visit={"door": "front", "visit": 1}, reason="not me")

    assert (taken["renewals"], renewals(learning)) == (3, 0)
