"""Forged, repeated and poisoned messages to the brain, where the broker refuses nobody."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import BLUE, RED, Admin, Door, painted
from cases import case
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from extent import many
from fault_table import Note
from fault_world import FaultWorld, answered, flood, wait_until
from ledger import audit_lines
from test_forgery import Wiretap, relabelled

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.messages import Decision, frame_item
from doorbus.signing import Stamp, nonce, sign

CARD = "000000000001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        world.side.brain()
        yield world


@pytest.fixture
def admin(world: FaultWorld) -> Admin:
    return world.side.admin()


@pytest.fixture
def door(world: FaultWorld, admin: Admin) -> Door:
    assert admin is not None
    return world.side.door()


def opened(admin: Admin, door: Door) -> m.StartEnrolment:
    admin.ok("enroll", card=CARD, door=door.name, name="Somebody")
    return door.heard.wait(m.StartEnrolment)


@case(10, "forged frames for an open enrolment", "0 strange frames stored")
def test_forged_frames_do_not_get_into_an_open_enrolment(
    world: FaultWorld, admin: Admin, door: Door, note: Note
) -> None:
    count = many(60, 1000)
    start = opened(admin, door)
    attacker = world.attacker()
    own = Ed25519PrivateKey.generate()
    strange = m.EnrolFrame(
        jpeg=painted(BLUE), enrolment=start.enrolment, index=0, count=start.count
    )
    bare = codec.encode(topics.ENROL_FRAME, strange, "front")
    stamp = Stamp("front", door.epoch)
    other = Stamp("back", 1)
    ways = (
        bare,
        sign(bare, topics.ENROL_FRAME, stamp, own),
        sign(bare, topics.ENROL_FRAME, other, world.side.door_keys["back"]),
        sign(
            codec.encode(topics.ENROL_FRAME, strange, "back"),
            topics.ENROL_FRAME,
            other,
            world.side.door_keys["back"],
        ),
    )

    taken = flood(attacker.bus, [ways[i % 4] for i in range(count)])
    wait_until(lambda: answered(door), "all that came before is judged, or was dropped as a flood")
    before = admin.ok("show", card=CARD)["enrolment"]["stored"]
    door.capture(start, lambda: painted(RED))
    world.side.trained(admin, start.enrolment)
    red, blue = (
        door.visit([painted(look) for _ in range(20)], visit)
        for visit, look in enumerate((RED, BLUE), 1)
    )

    note(f"{taken} frames in 4 ways, then the true ones", forged=taken, stored_of_them=before)
    assert (before, red.decision, blue.decision) == (0, Decision.GRANT, Decision.DENY)


@case(11, "forged acks for frames and events of a living door", "0 forgotten unacknowledged")
@pytest.mark.slow
def test_a_forged_ack_makes_a_door_forget_nothing(tmp_path: Path, note: Note) -> None:
    with FaultWorld(tmp_path) as world:
        door = world.living()
        tap = Wiretap(world, "door/front/event")
        told = topics.DOOR_EVENT.name("front")
        wait_until(lambda: tap.on(told), "the door tells of its start")
        event: m.DoorEvent = codec.decode(topics.DOOR_EVENT, tap.on(told)[0])
        stamp = Stamp("front", int(tap.on(told)[0].properties["epoch"]))
        ack = m.Ack(items=(m.AckItem(id=event.id, outcome=m.Outcome.STORED),))
        bare = codec.encode(topics.ACK, ack, "front")
        own = sign(bare, topics.ACK, stamp, Ed25519PrivateKey.generate())
        elsewhere = sign(bare, topics.ACK, Stamp("back", stamp.epoch), world.side.brain_key)
        before = sign(bare, topics.ACK, Stamp("front", stamp.epoch - 1), world.side.brain_key)
        count = many(40, 1000)
        taken = flood(tap.bus, [(bare, own, elsewhere, before)[i % 4] for i in range(count)])
        time.sleep(0.5)
        door.stop()
        world.side.brain()
        door.start()
        wait_until(lambda: stored(world, event.id), "the event is stored at last", 20)

    note(f"{taken} acks in 4 ways while no brain was there", forged=taken, events_lost=0)


def stored(world: FaultWorld, event: str) -> bool:
    """Whether the brain has an event of the door `front`."""
    query = "SELECT count(*) FROM event WHERE door = 'front' AND id = ?"
    return bool(world.rows(query, event)[0][0])


@case(12, "retained, queued and repeated admin requests", "each at most once, retained never")
def test_an_admin_request_counts_once_however_it_comes(
    world: FaultWorld, admin: Admin, note: Note
) -> None:
    added = {"op": "add", "transaction": "once", "name": "Somebody", "card": CARD}
    payload = json.dumps(added).encode()
    first = admin.ok(**added)
    for _ in range(20):
        before = len(admin.responses)
        admin.publish(payload)
        again = admin.next_response(before)
        assert isinstance(again, m.OkResponse), again
        assert again.data == first
    kept = {"op": "remove", "transaction": "kept", "card": CARD}
    admin.publish(json.dumps(kept).encode(), retain=True)
    admin.next_response(21)  # it came live, and so counts
    admin.ok("add", name="Somebody", card=CARD, transaction="anew")
    before = len(admin.responses)
    world.side.brains[-1].stop()
    admin.bus.publish(
        Wire(admin.topic, json.dumps({**kept, "transaction": "kept-2"}).encode(), retain=True)
    ).result(10)
    admin.bus.publish(Wire(admin.topic, json.dumps({**kept, "transaction": "kept-3"}).encode()))
    world.side.brain()
    refused = admin.next_response(before)
    time.sleep(0.5)
    there = admin.ok("show", card=CARD)

    note("20 repeats; 1 retained, 1 sent while the brain was off", carried_out_twice=0)
    assert isinstance(refused, m.ErrorResponse)
    assert refused.code is m.ErrorCode.RETAINED
    assert there["card"] == CARD


@case(13, "bursts replayed and signed again", "no verdict twice over, no audit line, no grant")
def test_replayed_and_resigned_bursts_change_nothing(
    world: FaultWorld, admin: Admin, door: Door, note: Note
) -> None:
    world.side.enrol(admin, door, CARD, RED)
    first = door.burst([painted(RED) for _ in range(20)], 1)
    old = door.send(topics.RECOGNIZE, first)
    door.verdict_for(first)
    second = door.visit([painted(RED) for _ in range(20)], 2)
    lines = audit_lines(world.database)
    grants = len(door.heard.of(m.Verdict))
    attacker = world.attacker()
    count = many(100, 1000)
    own = sign(old, topics.RECOGNIZE, Stamp("front", door.epoch), Ed25519PrivateKey.generate())
    later = sign(old, topics.RECOGNIZE, Stamp("front", door.epoch + 5), door_key(world, "back"))
    taken = flood(attacker.bus, [(old, own, later)[i % 3] for i in range(count)])
    wait_until(lambda: answered(door), "all that came before is judged, or was dropped as a flood")
    time.sleep(0.3)

    note(
        f"{taken} bursts of an earlier visit, 3 ways",
        replayed=taken,
        verdicts_more=len(door.heard.of(m.Verdict)) - grants,
        audit_lines_more=audit_lines(world.database) - lines,
    )
    assert second.decision is Decision.GRANT
    assert len(door.heard.of(m.Verdict)) == grants
    assert audit_lines(world.database) == lines


def door_key(world: FaultWorld, door: str) -> Ed25519PrivateKey:
    return world.side.door_keys[door]


@case(14, "frames and events delivered twice and out of order", "each stored once")
def test_duplicate_and_reordered_delivery_stores_each_item_once(
    world: FaultWorld, admin: Admin, door: Door, note: Note
) -> None:
    start = opened(admin, door)
    pictures = {index: painted(RED) for index in start.missing}
    order = [*reversed(start.missing), *start.missing]
    for index in order[:-1]:
        door.frame(start, index, pictures[index])
    events = [door.tell(m.EventKind.WOKE).id for _ in range(5)]
    for number in (5, 3, 1, 4, 2):
        event = m.DoorEvent(id=f"1-{number + 1}", kind=m.EventKind.WOKE, at=1.0)
        door.send(topics.DOOR_EVENT, event)
    world.side.trained(admin, start.enrolment)
    for event_id in events:
        door.ack_of(event_id)
    kept = world.rows("SELECT count(*), count(DISTINCT id) FROM event WHERE door = 'front'")[0]
    acked = {item.id for ack in door.heard.of(m.Ack) for item in ack.items}

    note(f"{len(order)} frames, 11 events", events_stored=kept[0], frames_acked=start.count)
    assert kept[0] == kept[1] == 6
    assert {frame_item(start.enrolment, index) for index in start.missing} <= acked


@case(15, "oversize, retained and rubbish publishes ahead of good ones", "the good ones count")
def test_rubbish_ahead_of_good_messages_blocks_nothing(
    world: FaultWorld, admin: Admin, door: Door, note: Note
) -> None:
    world.side.enrol(admin, door, CARD, RED)
    attacker = world.attacker()
    good = door.sign(topics.RECOGNIZE, door.burst([painted(RED) for _ in range(20)], 1))
    rubbish = [
        Wire("frames/recognize/front", b"x" * 1_000_000),
        Wire("frames/recognize/front", b"\xff" * 500_000, retain=True),
        relabelled(good, signature="A" * 86 + "=="),
        Wire("frames/enroll/front", b"x" * 1_000_000, {"enrolment": "e-1"}),
        Wire("door/front/event", b"{" * 100_000),
        Wire("door/front/event", b"[" * 200_000, {"door": "front", "epoch": "1"}),
        Wire("door/front/challenge", b"\x00"),
        Wire("admin/users/admin.alice", b"[" * 100_000),
    ]
    taken = flood(attacker.bus, rubbish * many(3, 30))
    begun = time.monotonic()
    verdict = door.visit([painted(RED) for _ in range(20)], 2)
    took = time.monotonic() - begun
    answered = admin.ok("show", card=CARD, transaction=f"t-{nonce()[:8]}")

    note(f"{taken} of 8 kinds, up to 1 MB", rubbish=taken, good_s=f"{took:.2f}")
    assert verdict.decision is Decision.GRANT
    assert answered["card"] == CARD
