"""Another encoder than the gallery's: behind open doors, through restarts, and with files gone."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from brain_world import BLUE, GREEN, RED, Admin, Door, Heard, HeldEncoder, World, painted
from vault_keys import KEYS

from brain import behind
from brain.adapters.sql_people import SqlTemplates
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.errors import FrameStoreError, StoreError
from brain.parts import Encoding, Parts
from brain.ports import Encoder
from doorbus import messages as m
from doorbus.messages import Decision, Reason, frame_item

CARD, OTHER, THIRD = "000000000001", "000000000002", "000000000003"


class Turned(HeldEncoder):
    """The same faces, in other vectors."""

    name = "turned"

    def encode(self, image: Any, points: Any) -> Any:
        return -super().encode(image, points)[::-1].copy()


class Site(World):
    """A world whose brains may be of one encoder or another."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gates = {"old": threading.Event(), "new": threading.Event()}
        self.gates["old"].set()
        self.identities = {"old": "painted+1", "new": "turned+1"}
        self.chosen = "old"
        self.lost: set[str] = set()

    def run(self, which: str) -> None:
        """Stop the brain, and start one with this encoder configured."""
        for brain in self.brains:
            brain.stop()
        self.chosen = which
        self.encoder = self._maker(which)
        self.brain(matching={"threshold": 0.9})

    def parts(self, parts: Parts) -> Parts:
        return replace(
            parts,
            identity=self.identities[self.chosen],
            recipe=self.chosen,
            former=self._former,
        )

    def _former(self, recipe: str) -> Encoding | None:
        if recipe in self.lost:
            return None
        settings = self.settings(matching={"threshold": 0.9})
        return Encoding(
            self.identities[recipe],
            recipe,
            self._maker(recipe),
            settings.match_rule,
            settings.target,
            settings.training_rule,
        )

    def _maker(self, which: str) -> Callable[[], Encoder]:
        kind = HeldEncoder if which == "old" else Turned
        return lambda: kind(self.gates[which])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Site]:
    world = Site(tmp_path)
    yield world
    for gate in world.gates.values():
        gate.set()
    world.close()


@pytest.fixture
def admin(world: Site) -> Admin:
    world.run("old")
    return world.admin()


@pytest.fixture
def door(world: Site, admin: Admin) -> Door:
    door = world.door()
    world.enrol(admin, door, CARD, RED)
    world.enrol(admin, door, OTHER, BLUE)
    return door


def visit(door: Door, colour: tuple[int, int, int], number: int) -> m.Verdict:
    return door.visit([painted(colour) for _ in range(20)], number)


def changed(heard: Heard) -> m.EncoderChanging:
    return heard.wait(m.EncoderChanging, lambda one: one.finished)


def test_doors_stay_open_until_everybody_is_embedded_then_change_over(
    world: Site, admin: Admin, door: Door
) -> None:
    world.run("new")
    begun = admin.heard.wait(m.EncoderChanging)
    during = visit(door, RED, 1)
    world.gates["new"].set()
    done = changed(admin.heard)
    world.gates["old"].clear()  # whoever still asked the old encoder would wait for ever

    assert (begun.serving, begun.coming, begun.done, begun.residents) == (
        "painted+1",
        "turned+1",
        0,
        2,
    )
    assert during.decision is Decision.GRANT
    assert (done.serving, done.done, done.left_out) == ("turned+1", 2, ())
    assert visit(door, RED, 2).decision is Decision.GRANT
    assert visit(door, GREEN, 3).decision is Decision.DENY
    assert admin.ok("show", card=CARD)["templates"] == 5


def test_a_restart_in_the_middle_goes_on_with_who_is_left(
    world: Site, admin: Admin, door: Door
) -> None:
    world.run("new")
    admin.heard.wait(m.EncoderChanging)

    world.run("new")
    assert visit(door, BLUE, 1).decision is Decision.GRANT
    world.gates["new"].set()

    assert changed(admin.heard).residents == 2
    assert visit(door, BLUE, 2).decision is Decision.GRANT


def test_who_is_enrolled_meanwhile_is_let_in_before_and_after(
    world: Site, admin: Admin, door: Door
) -> None:
    world.run("new")
    admin.heard.wait(m.EncoderChanging)
    world.enrol(admin, door, THIRD, GREEN)
    before = visit(door, GREEN, 1)
    admin.ok("remove", card=OTHER)
    world.gates["new"].set()
    changed(admin.heard)

    assert before.decision is Decision.GRANT
    assert visit(door, GREEN, 2).decision is Decision.GRANT
    assert visit(door, BLUE, 3).reason is Reason.UNKNOWN


def test_an_enrolment_under_way_is_trained_by_the_new_encoder(
    world: Site, admin: Admin, door: Door
) -> None:
    data = admin.ok("enroll", card=THIRD, door="front", name="Late")
    start = door.heard.wait(m.StartEnrolment, lambda one: one.enrolment == data["enrolment"])
    for index in start.missing[:10]:
        door.frame(start, index, painted(GREEN))
        door.ack_of(frame_item(start.enrolment, index))
    world.gates["new"].set()
    world.run("new")
    changed(admin.heard)

    for index in start.missing[10:]:
        door.frame(start, index, painted(GREEN))

    assert world.trained(admin, start.enrolment).stored == 20
    assert visit(door, GREEN, 1).decision is Decision.GRANT


@pytest.mark.parametrize("how", ["gone", "another content"])
def test_nothing_is_served_by_an_encoder_that_is_gone_or_changed(
    world: Site, admin: Admin, door: Door, how: str
) -> None:
    if how == "gone":
        world.lost.add("old")
    else:
        world.identities["old"] = "painted+2"

    world.run("new")
    begun = admin.heard.wait(m.EncoderChanging)
    during = visit(door, RED, 1)
    world.gates["new"].set()
    changed(admin.heard)

    assert begun.serving == ""
    assert (during.decision, during.reason) == (Decision.DENY, Reason.NOT_READY)
    assert visit(door, RED, 2).decision is Decision.GRANT


def test_the_same_name_with_another_content_is_another_encoder(
    world: Site, admin: Admin, door: Door
) -> None:
    world.identities["old"] = "painted+2"

    world.run("old")

    assert changed(admin.heard).coming == "painted+2"
    assert visit(door, RED, 1).decision is Decision.GRANT


def test_who_has_no_frames_is_named_and_stays_out(world: Site, admin: Admin, door: Door) -> None:
    show = admin.ok("show", card=CARD)
    for picture in (world.folder / "data" / "frames" / show["enrolment"]["enrolment"]).iterdir():
        picture.unlink()
    (world.folder / "data" / "frames" / show["enrolment"]["enrolment"]).rmdir()
    world.gates["new"].set()

    world.run("new")
    done = changed(admin.heard)

    assert done.left_out == (show["resident"],)
    assert visit(door, RED, 1).decision is Decision.DENY
    assert visit(door, BLUE, 2).decision is Decision.GRANT
    assert admin.ok("show", card=CARD)["templates"] == 0
    admin.ok("enroll", card=CARD, door="front")


def test_back_to_the_old_encoder_is_a_change_like_any_other(
    world: Site, admin: Admin, door: Door
) -> None:
    world.gates["new"].set()
    world.run("new")
    changed(admin.heard)

    world.run("old")
    admin.heard.wait(m.EncoderChanging, lambda one: one.finished and one.coming == "painted+1")

    assert visit(door, RED, 1).decision is Decision.GRANT


def test_what_was_learnt_by_another_encoder_is_given_up_and_said_so(
    world: Site, admin: Admin, door: Door
) -> None:
    data = admin.ok("reenroll", card=CARD, door="front")
    start = door.heard.wait(m.StartEnrolment, lambda one: one.enrolment == data["enrolment"])
    door.capture(start, lambda: painted(RED))
    world.trained(admin, start.enrolment)
    world.gates["new"].set()
    world.run("new")
    changed(admin.heard)

    assert admin.ok("show", card=CARD)["former"] == 0
    assert admin.refused("undo", card=CARD).code is m.ErrorCode.NOTHING_TO_UNDO


def fails_once(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, error: Exception) -> None:
    """Have a method raise the next time it is called, and never again."""
    real: Callable[..., Any] = getattr(kind, name)
    pending = [error]

    def either(*given: Any) -> Any:
        if pending:
            raise pending.pop()
        return real(*given)

    monkeypatch.setattr(kind, name, either)


@pytest.mark.parametrize("step", ["forget_others", "next_version", "parts"])
def test_a_database_that_fails_once_in_the_change_over_only_delays_it(
    world: Site, admin: Admin, door: Door, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world.run("new")
    admin.heard.wait(m.EncoderChanging)
    fails_once(monkeypatch, SqlTemplates, step, StoreError("the disk is full, once"))

    world.gates["new"].set()

    assert changed(admin.heard).serving == "turned+1"
    assert visit(door, RED, 1).decision is Decision.GRANT


def test_frames_that_cannot_be_listed_once_only_delay_the_change(
    world: Site, admin: Admin, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = SealedFrames.enrolments, [0]

    def second_fails(frames: SealedFrames) -> set[str]:
        calls[0] += 1
        if calls[0] == 2:  # after the one that looks for strays
            raise FrameStoreError("cannot be listed, once")
        return real(frames)

    monkeypatch.setattr(SealedFrames, "enrolments", second_fails)
    world.gates["new"].set()
    world.run("new")

    assert changed(admin.heard).done == 2
    assert calls[0] > 2
    assert visit(door, RED, 1).decision is Decision.GRANT


def test_who_was_left_out_is_no_longer_once_enrolled_again(
    world: Site, admin: Admin, door: Door
) -> None:
    show = admin.ok("show", card=CARD)
    shutil.rmtree(world.folder / "data" / "frames" / show["enrolment"]["enrolment"])
    world.gates["new"].set()
    world.run("new")
    changed(admin.heard)
    health = world.watch("brain/health")
    world.clock.ahead += 60
    before = health.wait(m.BrainHealth).note

    world.enrol(admin, door, CARD, RED)
    world.clock.ahead += 60

    assert "must be enrolled again" in before
    health.wait(m.BrainHealth, lambda one: "must be enrolled again" not in one.note)


def test_one_damaged_row_keeps_nobody_else_out(world: Site, admin: Admin, door: Door) -> None:
    damaged = admin.ok("show", card=CARD)["resident"]
    world.brains[-1].stop()
    with closing(sqlite3.connect(world.folder / "data" / "doorward.sqlite")) as base, base:
        base.execute("UPDATE template SET vectors = x'0102' WHERE resident = ?", [damaged])

    world.run("old")
    first = (visit(door, BLUE, 1).decision, visit(door, RED, 2).reason)
    data = admin.ok("reenroll", card=CARD, door="front")
    start = door.heard.wait(m.StartEnrolment, lambda one: one.enrolment == data["enrolment"])
    door.capture(start, lambda: painted(RED))
    world.trained(admin, start.enrolment)

    assert first == (Decision.GRANT, Reason.UNKNOWN)
    assert visit(door, RED, 3).decision is Decision.GRANT


def test_a_deputy_never_changes_the_encoder(world: Site, door: Door) -> None:
    world.brains[-1].stop()
    world.gates["new"].set()
    world.chosen, world.encoder = "new", world._maker("new")

    deputy = world.brain(matching={"threshold": 0.9}, rank="deputy", name="brain.two")

    assert visit(door, RED, 1).decision is Decision.GRANT
    assert deputy.alive
    store = SqlStore(world.settings().database_url, KEYS)
    store.start()
    with store.work() as work:
        assert work.templates.encoder() == "painted+1"
        assert work.templates.holders("turned+1") == 0
    store.stop()


@pytest.mark.parametrize("lost", [CARD, OTHER])
def test_residents_are_queued_few_at_a_time_and_nobody_is_forgotten(
    world: Site, admin: Admin, door: Door, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(behind, "AT_ONCE", 1)
    world.enrol(admin, door, THIRD, GREEN)
    show = admin.ok("show", card=lost)
    shutil.rmtree(world.folder / "data" / "frames" / show["enrolment"]["enrolment"])
    world.gates["new"].set()

    world.run("new")
    done = changed(admin.heard)

    assert (done.residents, done.done, done.left_out) == (3, 2, (show["resident"],))
    assert visit(door, GREEN, 1).decision is Decision.GRANT
