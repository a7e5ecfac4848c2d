"""A running door tells how it is: kept by the broker, at once when its mode changes, at its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_world import DOOR, World

from doorbus import codec
from doorbus.messages import (
    AskChallenge,
    CameraHealth,
    DoorHealth,
    DoorMode,
    OrderAction,
)
from doorbus.topics import DOOR_AVAILABILITY, DOOR_HEALTH


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def kept(world: World) -> DoorHealth | None:
    wire = world.broker.retained(DOOR_HEALTH.name(DOOR))
    return None if wire is None else codec.decode(DOOR_HEALTH, wire)


def wait(world: World, **wanted: object) -> DoorHealth:
    """What the broker keeps, once it is like this."""
    deadline = time.monotonic() + 15
    while True:
        health = kept(world)
        if health is not None and all(
            getattr(health, name) == value for name, value in wanted.items()
        ):
            return health
        assert time.monotonic() < deadline, health
        time.sleep(0.02)


def order(world: World, action: OrderAction) -> None:
    before = len(world.brain.heard.challenges)
    world.brain.command(AskChallenge(number=world.brain.number(), order=f"o-{before}"))
    world.brain.wait(lambda heard: len(heard.challenges) > before)
    world.brain.order(world.brain.heard.challenges[-1], action)


def test_a_door_that_runs_says_so_and_that_it_is_well(world: World) -> None:
    health = wait(world, running=True)

    assert (health.mode, health.camera) == (DoorMode.NORMAL, CameraHealth.GOOD)
    assert health.epoch == world.brain.heard.epoch
    assert health.certificate_days is None  # this one has none


def test_a_lock_down_and_its_end_are_seen_at_once(world: World) -> None:
    wait(world, mode=DoorMode.NORMAL)

    order(world, OrderAction.LOCKDOWN)
    wait(world, mode=DoorMode.LOCKDOWN)
    order(world, OrderAction.RELEASE)

    wait(world, mode=DoorMode.NORMAL)


def test_a_camera_that_is_gone_is_seen_at_once(world: World) -> None:
    wait(world, camera=CameraHealth.GOOD)

    world.scene.camera = False

    assert "camera" in wait(world, camera=CameraHealth.LOST).degraded


def test_a_door_that_is_stopped_says_so_before_it_is_offline(world: World) -> None:
    wait(world, running=True)

    world.stop_door()

    health, away = kept(world), world.broker.retained(DOOR_AVAILABILITY.name(DOOR))
    assert health is not None
    assert not health.running
    assert away is not None
    assert away.payload == b"offline"


def test_after_a_break_of_the_connection_it_is_told_again(world: World) -> None:
    wait(world, running=True)
    began = kept(world)
    assert began is not None
    time.sleep(1.1)

    world.broker.drop(DOOR)

    deadline = time.monotonic() + 15
    while (now := kept(world)) is None or now.uptime_s == began.uptime_s:
        assert time.monotonic() < deadline
        time.sleep(0.02)
