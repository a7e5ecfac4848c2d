"""A disk and a database that refuse: nobody is let in, nothing is lost, and it goes on after."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brain_world import RED, Admin, Door, PaintedEncoder, World, painted
from numpy.typing import NDArray

from brain.ports import Image, Points
from doorbus import messages as m
from doorbus.messages import Decision, EnrolmentState, ErrorCode, Outcome, Reason, frame_item

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
    assert admin is not None
    return world.door()


def faces() -> list[bytes]:
    return [painted(RED) for _ in range(20)]


@contextlib.contextmanager
def broken_audit(world: World) -> Iterator[None]:
    """Let every transaction fail that writes a line of the audit."""
    database = sqlite3.connect(world.folder / "data" / "doorward.sqlite", timeout=30)
    with database:
        database.execute("ALTER TABLE audit RENAME TO away")
    yield
    with database:
        database.execute("ALTER TABLE away RENAME TO audit")
    database.close()


def test_a_verdict_that_cannot_be_written_down_is_a_refusal(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)

    with broken_audit(world):
        refused = door.visit(faces(), 1)
    granted = door.visit(faces(), 2)

    assert (refused.decision, refused.reason) == (Decision.DENY, Reason.BRAIN_ERROR)
    assert granted.decision is Decision.GRANT


def test_a_request_that_cannot_be_written_down_is_answered_and_may_be_repeated(
    world: World, admin: Admin
) -> None:
    with broken_audit(world):
        failed = admin.refused("add", name="Somebody", card=CARD, transaction="t-again")
    again = admin.ok("add", name="Somebody", card=CARD, transaction="t-again")

    assert failed.code is ErrorCode.BRAIN_ERROR
    assert again["enabled"] is True


def test_a_frame_that_cannot_be_kept_is_not_acknowledged_and_may_come_again(
    world: World, admin: Admin, door: Door
) -> None:
    admin.ok("enroll", card=CARD, door="front", name="Somebody")
    start = door.heard.wait(m.StartEnrolment)
    blocked = world.folder / "data" / "frames" / start.enrolment
    blocked.write_bytes(b"in the way")
    door.frame(start, 0, painted(RED))
    door.ack_of(door.tell(m.EventKind.WOKE).id)
    refused_silently = [ack for ack in door.heard.of(m.Ack) if "e-" in ack.items[0].id]
    blocked.unlink()

    door.frame(start, 0, painted(RED))

    assert refused_silently == []
    assert door.ack_of(frame_item(start.enrolment, 0)).outcome is Outcome.STORED


def test_pictures_of_nobody_are_deleted_at_the_next_start(world: World) -> None:
    stray = world.folder / "data" / "frames" / "e-stray"
    stray.mkdir(parents=True)
    (stray / "0000.jpg").write_bytes(painted(RED))

    world.brain()

    assert not stray.exists()


class Failing(PaintedEncoder):
    def encode(self, image: Image, points: Points) -> NDArray[Any]:
        raise ArithmeticError(image.shape, points.shape)


def test_a_network_that_fails_refuses_the_enrolment_and_says_so(world: World) -> None:
    world.encoder = Failing
    world.brain()
    admin, door = world.admin(), world.door()
    admin.ok("enroll", card=CARD, door="front", name="Somebody")
    start = door.heard.wait(m.StartEnrolment)

    door.capture(start, lambda: painted(RED))

    refused = admin.heard.wait(
        m.EnrolmentChanged, lambda change: change.state is EnrolmentState.REFUSED
    )
    assert "an error of the brain" in refused.reason


def test_a_resident_whose_kept_frames_are_gone_stays_known_to_the_administrator(
    world: World, admin: Admin, door: Door
) -> None:
    world.enrol(admin, door, CARD, RED)
    world.brains[0].stop()
    shutil.rmtree(world.folder / "data" / "frames")

    class Another(PaintedEncoder):
        name = "another"

    world.encoder = Another
    world.brain()

    assert door.visit(faces(), 1).reason is Reason.NO_RESIDENTS
    assert admin.ok("show", card=CARD)["enrolment"]["state"] == "trained"
