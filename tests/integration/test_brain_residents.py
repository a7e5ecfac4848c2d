"""Administrators rename residents, find them among many, export what is kept and have it erased."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from brain_world import BLUE, GREEN, RED, Admin, Door, World, painted

from brain.store_ports import AuditEntry
from doorbus import messages as m
from doorbus.bus import MAX_PACKET
from doorbus.messages import ErrorCode

CARD, OTHER, FREE = "000000000001", "000000000002", "000000000003"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.brain()
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    return world.admin()


@pytest.fixture
def front(world: World) -> Door:
    return world.door()


def audit_of(world: World, resident: str) -> list[tuple[str, str, str]]:
    """What the audit says of somebody, the newest first: actor, what, reason."""
    with world.brains[-1]._parts.store.work() as work:
        return [(one.actor, one.what, one.reason) for one in work.audit.about(resident, 100)]


# --- rename ---------------------------------------------------------------------------------------


def test_a_renamed_resident_keeps_templates_and_is_found_by_the_new_card_alone(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")

    renamed = admin.ok("rename", card=CARD, name="Ann Two", new_card=OTHER)

    assert renamed == {"resident": resident, "changed": ["name", "card"]}
    assert admin.refused("show", card=CARD).code is ErrorCode.UNKNOWN_CARD
    shown = admin.ok("show", card=OTHER)
    assert (shown["resident"], shown["name"], shown["templates"]) == (resident, "Ann Two", 5)
    assert front.visit([painted(RED) for _ in range(20)], 1).decision is m.Decision.GRANT
    assert audit_of(world, resident)[1] == ("admin.alice", "rename", "changed: name, card")


def test_a_name_alone_may_change_and_the_list_follows_at_once(admin: Admin) -> None:
    admin.ok("add", name="Zoe", card=CARD)
    admin.ok("add", name="Ben", card=OTHER)
    admin.ok("list")

    admin.ok("rename", card=CARD, name="Aaron")

    names = [one["name"] for one in admin.ok("list")["residents"]]
    assert names == ["Aaron", "Ben"]


def test_a_card_that_is_taken_changes_nothing(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)
    admin.ok("add", name="Ben", card=OTHER)

    refused = admin.refused("rename", card=CARD, name="Ann Two", new_card=OTHER)

    assert refused.code is ErrorCode.CARD_TAKEN
    assert admin.ok("show", card=CARD)["name"] == "Ann"


def test_the_card_before_is_free_again(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)
    admin.ok("rename", card=CARD, new_card=OTHER)

    admin.ok("add", name="Ben", card=CARD)

    assert admin.ok("list")["total"] == 2


def test_renaming_needs_something_to_change_and_says_which_field(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)

    nothing = admin.refused("rename", card=CARD)
    short = admin.refused("rename", card=CARD, new_card="12")

    assert "give `name`, `new_card` or both" in nothing.error
    assert "rename.new_card" in short.error
    assert {nothing.code, short.code} == {ErrorCode.BAD_REQUEST}


# --- list -----------------------------------------------------------------------------------------


def found(admin: Admin, **which: object) -> list[str]:
    data = admin.ok("list", **which)
    names = [one["name"] for one in data["residents"]]
    assert data["total"] == len(names)
    return names


def test_the_list_is_narrowed_by_name_card_and_whether_they_may_enter(admin: Admin) -> None:
    admin.ok("add", name="Änne Grün", card="111111111111")
    admin.ok("add", name="Anne Gray", card="222222222222")
    admin.ok("add", name="Ben", card="222222222111")
    admin.ok("disable", card="222222222111")

    assert found(admin, name="grÜ") == ["Änne Grün"]
    assert found(admin, name="NNE") == ["Anne Gray", "Änne Grün"]
    assert found(admin, card="2221") == ["Ben"]
    assert found(admin, enabled=False) == ["Ben"]
    assert found(admin, name="nne", enabled=False) == []


def test_the_list_is_narrowed_to_those_enrolled_or_not(
    world: World, admin: Admin, front: Door
) -> None:
    world.enrol(admin, front, CARD, RED, "Ann")
    admin.ok("add", name="Ben", card=OTHER)

    assert found(admin, enrolled=True) == ["Ann"]
    assert found(admin, enrolled=False) == ["Ben"]


def test_the_list_is_narrowed_to_a_group(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)
    admin.ok("add", name="Ben", card=OTHER)
    admin.ok("group", group="staff", add=[CARD])

    assert found(admin, group="staff") == ["Ann"]
    assert admin.ok("show", card=CARD)["groups"] == ["staff"]
    refused = admin.refused("list", group="crew")
    assert (refused.code, refused.error[:6]) == (ErrorCode.UNKNOWN_GROUP, "group:")


def test_pages_of_a_narrowed_list_do_not_overlap(admin: Admin) -> None:
    for number in range(5):
        admin.ok("add", name=f"Guest {number}", card=f"{number:012}")
    admin.ok("add", name="Ben", card="999999999999")

    pages = [admin.ok("list", name="guest", offset=first, limit=2) for first in (0, 2, 4)]

    assert [page["total"] for page in pages] == [5, 5, 5]
    names = [one["name"] for page in pages for one in page["residents"]]
    assert names == [f"Guest {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", 1001), ("offset", -1), ("card", "12a"), ("group", "No Such"), ("enabled", "yes")],
)
def test_a_wrong_filter_is_refused_by_its_name(admin: Admin, field: str, value: object) -> None:
    refused = admin.refused("list", **{field: value})

    assert refused.code is ErrorCode.BAD_REQUEST
    assert refused.error.startswith(f"list.{field}: ")


# --- export ---------------------------------------------------------------------------------------


def test_an_export_holds_all_that_is_kept_and_is_itself_noted(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")

    data = admin.ok("export", card=CARD)

    assert (data["name"], data["card"], data["enabled"]) == ("Ann", CARD, True)
    (enrolment,) = data["enrolments"]
    assert (enrolment["source"], enrolment["door"], enrolment["frames"]) == ("door", "front", 20)
    (templates,) = data["templates"]
    vectors = np.frombuffer(base64.b64decode(templates["vectors"]), "<f4")
    assert vectors.reshape(-1, templates["dimensions"]).shape == (5, 8)
    assert [one["what"] for one in data["audit"]] == ["trained", "enroll"]
    assert data["left_out"] == {}
    assert audit_of(world, resident)[0] == ("admin.alice", "export", "")


def test_an_export_that_is_too_long_says_what_it_leaves_out(world: World, admin: Admin) -> None:
    added = admin.ok("add", name="Ann", card=CARD)
    store = world.brains[-1]._parts.store

    for _ in range(6):
        with store.work() as work:
            for _ in range(1000):
                work.audit.append(
                    AuditEntry(1.0, "brain", "visit", added["resident"], "front", "w" * 200)
                )

    data = admin.ok("export", card=CARD)

    assert data["left_out"]["audit"] == 6001 - len(data["audit"])
    assert len(json.dumps(data).encode()) < MAX_PACKET


def test_an_unknown_card_exports_nothing(admin: Admin) -> None:
    assert admin.refused("export", card=FREE).code is ErrorCode.UNKNOWN_CARD


# --- consent --------------------------------------------------------------------------------------


def test_a_consent_is_noted_in_the_audit(world: World, admin: Admin) -> None:
    added = admin.ok("add", name="Ann", card=CARD, consent="form of 5 January")

    assert audit_of(world, added["resident"]) == [
        ("admin.alice", "add", "consent: form of 5 January")
    ]


@pytest.mark.parametrize("consent", ["signed by ann smith", f"card {CARD}"])
def test_a_consent_that_names_the_resident_is_refused(admin: Admin, consent: str) -> None:
    refused = admin.refused("add", name="Ann Smith", card=CARD, consent=consent)

    assert refused.code is ErrorCode.BAD_REQUEST
    assert refused.error.startswith("consent: ")
    assert admin.ok("list")["total"] == 0


# --- forgetting -----------------------------------------------------------------------------------


def test_groups_rules_and_pin_go_with_the_resident(admin: Admin) -> None:
    admin.ok("add", name="Ann", card=CARD)
    admin.ok("group", group="staff", add=[CARD])
    admin.ok("permit", card=CARD, door="front")
    admin.ok("pin", card=CARD, pin="270463")
    exported = admin.ok("export", card=CARD)

    erased = admin.ok("remove", card=CARD)["erased"]["database"]

    assert (exported["groups"], len(exported["rules"]), exported["pin"]) == (["staff"], 1, True)
    assert (erased["groups"], erased["rules"], erased["pin"]) == (1, 1, True)
    assert admin.ok("rules")["rules"] == []


def forget_at(door: Door, resident: str, after: int = 0) -> m.Forget:
    return door.heard.wait(m.Forget, lambda one: one.resident == resident, after)


def test_a_removal_has_every_door_forget_and_waits_until_each_has_confirmed(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")

    removed = admin.ok("remove", card=CARD)

    assert removed["waiting"] == ["back", "front"]
    command = forget_at(front, resident)
    assert len(command.enrolments) == 1
    (waiting,) = admin.ok("erasures")["erasures"]
    assert (waiting["resident"], waiting["waiting"]) == (resident, ["back", "front"])

    front.ack_of(front.tell(m.EventKind.FORGOTTEN, resident).id)

    (waiting,) = admin.ok("erasures")["erasures"]
    assert waiting["waiting"] == ["back"]
    assert audit_of(world, resident)[0] == ("door:front", "forgotten", "")


def test_a_door_that_was_away_is_told_whenever_it_comes_until_it_has_confirmed(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")
    admin.ok("remove", card=CARD)

    back = world.door("back")
    assert forget_at(back, resident).enrolments == ()
    again = world.door("back")
    again.epoch = 2
    again.tell(m.EventKind.STARTED)
    forget_at(again, resident)
    again.ack_of(again.tell(m.EventKind.FORGOTTEN, resident).id)
    front.ack_of(front.tell(m.EventKind.FORGOTTEN, resident).id)

    assert admin.ok("erasures") == {"erasures": []}


def test_what_doors_have_yet_to_forget_outlives_a_restart_of_the_brain(
    world: World, admin: Admin, front: Door
) -> None:
    front.obedient = False
    resident = world.enrol(admin, front, CARD, RED, "Ann")
    admin.ok("remove", card=CARD)
    forget_at(front, resident)
    told = len(front.heard.of(m.Forget))
    world.brains[-1].stop()

    world.brain()
    front.tell(m.EventKind.STARTED)

    forget_at(front, resident, told)


def test_a_door_confirms_for_itself_and_for_nobody_else(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, CARD, RED, "Ann")
    admin.ok("remove", card=CARD)

    front.ack_of(front.tell(m.EventKind.FORGOTTEN, "r-0000000000000000").id)

    assert admin.ok("erasures")["erasures"][0]["waiting"] == ["back", "front"]
    assert all(what != "forgotten" for _, what, _ in audit_of(world, resident))


def test_two_removed_residents_are_told_apart(world: World, admin: Admin, front: Door) -> None:
    first = world.enrol(admin, front, CARD, GREEN, "Ann")
    second = world.enrol(admin, front, OTHER, BLUE, "Ben")
    admin.ok("remove", card=CARD)
    admin.ok("remove", card=OTHER)
    forget_at(front, second)

    front.ack_of(front.tell(m.EventKind.FORGOTTEN, second).id)

    waiting = {one["resident"]: one["waiting"] for one in admin.ok("erasures")["erasures"]}
    assert waiting == {first: ["back", "front"], second: ["back"]}
