"""A door that is told to forget somebody keeps nothing of them on its disk, and says so after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_world import World

from doorbus.messages import EventKind, Forget, StartEnrolment
from edge import forgetting
from edge.forgetting import erase_pictures

RESIDENT, ENROLMENT = "r-51f7a0c92be43d68", "e-8c1b6a0f93d2475e"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def spool(world: World) -> Path:
    return world.folder / "state" / "spool"


def theirs(world: World) -> list[Path]:
    """Every file of the door's state that names the enrolment as whose picture it is."""
    state = world.folder / "state"
    mark = f'"enrolment": "{ENROLMENT}"'.encode()
    return [path for path in state.rglob("*") if path.is_file() and mark in path.read_bytes()]


def capture(world: World) -> None:
    """Have frames of somebody wait at the door, since the brain does not confirm them."""
    world.brain.acking = False
    world.scene.someone = True
    world.brain.command(
        StartEnrolment(
            number=world.brain.number(),
            enrolment=ENROLMENT,
            count=200,
            missing=tuple(range(200)),
        )
    )
    world.brain.wait(lambda heard: len(heard.frames) >= 5)


def forget(world: World) -> None:
    world.brain.command(
        Forget(number=world.brain.number(), resident=RESIDENT, enrolments=(ENROLMENT,))
    )


def test_pictures_that_wait_are_gone_before_the_door_says_so(world: World) -> None:
    capture(world)
    assert theirs(world)

    forget(world)
    told = world.brain.wait_event(EventKind.FORGOTTEN)
    left = theirs(world)

    assert (told.detail, left) == (RESIDENT, [])


def test_the_capture_ends_and_takes_no_more(world: World) -> None:
    capture(world)

    forget(world)
    world.brain.wait_event(EventKind.FORGOTTEN)
    time.sleep(0.5)

    assert theirs(world) == []
    assert world.brain.wait_event(EventKind.ENROLMENT_FAILED).kind is EventKind.ENROLMENT_FAILED


def test_what_was_put_aside_and_what_was_left_half_written_goes_too(world: World) -> None:
    capture(world)
    (kept, *_) = theirs(world)
    damaged = kept.read_bytes()[:-20]
    left = {
        spool(world) / "000000000900.unreadable": damaged,
        spool(world) / "000000000901.unreadable": b"\0no header",
        spool(world) / ".000000000902.kept.draft": damaged,
    }
    for path, content in left.items():
        path.write_bytes(content)

    forget(world)
    world.brain.wait_event(EventKind.FORGOTTEN)

    assert not [path for path in left if path.exists()]
    assert theirs(world) == []


def test_what_the_disk_keeps_is_not_said_to_be_gone_and_goes_when_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(world)

    def stays(*_: object) -> int:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(forgetting, "erase_pictures", stays)
        forget(world)
        time.sleep(0.5)
        said = [one for one in world.brain.heard.events if one.kind is EventKind.FORGOTTEN]
    forget(world)

    assert said == []
    assert world.brain.wait_event(EventKind.FORGOTTEN).detail == RESIDENT


def test_pictures_of_others_stay(tmp_path: Path) -> None:
    for number, enrolment in enumerate(('"e-1"', '"e-2"', "null")):
        header = f'{{"item": "i", "enrolment": {enrolment}, "properties": {{}}}}\n'
        (tmp_path / f"{number:012d}.kept").write_bytes(header.encode() + b"sealed")
    (tmp_path / "lost").write_text("3\n")

    gone = erase_pictures(tmp_path, frozenset({"e-1"}))

    assert gone == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000000000001.kept",
        "000000000002.kept",
        "lost",
    ]
