"""Which residents a door learns of from a running brain, and when it hears of another cache."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brain_world import BLUE, GREEN, RED, World, painted
from cache_door import CacheDoor

import brain.caching
from brain.adapters.store_sql import SqlStore
from brain.store_ports import AuditEntry
from doorbus import messages as m
from doorbus import topics
from doorbus.messages import EventKind

ONE, TWO, THREE = "000000000001", "000000000002", "000000000003"
AWAY: dict[str, Any] = {"away": {"doors": {"front": "faces", "back": "codes"}, "hours": 2}}
QUIET_S = 0.7


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brain.caching, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(brain.caching, "SEND_EVERY_S", 0.1)
    monkeypatch.setattr(brain.caching, "PEEK_EVERY_S", 0.05)


def front(world: World, folder: str = "front-cache") -> CacheDoor:
    return CacheDoor(world.door(), world.broker.bus, world.folder / folder)


def news(door: CacheDoor, does: Callable[[], object]) -> None:
    """Wait until the brain tells of another cache after something was done."""
    before = len(door.door.heard.of(m.CacheNews))
    does()
    door.door.heard.wait(m.CacheNews, after=before)


def audit(world: World) -> list[AuditEntry]:
    store = world.brains[-1]._parts.store
    assert isinstance(store, SqlStore)
    with store.work() as work:
        return work.audit.latest(100)


def test_a_door_gets_its_residents_and_what_is_asked_of_a_visit(world: World) -> None:
    running = world.brain(**AWAY)
    admin, door = world.admin(), front(world)
    resident = world.enrol(admin, door.door, ONE, RED)

    cached = door.fetch()

    standing = running._base.gallery.standing()
    assert set(cached.residents) == {resident}
    assert cached.rule == standing.rule
    assert np.abs(cached.gallery.templates - standing.gallery.templates).max() < 1e-3
    assert cached.validity.ends_at.timestamp() - cached.validity.made_at.timestamp() == 7200


def test_versions_rise_also_over_a_restart_of_the_brain_and_a_clock_set_back(world: World) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), front(world)
    world.enrol(admin, door.door, ONE, RED)
    versions = [door.fetch().version]
    world.clock.fixed = 1_000_000.0
    time.sleep(0.2)
    versions.append(door.fetch().version)
    world.brains.pop().stop()
    world.brain(**AWAY)
    versions.append(door.fetch().version)

    assert versions == sorted(set(versions))


def test_nothing_that_the_broker_carries_shows_a_template_or_an_id(world: World) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), front(world)
    resident = world.enrol(admin, door.door, ONE, RED)
    cached = door.fetch()

    carried = b"".join(wire.payload for wire in door.listener.wires)

    assert resident.encode() not in carried
    assert cached.residents[resident].template not in carried


@pytest.mark.parametrize("changes", [{}, {"away": {"doors": {"front": "codes"}}}])
def test_a_door_that_the_brain_does_not_allow_gets_no_templates(
    world: World, changes: dict[str, Any]
) -> None:
    world.brain(**changes)
    admin, door = world.admin(), front(world)
    world.enrol(admin, door.door, ONE, RED)

    door.ask()
    time.sleep(QUIET_S)

    assert door.listener.wires == []


def test_a_door_of_another_encoder_gets_nothing(world: World) -> None:
    world.brain(**AWAY)
    door = CacheDoor(world.door(), world.broker.bus, world.folder / "cache", "another+1")

    door.ask()
    time.sleep(QUIET_S)

    assert door.listener.wires == []


def test_a_request_that_the_door_did_not_sign_moves_nothing(world: World) -> None:
    world.brain(**AWAY)
    door, back = front(world), world.door("back")
    back.name = "front"  # with its own key, as the other door

    back.send(
        topics.CACHE_ASKED,
        m.CacheAsked(have=0, faces=True, encoder="painted", key="ab" * 32),
    )
    time.sleep(QUIET_S)

    assert door.listener.wires == []


def test_who_is_enrolled_disabled_or_removed_changes_the_cache_and_the_door_is_told(
    world: World,
) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), front(world)
    one = world.enrol(admin, door.door, ONE, RED)
    assert set(door.fetch().residents) == {one}

    two = ""

    def enrol() -> None:
        nonlocal two
        two = world.enrol(admin, door.door, TWO, GREEN)

    news(door, enrol)
    assert set(door.fetch().residents) == {one, two}
    news(door, lambda: admin.ok("disable", card=ONE))
    assert set(door.fetch().residents) == {two}
    news(door, lambda: admin.ok("enable", card=ONE))
    assert set(door.fetch().residents) == {one, two}
    news(door, lambda: admin.ok("remove", card=TWO))
    assert set(door.fetch().residents) == {one}


@pytest.mark.parametrize(
    ("op", "fields"),
    [("disable", {}), ("enable", {}), ("pin", {"pin": "271828"}), ("unpin", {})],
)
def test_brains_of_other_doors_see_that_a_cache_may_have_changed(
    world: World, op: str, fields: dict[str, str]
) -> None:
    """They hear no request of it: what they look at is the version in the database."""
    running = world.brain(**AWAY)
    admin = world.admin()
    admin.ok("add", card=ONE, name="One")
    store = running._parts.store

    with store.work() as work:
        before = work.access.version()
    admin.ok(op, card=ONE, **fields)

    with store.work() as work:
        assert work.access.version() > before


def test_what_changes_nothing_for_a_door_is_not_told(world: World) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), front(world)
    world.enrol(admin, door.door, ONE, RED)
    door.fetch()
    time.sleep(QUIET_S)
    before = len(door.door.heard.of(m.CacheNews))

    admin.ok("list")
    admin.ok("forbid", card=ONE, door="back")
    time.sleep(QUIET_S)

    assert len(door.door.heard.of(m.CacheNews)) == before


def test_who_may_never_enter_here_is_not_in_the_cache(world: World) -> None:
    world.brain(**AWAY, access={"default": "nobody"})
    admin, door = world.admin(), front(world)
    one = world.enrol(admin, door.door, ONE, RED)
    world.enrol(admin, door.door, TWO, GREEN)
    admin.ok("permit", card=ONE, door="front")
    admin.ok("permit", card=TWO, door="back")

    cached = door.fetch()

    assert set(cached.residents) == {one}


def test_a_door_that_asks_for_codes_alone_gets_no_template(world: World) -> None:
    world.brain(**AWAY)
    admin, one = world.admin(), world.door()
    world.enrol(admin, one, ONE, BLUE)
    door = CacheDoor(world.door("back"), world.broker.bus, world.folder / "back-cache", None)

    cached = door.fetch()

    assert not cached.faces
    assert all(not resident.template for resident in cached.residents.values())


def test_what_a_door_decided_by_itself_becomes_audit_with_its_own_time_once(world: World) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), world.door()
    resident = world.enrol(admin, door, ONE, RED)
    then = time.time() - 3600
    granted = m.DoorEvent(
        id="1-900", kind=EventKind.AWAY_GRANTED, at=then, visit=4, detail=resident
    )
    denied = m.DoorEvent(
        id="1-901", kind=EventKind.AWAY_DENIED, at=then + 60, visit=5, detail="unknown"
    )
    late = m.DoorEvent(
        id="1-902",
        kind=EventKind.AWAY_DENIED,
        at=then + 70,
        visit=6,
        detail=f"out_of_hours {resident}",
    )

    for event in (granted, denied, late, granted):
        door.send(topics.DOOR_EVENT, event)
        door.ack_of(event.id)

    entries = [one for one in reversed(audit(world)) if one.what.startswith("away_")]
    assert [(one.at, one.what, one.resident, one.door) for one in entries] == [
        (then, "away_granted", resident, "front"),
        (then + 60, "away_denied", None, "front"),
        (then + 70, "away_denied", resident, "front"),
    ]
    assert all(one.actor == "door:front" for one in entries)
    assert [one.reason for one in entries] == ["match", "unknown", "out_of_hours"]


def test_a_door_cannot_name_a_resident_who_never_was(world: World) -> None:
    world.brain(**AWAY)
    door = world.door()
    event = m.DoorEvent(
        id="1-900", kind=EventKind.AWAY_GRANTED, at=time.time() + 1e6, visit=4, detail="somebody"
    )

    door.send(topics.DOOR_EVENT, event)
    door.ack_of(event.id)

    (entry,) = [one for one in audit(world) if one.what == "away_granted"]
    assert entry.resident is None
    assert entry.at <= time.time()


def test_somebody_let_in_while_the_brain_was_away_counts_as_having_come_in(world: World) -> None:
    world.brain(**AWAY)
    admin, door = world.admin(), world.door()
    resident = world.enrol(admin, door, ONE, RED)
    admin.ok("passback", name="lab", inside=["front"], outside=["back"], mode="hard", forget_h=2)
    event = m.DoorEvent(
        id="1-900",
        kind=EventKind.AWAY_GRANTED,
        at=time.time() - 60,
        visit=4,
        detail=resident,
    )
    door.send(topics.DOOR_EVENT, event)
    door.ack_of(event.id)

    again = door.visit([painted(RED) for _ in range(20)], 9)

    assert again.reason is m.Reason.PASSBACK


def test_a_key_that_is_none_gets_no_cache_and_the_brain_goes_on(world: World) -> None:
    world.brain(**AWAY)
    door = front(world)

    door.door.send(
        topics.CACHE_ASKED, m.CacheAsked(have=0, faces=True, encoder="painted", key="00" * 32)
    )
    time.sleep(QUIET_S)

    assert door.listener.wires == []
    assert door.fetch().version > 0
