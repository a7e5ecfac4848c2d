"""Requests and their one response each, with a real database."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import RED, Admin, Client, Door, World, painted

from doorbus import messages as m
from doorbus import topics
from doorbus.bus import Wire
from doorbus.messages import ErrorCode
from doorbus.signing import Stamp, nonce, sign

CARD, OTHER = "480000000017", "480000000025"
NAME = "Zebedee Quill"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def admin(world: World) -> Admin:
    world.brain()
    return world.admin()


@pytest.fixture
def door(world: World, admin: Admin) -> Door:
    assert admin is not None
    return world.door()


def raw(admin: Admin, payload: bytes) -> m.ErrorResponse:
    """Publish any bytes; the error response they get."""
    before = len(admin.responses)
    admin.publish(payload)
    response = admin.next_response(before)
    assert isinstance(response, m.ErrorResponse)
    return response


def test_added_residents_are_listed_by_name_and_shown(admin: Admin) -> None:
    added = admin.ok("add", name=NAME, card=CARD)
    admin.ok("add", name="Ann Teak", card=OTHER)

    listed = admin.ok("list")
    shown = admin.ok("show", card=CARD)

    assert listed["total"] == 2
    assert [one["name"] for one in listed["residents"]] == ["Ann Teak", NAME]
    assert shown == {
        "resident": added["resident"],
        "name": NAME,
        "card": CARD,
        "enabled": True,
        "groups": [],
        "rules": [],
        "inside": {},
        "templates": 0,
        "renewals": 0,
        "former": 0,
        "pin": False,
        "lookalikes": [],
        "enrolment": None,
    }


def test_a_page_of_the_list_can_be_asked_for(admin: Admin) -> None:
    for number in range(5):
        admin.ok("add", name=f"Resident {number}", card=f"48000000010{number}")

    page = admin.ok("list", offset=3, limit=10)

    assert [one["name"] for one in page["residents"]] == ["Resident 3", "Resident 4"]
    assert (page["total"], page["offset"]) == (5, 3)


def test_reading_needs_no_transaction(admin: Admin) -> None:
    before = len(admin.responses)

    admin.publish(b'{"op": "list"}')

    response = admin.next_response(before)
    assert isinstance(response, m.OkResponse)
    assert response.transaction is None


def test_plain_admin_users_is_answered_on_its_own_response_topic_once(world: World) -> None:
    world.brain()
    shared = world.admin(None)

    data = shared.ok("add", name=NAME, card=CARD)
    time.sleep(0.3)

    assert data["enabled"] is True
    assert len(shared.responses) == 1


@pytest.mark.parametrize(
    "card", ["48000000001", "4800000000177", "48000000001a", "", " 80000000017", "٤٨٠٠٠٠٠٠٠٠١٧"]
)
def test_a_card_that_is_not_twelve_digits_is_refused(admin: Admin, card: str) -> None:
    refused = admin.refused("add", name=NAME, card=card)

    assert refused.code is ErrorCode.BAD_REQUEST
    assert "exactly 12 digits" in refused.error
    assert admin.ok("list")["total"] == 0


@pytest.mark.parametrize(
    ("payload", "transaction"),
    [
        (b"{", None),
        (b"\xff\xfe", None),
        (b'{"op": "add", "transaction": "x1", "name": "\xff"}', None),
        (b'["op"]', None),
        (b"null", None),
        (b'{"transaction": "x1"}', "x1"),
        (b'{"op": "fly", "transaction": "x1"}', "x1"),
        (b'{"op": "remove", "card": "480000000017"}', None),
        (b'{"op": "remove", "op": "list", "transaction": "x1"}', "x1"),
        (b'{"op": "list", "surprise": 1, "transaction": "x1"}', "x1"),
        (b'{"op": "add", "transaction": "x y", "name": "A", "card": "480000000017"}', None),
        (b"[" * 100_000, None),
        (b'{"op": "add", "transaction": 7, "name": "A", "card": "480000000017"}', None),
    ],
)
def test_a_broken_request_gets_one_clear_refusal(
    admin: Admin, payload: bytes, transaction: str | None
) -> None:
    refused = raw(admin, payload)

    assert (refused.code, refused.transaction) == (ErrorCode.BAD_REQUEST, transaction)
    assert admin.ok("list")["total"] == 0


def test_a_card_that_is_taken_is_refused_without_repeating_it(admin: Admin) -> None:
    admin.ok("add", name=NAME, card=CARD)

    added = admin.refused("add", name="Ann Teak", card=CARD)
    enrolled = admin.refused("enroll", name="Ann Teak", card=CARD, door="front")

    assert (added.code, enrolled.code) == (ErrorCode.CARD_TAKEN, ErrorCode.CARD_TAKEN)
    assert CARD not in added.error


@pytest.mark.parametrize("op", ["show", "disable", "enable", "remove", "cancel"])
def test_an_unknown_card_is_refused(admin: Admin, op: str) -> None:
    assert admin.refused(op, card=CARD).code is ErrorCode.UNKNOWN_CARD


def test_a_repeated_transaction_answers_the_same_and_does_nothing_twice(admin: Admin) -> None:
    first = admin.ask("add", name=NAME, card=CARD, transaction="t-repeat")
    admin.ok("remove", card=CARD)

    again = admin.ask("add", name=NAME, card=CARD, transaction="t-repeat")

    assert again == first
    assert admin.ok("list")["total"] == 0


def test_a_repeated_refusal_is_the_same_refusal(admin: Admin) -> None:
    first = admin.ask("disable", card=CARD, transaction="t-repeat")
    admin.ok("add", name=NAME, card=CARD)

    assert admin.ask("disable", card=CARD, transaction="t-repeat") == first


def test_a_transaction_is_remembered_across_restarts(world: World, admin: Admin) -> None:
    first = admin.ask("add", name=NAME, card=CARD, transaction="t-repeat")
    world.brains[0].stop()
    world.brain()

    assert admin.ask("add", name=NAME, card=CARD, transaction="t-repeat") == first
    assert admin.ok("list")["total"] == 1


def test_another_request_under_a_used_transaction_is_refused(admin: Admin) -> None:
    admin.ok("add", name=NAME, card=CARD, transaction="t-one")

    refused = admin.refused("add", name=NAME, card=OTHER, transaction="t-one")

    assert refused.code is ErrorCode.TRANSACTION_REUSED
    assert admin.ok("list")["total"] == 1


def test_transactions_of_different_administrators_are_apart(world: World, admin: Admin) -> None:
    bob = world.admin("admin.bob")
    admin.ok("add", name=NAME, card=CARD, transaction="t-one")

    assert bob.ok("add", name="Ann Teak", card=OTHER, transaction="t-one")


def test_a_retained_request_is_refused_and_changes_nothing(world: World) -> None:
    admin = world.admin()
    payload = json.dumps({"op": "add", "transaction": "t", "name": NAME, "card": CARD})
    admin.publish(payload.encode(), retain=True)

    world.brain()

    refused = admin.next_response(0)
    assert isinstance(refused, m.ErrorResponse)
    assert (refused.code, refused.transaction) == (ErrorCode.RETAINED, "t")
    assert admin.ok("list")["total"] == 0


def test_a_request_from_while_the_brain_was_away_does_nothing(world: World) -> None:
    admin = world.admin()
    admin.publish(
        json.dumps({"op": "add", "transaction": "t", "name": NAME, "card": CARD}).encode()
    )

    world.brain()

    assert admin.ok("list")["total"] == 0
    assert len(admin.responses) == 1


def test_remove_erases_every_trace_but_the_opaque_id(
    world: World, admin: Admin, door: Door
) -> None:
    resident = world.enrol(admin, door, CARD, RED, name=NAME)

    removed = admin.ok("remove", card=CARD)

    assert removed["resident"] == resident
    assert removed["erased"] == {
        "database": {
            "name": True,
            "card": True,
            "templates": 5,
            "former": 0,
            "renewals": 0,
            "enrolments": 1,
            "groups": 0,
            "rules": 0,
            "pin": False,
            "visits": 0,
        },
        "frames": 20,
        "quarantine": 0,
    }
    kept = b"".join(
        path.read_bytes() for path in (world.folder / "data").rglob("*") if path.is_file()
    )
    assert NAME.encode() not in kept
    assert CARD.encode() not in kept
    assert resident.encode() in kept
    assert not list((world.folder / "data" / "frames").iterdir())
    assert admin.heard.of(m.GalleryChanged)[-1].residents == 0


def test_remove_ends_an_open_enrolment(admin: Admin, door: Door) -> None:
    admin.ok("enroll", card=CARD, door="front", name=NAME)
    start = door.heard.wait(m.StartEnrolment)
    door.frame(start, 0, painted(RED))

    admin.ok("remove", card=CARD)

    assert door.heard.wait(m.StopEnrolment).enrolment == start.enrolment
    door.frame(start, 1, painted(RED))
    assert door.ack_of(m.frame_item(start.enrolment, 1)).outcome == "refused"


def test_a_removed_card_may_be_enrolled_anew(world: World, admin: Admin, door: Door) -> None:
    first = world.enrol(admin, door, CARD, RED)
    admin.ok("remove", card=CARD)

    assert world.enrol(admin, door, CARD, RED) != first


# --- orders ---------------------------------------------------------------------------------------


def test_an_unlock_is_asked_challenged_given_and_confirmed(admin: Admin, door: Door) -> None:
    data = admin.ok("unlock", door="front", reason="parcel", hold_s=7)

    order = door.heard.wait(m.Order)
    assert (order.action, order.hold_s) == (m.OrderAction.UNLOCK, 7)
    assert data == {"door": "front", "action": "unlock", "order": order.order}


def test_lockdown_and_release_are_orders_too(admin: Admin, door: Door) -> None:
    admin.ok("lockdown", door="front")
    admin.ok("release", door="front")

    assert [order.action for order in door.heard.of(m.Order)] == ["lockdown", "release"]


def test_numbers_of_commands_rise_across_restarts(world: World, admin: Admin, door: Door) -> None:
    admin.ok("unlock", door="front")
    world.brains[0].stop()
    world.brain()
    admin.ok("unlock", door="front")

    first, second = door.heard.of(m.AskChallenge)
    assert second.number > first.number


def test_an_order_to_an_unknown_door_or_one_never_heard_is_refused(
    admin: Admin, door: Door
) -> None:
    assert door.name == "front"

    assert admin.refused("unlock", door="attic").code is ErrorCode.UNKNOWN_DOOR
    assert admin.refused("unlock", door="back").code is ErrorCode.DOOR_SILENT


def test_a_door_that_gives_no_challenge_gets_no_order(
    world: World, admin: Admin, door: Door
) -> None:
    door.obedient = False
    before = len(admin.responses)
    admin.publish(b'{"op": "unlock", "door": "front", "transaction": "t-silent"}')
    door.heard.wait(m.AskChallenge)

    world.clock.ahead += 4

    response = admin.next_response(before)
    assert isinstance(response, m.ErrorResponse)
    assert response.code is ErrorCode.DOOR_SILENT
    assert door.heard.of(m.Order) == []


def test_an_order_that_nobody_confirms_has_an_unknown_outcome(
    world: World, admin: Admin, door: Door
) -> None:
    door.obedient = False
    before = len(admin.responses)
    admin.publish(b'{"op": "unlock", "door": "front", "transaction": "t-silent"}')
    asked = door.heard.wait(m.AskChallenge)
    door.send(topics.CHALLENGE, m.Challenge(order=asked.order, challenge=nonce()))
    door.heard.wait(m.Order)

    world.clock.ahead += 4

    response = admin.next_response(before)
    assert isinstance(response, m.ErrorResponse)
    assert response.code is ErrorCode.OUTCOME_UNKNOWN


def test_an_order_that_the_door_refuses_is_no_success(admin: Admin, door: Door) -> None:
    door.obedient = False
    before = len(admin.responses)
    admin.publish(b'{"op": "unlock", "door": "front", "transaction": "t-no"}')
    asked = door.heard.wait(m.AskChallenge)
    door.send(topics.CHALLENGE, m.Challenge(order=asked.order, challenge=nonce()))
    door.heard.wait(m.Order)

    door.tell(m.EventKind.ORDER, f"refused unlock {asked.order} lock-down")

    response = admin.next_response(before)
    assert isinstance(response, m.ErrorResponse)
    assert (response.code, response.transaction) == (ErrorCode.DOOR_REFUSED, "t-no")
    assert "(lock-down)" in response.error


def test_a_repeat_of_an_order_under_way_is_answered_once_and_given_once(
    admin: Admin, door: Door
) -> None:
    door.obedient = False
    before = len(admin.responses)
    payload = b'{"op": "unlock", "door": "front", "transaction": "t-twice"}'
    admin.publish(payload)
    asked = door.heard.wait(m.AskChallenge)
    admin.publish(payload)
    door.send(topics.CHALLENGE, m.Challenge(order=asked.order, challenge=nonce()))
    door.heard.wait(m.Order)
    door.tell(m.EventKind.ORDER, f"unlock {asked.order}")
    first = admin.next_response(before)

    again = admin.ask("unlock", door="front", transaction="t-twice")

    assert isinstance(first, m.OkResponse)
    assert again == first
    assert len(admin.responses) == before + 2
    assert len(door.heard.of(m.AskChallenge)) == 1


def test_an_order_cut_off_by_a_restart_has_an_unknown_outcome_and_is_not_given_again(
    world: World, admin: Admin, door: Door
) -> None:
    door.obedient = False
    admin.publish(b'{"op": "unlock", "door": "front", "transaction": "t-cut"}')
    door.heard.wait(m.AskChallenge)
    world.brains[0].stop()
    world.brain()

    refused = admin.refused("unlock", door="front", transaction="t-cut")

    assert refused.code is ErrorCode.OUTCOME_UNKNOWN
    assert len(door.heard.of(m.AskChallenge)) == 1


@pytest.mark.parametrize("forger", ["another door", "another boot", "no order"])
def test_a_challenge_that_does_not_fit_gives_no_order(
    world: World, admin: Admin, door: Door, forger: str
) -> None:
    door.obedient = False
    back = world.door("back")
    admin.publish(b'{"op": "unlock", "door": "front", "transaction": "t"}')
    asked = door.heard.wait(m.AskChallenge)
    challenge = m.Challenge(
        order="o-none" if forger == "no order" else asked.order, challenge=nonce()
    )

    if forger == "another boot":
        door.epoch = 2
    (back if forger == "another door" else door).send(topics.CHALLENGE, challenge)

    admin.heard.wait(m.MessageRefused)
    assert door.heard.of(m.Order) == back.heard.of(m.Order) == []


def test_a_snapshot_is_commanded_and_its_topic_named(admin: Admin, door: Door) -> None:
    data = admin.ok("snapshot", door="front")

    command = door.heard.wait(m.TakeSnapshot)
    assert data == {
        "door": "front",
        "command": command.command,
        "topic": "door/front/snapshot",
    }
    assert admin.refused("snapshot", door="back").code is ErrorCode.DOOR_SILENT
    assert admin.refused("snapshot", door="attic").code is ErrorCode.UNKNOWN_DOOR


# --- what doors tell ------------------------------------------------------------------------------


def test_an_event_is_acknowledged_every_time(door: Door) -> None:
    event = door.tell(m.EventKind.WOKE)
    door.ack_of(event.id)
    before = len(door.heard.of(m.Ack))

    door.send(topics.DOOR_EVENT, event)

    assert door.heard.wait(m.Ack, after=before).items[0].id == event.id


def test_a_replayed_start_does_not_start_anything(admin: Admin, door: Door) -> None:
    event = door.tell(m.EventKind.STARTED)
    door.ack_of(event.id)
    admin.ok("enroll", card=CARD, door="front", name=NAME)
    door.heard.wait(m.StartEnrolment)

    door.send(topics.DOOR_EVENT, event)
    door.ack_of(door.tell(m.EventKind.WOKE).id)

    assert len(door.heard.of(m.StartEnrolment)) == 1


def test_an_unreadable_event_is_refused_by_name(admin: Admin, door: Door) -> None:
    wire = door.sign(topics.DOOR_EVENT, m.DoorEvent(id="1-77", kind=m.EventKind.WOKE, at=1.0))
    payload = wire.payload.replace(b'"woke"', b'"flew"')
    broken = Wire(wire.topic, payload)
    door.bus.publish(sign(broken, topics.DOOR_EVENT, Stamp("front", 1), door.key))

    assert door.ack_of("1-77").outcome == "refused"
    admin.heard.wait(m.MessageRefused)


def test_the_brain_tells_how_it_is(world: World) -> None:
    watcher = world.admin()
    health = Client(world.broker.bus, "monitor", ["brain/#"])
    world.clients.append(health)
    world.brain()

    assert health.heard.wait(m.BrainHealth).doors == 2
    assert health.heard.wait(m.Availability) is m.Availability.ONLINE
    world.brains[0].stop()
    assert health.heard.wait(m.Availability, after=1) is m.Availability.OFFLINE
    assert watcher.responses == []
