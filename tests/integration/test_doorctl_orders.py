"""Orders and pictures on command as people type them, to a real brain through a real broker."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from brain_world import painted
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorbus import topics
from doorctl.site import Site

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    """A running brain, and the door `front` that has started."""
    world = MosquittoWorld(site, broker)
    world.start()
    world.door.ack_of(world.door.tell(m.EventKind.STARTED).id)
    yield world
    world.close()


@contextlib.contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do something on a thread of its own; what goes wrong in it goes wrong here."""
    with ThreadPoolExecutor(1) as executor:
        done = executor.submit(work)
        yield
        done.result()


@pytest.mark.parametrize("op", ["lockdown", "evacuate", "release"])
def test_an_order_for_all_doors_says_of_each_what_became_of_it(
    doorctl: Run, world: MosquittoWorld, op: str
) -> None:
    code, told, _ = doorctl(op, "--doors", "all", "--reason", "drill")

    assert code == 0
    rows = [line.split() for line in told.splitlines()]
    assert [row for row in rows if row[:1] in (["back"], ["front"])] == [
        ["back", "waiting"],
        ["front", "done"],
    ]
    assert "back: away; told as soon as it is back" in told
    assert world.door.heard.wait(m.Order).action == op


def test_an_order_for_one_door_is_done_once_the_door_says_so(
    doorctl: Run, world: MosquittoWorld
) -> None:
    code, told, _ = doorctl("evacuate", "front")

    assert code == 0
    assert "evacuate: done" in told
    assert world.door.heard.wait(m.Order).action is m.OrderAction.EVACUATE


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("lockdown",), 2, "give `door`, or `doors`"),
        (("lockdown", "front", "--doors", "all"), 2, "give `door`, or `doors`"),
        (("release", "--doors", "attics"), 1, "no group of doors is called attics"),
        (("unlock", "attic"), 1, "no door attic is known here"),
    ],
)
@pytest.mark.usefixtures("world")
def test_an_order_for_nobody_or_for_both_is_the_callers_mistake(
    doorctl: Run, arguments: tuple[str, ...], code: int, why: str
) -> None:
    ended, _, wrong = doorctl(*arguments)

    assert ended == code
    assert why in " ".join(wrong.replace("│", " ").split())


def test_a_picture_that_is_saved_is_the_one_that_was_asked_for(
    doorctl: Run, world: MosquittoWorld, tmp_path: Path
) -> None:
    file, picture = tmp_path / "front.jpg", painted((60, 60, 230))
    other = painted((60, 230, 60))

    def take() -> None:
        asked = world.door.heard.wait(m.TakeSnapshot)
        world.door.send(topics.SNAPSHOT, m.Snapshot(jpeg=other, command="c-another"))
        world.door.send(topics.SNAPSHOT, m.Snapshot(jpeg=picture, command=asked.command))

    with meanwhile(take):
        code, told, _ = doorctl("snapshot", "front", "--save", file)

    assert code == 0
    assert file.read_bytes() == picture
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"{len(picture)} bytes" in told


def test_a_picture_that_does_not_come_is_an_error_that_says_where_to_look(
    doorctl: Run, world: MosquittoWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorctl.commands_orders.PICTURE_S", 0.5)
    file = tmp_path / "front.jpg"

    code, _, wrong = doorctl("snapshot", "front", "--save", file)

    assert code == 1
    assert "no picture came" in wrong
    assert not file.exists()
    assert world.door.heard.of(m.TakeSnapshot)
