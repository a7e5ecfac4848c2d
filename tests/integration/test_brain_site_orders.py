"""Orders for several doors, some of them away, at a brain that runs on a real database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brain_world import Admin, Door, World
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.standing import EVACUATION_S
from brain.store_ports import AuditEntry
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import ErrorCode, OrderAction

DOORS = ("back", "cellar", "front")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, DOORS)
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    world.brain()
    return world.admin()


def actions(door: Door) -> list[OrderAction]:
    return [order.action for order in door.heard.of(m.Order)]


def audit(world: World) -> list[AuditEntry]:
    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)
    with store.work() as work:
        told = work.audit.latest(200)[::-1]
    store.stop()
    return told


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_every_door_that_is_there_says_itself_that_it_did(world: World, admin: Admin) -> None:
    doors = [world.door(name) for name in DOORS]

    data = admin.ok("lockdown", doors="all", reason="somebody climbed the fence")

    assert data["action"] == "lockdown"
    assert data["doors"] == {
        door.name: {"result": "done", "order": door.heard.wait(m.Order).order} for door in doors
    }
    assert [actions(door) for door in doors] == [[OrderAction.LOCKDOWN]] * 3
    assert sorted((one.what, one.door) for one in audit(world) if one.door) == [
        ("lockdown", door) for door in DOORS
    ]


def test_a_door_that_is_away_waits_and_is_locked_down_when_it_comes_back(
    world: World, admin: Admin
) -> None:
    front = world.door("front")
    back = world.door("back")
    back.obedient = False
    before = len(admin.responses)

    admin.publish(b'{"op": "lockdown", "doors": "all", "transaction": "t-away"}')
    back.heard.wait(m.AskChallenge)
    front.heard.wait(m.Order)
    world.clock.ahead += 8

    response = admin.next_response(before)
    assert isinstance(response, m.OkResponse)
    assert {door: one["result"] for door, one in response.data["doors"].items()} == {
        "back": "waiting",
        "cellar": "waiting",
        "front": "done",
    }
    first = back.heard.wait(m.AskChallenge)
    back.obedient = True
    back.epoch = 2
    back.tell(m.EventKind.STARTED)
    order = back.heard.wait(m.Order)
    assert (order.action, order.order != first.order) == (OrderAction.LOCKDOWN, True)
    cellar = world.door("cellar")
    assert cellar.heard.wait(m.Order).action is OrderAction.LOCKDOWN
    assert actions(front) == [OrderAction.LOCKDOWN]


def test_what_waits_survives_a_restart_of_the_brain(world: World, admin: Admin) -> None:
    back = world.door("back")
    back.obedient = False
    admin.publish(b'{"op": "lockdown", "doors": "all", "transaction": "t-cut"}')
    back.heard.wait(m.AskChallenge)
    world.brains[0].stop()
    back.obedient = True
    world.brain()

    assert back.heard.wait(m.Order).action is OrderAction.LOCKDOWN
    cut = admin.refused("lockdown", doors="all", transaction="t-cut")
    assert cut.code is ErrorCode.OUTCOME_UNKNOWN


def test_a_repeat_gets_the_same_answer_and_orders_nothing_twice(world: World, admin: Admin) -> None:
    doors = [world.door(name) for name in DOORS]
    first = admin.ask("lockdown", doors="all", transaction="t-one")

    again = admin.ask("lockdown", doors="all", transaction="t-one")

    assert again == first
    assert [len(actions(door)) for door in doors] == [1, 1, 1]


def test_a_release_takes_the_place_of_a_lock_down_that_waits(world: World, admin: Admin) -> None:
    front = world.door("front")
    for op in ("lockdown", "release"):
        before = len(admin.responses)
        admin.publish(f'{{"op": "{op}", "doors": "all", "transaction": "t-{op}"}}'.encode())
        front.heard.wait(m.Order, lambda order, op=op: order.action == op)  # type: ignore[misc]
        world.clock.ahead += 8
        admin.next_response(before)

    back = world.door("back")

    back.heard.wait(m.Order)
    assert actions(back) == [OrderAction.RELEASE]


def test_an_order_for_one_door_takes_the_place_of_one_that_waits_for_it(
    world: World, admin: Admin
) -> None:
    back = world.door("back")
    back.obedient = False
    before = len(admin.responses)
    admin.publish(b'{"op": "lockdown", "doors": "all", "transaction": "t-all"}')
    back.heard.wait(m.AskChallenge)
    world.clock.ahead += 8
    admin.next_response(before)
    back.obedient = True

    admin.ok("release", door="back")
    back.epoch = 2
    back.ack_of(back.tell(m.EventKind.STARTED).id)
    world.clock.ahead += 40
    admin.ok("unlock", door="back")

    assert actions(back) == [OrderAction.RELEASE, OrderAction.UNLOCK]


def test_no_door_opens_by_an_evacuation_of_long_ago(
    world: World, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = world.door("front")
    before = len(admin.responses)
    admin.publish(b'{"op": "evacuate", "doors": "all", "transaction": "t-fire"}')
    assert front.heard.wait(m.Order).action is OrderAction.EVACUATE
    world.clock.ahead += 8
    admin.next_response(before)

    monkeypatch.setattr(world.clock, "wall", lambda: time.time() + EVACUATION_S)
    until(lambda: sum(one.what == "evacuate_lapsed" for one in audit(world)) == 2)
    back = world.door("back")
    admin.ok("unlock", door="back")

    assert actions(back) == [OrderAction.UNLOCK]


def test_a_door_that_refuses_is_told_apart(world: World, admin: Admin) -> None:
    doors = {name: world.door(name) for name in DOORS}
    doors["back"].obedient = False
    before = len(admin.responses)
    admin.publish(b'{"op": "evacuate", "doors": "all", "transaction": "t-no"}')
    asked = doors["back"].heard.wait(m.AskChallenge)
    doors["back"].send(topics.CHALLENGE, m.Challenge(order=asked.order, challenge="0" * 32))
    doors["back"].heard.wait(m.Order)
    doors["back"].tell(m.EventKind.ORDER, f"refused evacuate {asked.order} wired-shut")

    response = admin.next_response(before)

    assert isinstance(response, m.OkResponse)
    assert response.data["doors"]["back"] == {"result": "refused", "reason": "wired-shut"}
    assert response.data["doors"]["front"]["result"] == "done"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"doors": "nowhere"}, ErrorCode.UNKNOWN_GROUP),
        ({}, ErrorCode.BAD_REQUEST),
        ({"door": "front", "doors": "all"}, ErrorCode.BAD_REQUEST),
        ({"doors": "All Doors"}, ErrorCode.BAD_REQUEST),
    ],
)
def test_an_order_for_no_doors_or_for_both_kinds_is_refused(
    admin: Admin, fields: dict[str, str], code: ErrorCode
) -> None:
    refused = admin.refused("lockdown", **fields)

    assert refused.code is code
    assert "door" in refused.error


def test_a_group_of_doors_gets_an_order_and_no_other_door_does(world: World, admin: Admin) -> None:
    doors = {name: world.door(name) for name in DOORS}
    admin.ok("doors", group="ground-floor", doors=["back", "front"])

    data = admin.ok("evacuate", doors="ground-floor", reason="smoke")

    assert sorted(data["doors"]) == ["back", "front"]
    assert actions(doors["front"]) == actions(doors["back"]) == [OrderAction.EVACUATE]
    assert actions(doors["cellar"]) == []


def test_each_of_two_brains_carries_the_order_to_the_doors_it_serves(
    world: World, tmp_path: Path
) -> None:
    folders = {"first": ("front", "cellar"), "deputy": ("back",)}
    for rank, names in folders.items():
        keys = tmp_path / rank
        keys.mkdir()
        for door in names:
            (keys / f"{door}.pub").write_bytes((world.keys / f"{door}.pub").read_bytes())
    for rank in ("deputy", "first"):
        own = {"brain": "brain.key", "doors": str(tmp_path / rank)}
        world.brain(rank=rank, name=f"brain.{rank}", keys=own)
    admin = world.admin()
    doors = [world.door(name) for name in DOORS]

    data = admin.ok("lockdown", doors="all", reason="drill")

    assert {door: one["result"] for door, one in data["doors"].items()} == dict.fromkeys(
        DOORS, "done"
    )
    assert [actions(door) for door in doors] == [[OrderAction.LOCKDOWN]] * 3
    assert sorted((one.what, one.door) for one in audit(world) if one.door) == [
        ("lockdown", door) for door in DOORS
    ]
