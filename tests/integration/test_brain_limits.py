"""Limits on what one administrator may ask for in a short time, at a brain that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import Door, World
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from doorbus import messages as m
from doorbus.messages import ErrorCode

LIMITS = {"unlock": {"burst": 2, "every_s": 30}, "snapshot": {"burst": 1, "every_s": 60}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.brain(limits=LIMITS)
    yield world
    world.close()


@pytest.fixture
def door(world: World) -> Door:
    door = world.door("front")
    door.ack_of(door.tell(m.EventKind.STARTED).id)
    return door


def test_who_unlocks_too_often_is_told_how_long_to_wait_and_no_door_hears_of_it(
    world: World, door: Door
) -> None:
    admin = world.admin("admin.alice")
    for _ in range(2):
        admin.ok("unlock", door="front")

    refused = admin.refused("unlock", door="front")

    assert refused.code is ErrorCode.RATE_LIMITED
    assert "try again in 30 s" in refused.error or "try again in 29 s" in refused.error
    assert len(door.heard.of(m.AskChallenge)) == 2


def test_after_the_seconds_named_the_same_request_is_carried_out(world: World, door: Door) -> None:
    admin = world.admin("admin.alice")
    assert door.name == "front"
    for _ in range(2):
        admin.ok("unlock", door="front")
    admin.refused("unlock", door="front", transaction="again")

    world.clock.ahead += 30

    assert admin.ok("unlock", door="front", transaction="again")["action"] == "unlock"


def test_another_administrator_and_another_kind_of_request_are_not_held_up(
    world: World, door: Door
) -> None:
    alice, bob = world.admin("admin.alice"), world.admin("admin.bob")
    for _ in range(2):
        alice.ok("unlock", door="front")
    alice.refused("unlock", door="front")

    bob.ok("unlock", door="front")
    alice.ok("lockdown", door="front")
    alice.ok("snapshot", door="front")

    assert alice.refused("snapshot", door="front").code is ErrorCode.RATE_LIMITED
    assert len(door.heard.of(m.TakeSnapshot)) == 1


def test_a_repeat_is_answered_again_and_costs_nothing(world: World, door: Door) -> None:
    admin = world.admin("admin.alice")
    first = admin.ask("unlock", door="front", transaction="t-same")
    for _ in range(5):
        assert admin.ask("unlock", door="front", transaction="t-same") == first

    admin.ok("unlock", door="front")

    assert len(door.heard.of(m.AskChallenge)) == 2


def test_the_audit_tells_once_that_somebody_asked_too_much(world: World, door: Door) -> None:
    admin = world.admin("admin.alice")
    assert door.name == "front"
    for _ in range(2):
        admin.ok("unlock", door="front")
    for _ in range(3):
        admin.refused("unlock", door="front")

    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)
    with store.work() as work:
        told = [one for one in work.audit.latest(50) if one.what == "limited"]

    store.stop()
    assert [(one.actor, one.reason) for one in told] == [("admin.alice", "unlock: rate_limited")]


def test_enrolments_by_photos_are_not_counted_and_those_at_a_door_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.brain(limits={"enrolment": {"burst": 1, "every_s": 600}})
    door, admin = world.door("front"), world.admin()
    for number in range(3):
        card = f"20260000000{number}"
        admin.ok("enroll", card=card, name="Resident", source="upload", count=5)

    admin.ok("enroll", card="202600000007", name="Resident", door=door.name)
    refused = admin.refused("enroll", card="202600000008", name="Resident", door=door.name)
    world.close()

    assert refused.code is ErrorCode.RATE_LIMITED
