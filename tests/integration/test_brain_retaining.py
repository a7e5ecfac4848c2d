"""Pictures and events disappear when they were kept long enough; templates and the audit stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import BLUE, RED, World, painted

from doorbus import messages as m

CARD, OTHER = "000000000001", "000000000002"
DAY = 86_400.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def later(world: World, days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same day, some days on, at a start of the brain."""
    wall = world.clock.wall
    monkeypatch.setattr(world.clock, "wall", lambda: wall() + days * DAY)
    world.brains[-1].stop()


def pictures(world: World) -> int:
    return len(list((world.folder / "data" / "frames").rglob("*.sealed")))


def audit(world: World, what: str) -> list[tuple[str, str | None, str]]:
    with world.brains[-1]._parts.store.work() as work:
        lines = [one for one in work.audit.latest(1000) if one.what == what]
    return [(one.actor, one.resident, one.reason) for one in lines]


def test_pictures_go_after_their_days_and_templates_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = {"frames_days": 30}
    world.brain(retention=retention)
    admin, front = world.admin(), world.door()
    resident = world.enrol(admin, front, CARD, RED)
    later(world, 29.9, monkeypatch)
    world.brain(retention=retention)
    before = pictures(world)
    later(world, 0.2, monkeypatch)

    world.brain(retention=retention)

    assert (before, pictures(world)) == (20, 0)
    assert audit(world, "frames_deleted") == [("brain", resident, "20 frames, kept for 30 days")]
    assert front.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT
    assert admin.ok("export", card=CARD)["enrolments"][0]["frames"] == 0


def test_what_came_since_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    retention = {"frames_days": 30}
    world.brain(retention=retention)
    admin, front = world.admin(), world.door()
    world.enrol(admin, front, CARD, RED)
    later(world, 31, monkeypatch)
    world.brain(retention=retention)

    world.enrol(admin, front, OTHER, BLUE)
    world.brains[-1].stop()
    world.brain(retention=retention)

    assert pictures(world) == 20


def test_pictures_stay_where_nothing_is_set(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.brain()
    world.enrol(world.admin(), world.door(), CARD, RED)
    later(world, 10_000, monkeypatch)

    world.brain()

    assert pictures(world) == 20


def test_events_go_after_their_months(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    retention = {"events_months": 2}
    world.brain(retention=retention)
    front = world.door()
    front.ack_of(front.tell(m.EventKind.WOKE).id)
    later(world, 63, monkeypatch)

    world.brain(retention=retention)

    assert audit(world, "events_deleted") == [("brain", None, "2 events, kept for 2 months")]


def test_whose_pictures_are_gone_is_left_out_by_another_encoder_and_that_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = {"frames_days": 1}
    world.brain(retention=retention)
    admin, front = world.admin(), world.door()
    resident = world.enrol(admin, front, CARD, RED)
    later(world, 2, monkeypatch)

    class Another(type(world.encoder())):  # type: ignore[misc]  # whatever the world paints with
        name = "another"

    world.encoder = Another
    world.brain(retention=retention)

    told = admin.heard.wait(m.EncoderChanging, lambda one: bool(one.left_out))
    assert told.left_out == (resident,)
