"""What becomes of frames that are all there: templates, a warning, or a refusal with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_enrolments import CARD, OTHER, changed, opened, pictures_on_disk
from brain_world import BLUE, RED, Admin, Door, World, painted

from doorbus import messages as m
from doorbus.messages import EnrolmentState


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


@pytest.mark.parametrize(
    ("colours", "reason"),
    [
        ([RED] * 10 + [BLUE] * 10, "more than one person"),
        ([(3, 3, 12)] * 20, "too dark"),
    ],
    ids=["two people", "dark"],
)
def test_an_unfit_enrolment_is_refused_with_its_reason_and_its_frames_are_deleted(
    world: World,
    admin: Admin,
    door: Door,
    colours: list[tuple[int, int, int]],
    reason: str,
) -> None:
    start = opened(admin, door)

    for index, colour in enumerate(colours):
        door.frame(start, index, painted(colour))

    assert reason in changed(admin, start, EnrolmentState.REFUSED).reason
    door.heard.wait(m.StopEnrolment)
    assert admin.ok("show", card=CARD)["templates"] == 0
    assert pictures_on_disk(world) == 0


@pytest.mark.parametrize(("faces", "reason"), [(0, "without a face"), (2, "several faces")])
def test_frames_without_one_face_make_no_resident(
    admin: Admin, door: Door, faces: int, reason: str
) -> None:
    start = opened(admin, door)

    door.capture(start, lambda: painted(RED, faces))

    assert reason in changed(admin, start, EnrolmentState.REFUSED).reason


def test_one_frozen_picture_makes_no_resident(admin: Admin, door: Door) -> None:
    start = opened(admin, door)
    frozen = painted(RED)

    door.capture(start, lambda: frozen)

    assert "camera frozen" in changed(admin, start, EnrolmentState.REFUSED).reason


def test_a_lookalike_is_enrolled_with_a_warning(world: World, admin: Admin, door: Door) -> None:
    first = world.enrol(admin, door, CARD, RED)
    start = opened(admin, door, OTHER)

    door.capture(start, lambda: painted(RED))

    assert first in world.trained(admin, start.enrolment).reason
    assert first in admin.ok("show", card=OTHER)["enrolment"]["reason"]
