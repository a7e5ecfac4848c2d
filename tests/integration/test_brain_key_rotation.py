"""A door's new key: both count until the door has used it, and from then on it alone does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import PATIENCE_S, Door, World
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import messages as m


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, ("front",))
    yield made
    made.close()


def _put(world: World, file: str) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (world.keys / file).write_bytes(pem)
    return key


def _is_heard(door: Door, seconds: float = PATIENCE_S) -> bool:
    """Whether the brain acks what a door says, within a while."""
    event = door.tell(m.EventKind.WOKE)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if any(event.id in {one.id for one in ack.items} for ack in door.heard.of(m.Ack)):
            return True
        time.sleep(0.02)
    return False


def _is_over(door: Door, old: Ed25519PrivateKey) -> bool:
    """Whether the brain takes no notice of an event under `old`, and then hears the door's key."""
    now, door.key = door.key, old
    event = door.tell(m.EventKind.WOKE)
    door.key = now
    assert _is_heard(door)  # one session, so in this order
    return not any(event.id in {one.id for one in ack.items} for ack in door.heard.of(m.Ack))


def test_old_and_new_key_count_until_the_new_one_was_used(world: World) -> None:
    new = _put(world, "front.next.pub")
    world.brain()
    door = world.door()
    old = door.key

    heard = [_is_heard(door)]
    door.key = new
    heard.append(_is_heard(door))
    assert heard == [True, True]
    assert _is_over(door, old)


def test_a_rotation_begun_while_the_brain_runs_leaves_the_door_in(world: World) -> None:
    world.brain()
    door = world.door()
    new = _put(world, "front.next.pub")
    assert _is_heard(door)
    door.key = new

    end = time.monotonic() + PATIENCE_S
    while not _is_heard(door, 0.5):  # until the brain has looked into its folder
        assert time.monotonic() < end


def test_a_brain_that_starts_again_knows_that_the_old_key_is_over(world: World) -> None:
    new = _put(world, "front.next.pub")
    first = world.brain()
    door = world.door()
    old, door.key = door.key, new
    assert _is_heard(door)
    first.stop()

    world.brain()

    assert _is_over(door, old)


def test_the_end_of_a_rotation_begins_nothing_anew(world: World) -> None:
    new = _put(world, "front.next.pub")
    brain = world.brain()
    door = world.door()
    door.key, door.epoch = new, 7
    assert _is_heard(door)

    (world.keys / "front.next.pub").rename(world.keys / "front.pub")
    world.add_door("side")
    side = world.door("side", started=False)
    end = time.monotonic() + PATIENCE_S
    while not _is_heard(side, 0.5):  # until the brain has looked into its folder
        assert time.monotonic() < end

    assert brain._base.reading.epoch("front") == 7
    assert _is_heard(door)
