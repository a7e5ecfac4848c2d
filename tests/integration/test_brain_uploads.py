"""Administrators enrol people by photos on `admin/frames`; faces are painted."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brain_world import BLUE, RED, Admin, Door, World, claiming, painted

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.messages import ErrorCode

CARD, OTHER = "000000000001", "000000000002"


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


def opened(
    admin: Admin, count: int = 1, card: str = CARD, op: str = "enroll", **more: Any
) -> dict[str, Any]:
    more |= {"name": "Ann"} if op == "enroll" else {}
    return admin.ok(op, card=card, source="upload", count=count, **more)


def send(
    admin: Admin, opening: dict[str, Any], photo: bytes, token: str = "", *, retain: bool = False
) -> None:
    frame = m.UploadFrame(
        jpeg=photo, enrolment=opening["enrolment"], token=token or opening["token"]
    )
    wire = codec.encode(topics.UPLOAD, frame)
    admin.bus.publish(Wire(wire.topic, wire.payload, wire.properties, wire.qos, retain))


def told(admin: Admin, number: int) -> m.PhotoLooked:
    """What was told of a photo, by its place in the order of telling."""
    return admin.heard.wait(m.PhotoLooked, after=number)


def ended(admin: Admin, opening: dict[str, Any]) -> m.EnrolmentChanged:
    over = {m.EnrolmentState.TRAINED, m.EnrolmentState.REFUSED}
    return admin.heard.wait(
        m.EnrolmentChanged,
        lambda one: one.enrolment == opening["enrolment"] and one.state in over,
    )


def looks(front: Door, colour: tuple[int, int, int], visit: int = 1) -> m.Verdict:
    return front.visit([painted(colour) for _ in range(20)], visit)


def test_a_single_good_photo_lets_somebody_in(admin: Admin, front: Door) -> None:
    opening = opened(admin)

    send(admin, opening, painted(RED))

    done = ended(admin, opening)
    assert (done.state, done.templates, done.door) == (m.EnrolmentState.TRAINED, 1, None)
    assert told(admin, 0) == m.PhotoLooked(
        enrolment=opening["enrolment"], index=0, usable=True, code=None
    )
    assert looks(front, RED).decision is m.Decision.GRANT
    assert looks(front, BLUE, 2).decision is m.Decision.DENY
    shown = admin.ok("show", card=CARD)["enrolment"]
    assert (shown["source"], shown["door"]) == ("upload", None)


def test_each_photo_is_told_of_and_the_good_ones_make_the_templates(admin: Admin) -> None:
    opening = opened(admin, count=4)

    for photo in (painted(RED), painted(RED, faces=2), painted(RED), painted(RED, faces=0)):
        send(admin, opening, photo)

    assert ended(admin, opening).templates == 2
    reports = [told(admin, number) for number in range(4)]
    assert [(one.index, one.usable, one.code, one.reason) for one in reports] == [
        (0, True, None, ""),
        (1, False, m.PhotoRefusal.BAD_PICTURE, "with several faces"),
        (2, True, None, ""),
        (3, False, m.PhotoRefusal.BAD_PICTURE, "without a face"),
    ]


def test_photos_of_two_people_are_refused(admin: Admin, front: Door) -> None:
    opening = opened(admin, count=2)

    send(admin, opening, painted(RED))
    send(admin, opening, painted(BLUE))

    done = ended(admin, opening)
    assert done.state is m.EnrolmentState.REFUSED
    assert "more than one person" in done.reason
    assert looks(front, RED).decision is m.Decision.DENY


def test_photos_of_which_more_than_half_are_unusable_are_refused(admin: Admin) -> None:
    opening = opened(admin, count=3)

    for photo in (painted(RED), painted(RED, faces=0), painted(RED, faces=2)):
        send(admin, opening, photo)

    assert "only 1 of 3 frames are usable" in ended(admin, opening).reason


def test_a_file_that_is_no_picture_or_came_before_uses_nothing_up(admin: Admin) -> None:
    opening = opened(admin, count=2)
    photo = painted(RED)

    for data in (photo, b"GIF89a", photo, claiming(painted(RED), width=30000, height=30000)):
        send(admin, opening, data)
    send(admin, opening, painted(RED))

    assert ended(admin, opening).templates == 2
    refused = [one for one in admin.heard.of(m.PhotoLooked) if not one.usable]
    assert [one.index for one in refused] == [None, None, None]
    assert {one.code for one in refused} == {m.PhotoRefusal.BAD_PICTURE}
    assert "the same file as photo 0" in {one.reason for one in refused}


def test_the_token_of_another_enrolment_is_refused_and_moves_nothing(
    world: World, admin: Admin
) -> None:
    opening, other = opened(admin), opened(admin, card=OTHER)

    send(admin, opening, painted(RED), token=other["token"])

    refused = told(admin, 0)
    assert (refused.usable, refused.index, refused.code) == (False, None, m.PhotoRefusal.BAD_TOKEN)
    assert admin.ok("show", card=CARD)["enrolment"]["stored"] == 0
    assert not list((world.folder / "data" / "frames").rglob("*.sealed"))


def test_the_token_is_void_once_all_photos_are_there(admin: Admin) -> None:
    opening = opened(admin)
    send(admin, opening, painted(RED))
    ended(admin, opening)

    send(admin, opening, painted(BLUE))

    assert told(admin, 1).reason == "this enrolment is trained; its token is void"
    assert admin.ok("show", card=CARD)["enrolment"]["stored"] == 1


def test_the_token_is_void_after_cancel_and_after_remove(admin: Admin) -> None:
    opening = opened(admin, count=2)
    send(admin, opening, painted(RED))
    told(admin, 0)
    admin.ok("cancel", card=CARD)
    send(admin, opening, painted(RED))
    cancelled = told(admin, 1)
    admin.ok("remove", card=CARD)
    send(admin, opening, painted(RED))

    assert cancelled.reason == "this enrolment is cancelled; its token is void"
    assert told(admin, 2).code == m.PhotoRefusal.BAD_TOKEN


def _kept(world: World) -> bytes:
    """Everything that lies in the brain's folder, the database with its journal among it."""
    files = [path for path in (world.folder / "data").rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def test_the_token_lies_nowhere_and_the_same_request_gets_it_again(
    world: World, admin: Admin
) -> None:
    first = opened(admin, count=2, transaction="once")
    asked_again = opened(admin, count=2, transaction="once")
    send(admin, first, painted(RED))
    told(admin, 0)

    kept = _kept(world)
    world.brains[-1].stop()
    world.brain()
    after_restart = opened(admin, count=2, transaction="once")

    assert first == asked_again == after_restart
    assert len(first["token"]) == 32
    assert first["enrolment"].encode() in kept
    assert first["token"].encode() not in kept
    send(admin, after_restart, painted(RED))
    assert ended(admin, first).state is m.EnrolmentState.TRAINED


def test_two_uploads_have_tokens_of_their_own_and_a_later_one_of_the_same_card_too(
    admin: Admin,
) -> None:
    first, other = opened(admin), opened(admin, card=OTHER)
    send(admin, first, painted(RED))
    ended(admin, first)

    anew = opened(admin, op="reenroll", transaction="anew")

    assert anew == opened(admin, op="reenroll", transaction="anew")
    assert len({one["token"] for one in (first, other, anew)}) == 3


def test_no_token_is_told_again_that_would_not_count(world: World, admin: Admin) -> None:
    opening = opened(admin, transaction="once")
    earlier = "0" * 32  # drawn by lot, as tokens once were
    with sqlite3.connect(world.folder / "data" / "doorward.sqlite") as database:
        digest = hashlib.sha256(earlier.encode()).hexdigest()
        database.execute("UPDATE enrolment SET token = ?", (digest,))
    database.close()

    again = opened(admin, transaction="once")

    assert again == {name: value for name, value in opening.items() if name != "token"}
    send(admin, again, painted(RED), token=earlier)
    assert ended(admin, opening).state is m.EnrolmentState.TRAINED


def test_a_door_enrolment_takes_no_photos(admin: Admin, front: Door) -> None:
    data = admin.ok("enroll", card=CARD, door=front.name, name="Ann")

    send(admin, data, painted(RED), token="0" * 32)

    assert told(admin, 0).code == m.PhotoRefusal.BAD_TOKEN


def test_a_door_cannot_send_frames_for_an_upload(admin: Admin, front: Door) -> None:
    opening = opened(admin)
    start = m.StartEnrolment(number=1, enrolment=opening["enrolment"], count=1, missing=(0,))

    front.frame(start, 0, painted(RED))

    assert front.ack_of(f"{opening['enrolment']}/0").outcome is m.Outcome.REFUSED


def test_a_photo_that_the_broker_kept_is_refused(world: World, admin: Admin) -> None:
    opening = opened(admin)
    world.brains[-1].stop()
    send(admin, opening, painted(RED), retain=True)

    world.brain()

    refused = admin.heard.wait(m.MessageRefused)
    assert (refused.topic, "retain" in refused.reason) == ("admin/frames", True)
    assert admin.ok("show", card=CARD)["enrolment"]["stored"] == 0


def test_having_the_broker_forget_a_photo_or_a_request_is_no_message(admin: Admin) -> None:
    admin.bus.publish(Wire("admin/frames", b"", retain=True))
    admin.publish(b"", retain=True)

    admin.ok("list")

    assert not admin.heard.of(m.MessageRefused)
    assert len(admin.responses) == 1


def test_an_upload_is_picked_up_after_a_restart_and_knows_what_came(
    world: World, admin: Admin
) -> None:
    opening = opened(admin, count=2)
    photo = painted(RED)
    send(admin, opening, photo)
    told(admin, 0)
    world.brains[-1].stop()

    world.brain()
    send(admin, opening, photo)
    again = admin.heard.wait(m.PhotoLooked, lambda one: one.code is not None)
    send(admin, opening, painted(RED))

    assert again.reason == "the same file as photo 0"
    assert ended(admin, opening).templates == 2


def test_new_photos_replace_the_templates_and_can_be_taken_back(
    world: World, admin: Admin, front: Door
) -> None:
    world.enrol(admin, front, CARD, RED, "Ann")
    opening = opened(admin, op="reenroll")

    send(admin, opening, painted(RED))
    ended(admin, opening)
    shown = admin.ok("show", card=CARD)
    admin.ok("undo", card=CARD)

    assert (shown["templates"], shown["former"]) == (1, 5)
    assert admin.ok("show", card=CARD)["templates"] == 5


def test_somebody_who_looks_like_another_resident_is_told_of(
    world: World, admin: Admin, front: Door
) -> None:
    resident = world.enrol(admin, front, OTHER, RED, "Ben")
    opening = opened(admin)

    send(admin, opening, painted(RED))

    assert ended(admin, opening).lookalikes == (resident,)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"source": "upload"}, "`count` must say how many photos will come"),
        ({"source": "upload", "count": 201}, "`count` must say how many photos will come"),
        ({"source": "upload", "count": 0}, "count: "),
        ({"source": "upload", "count": 1, "door": "front"}, "`door` has no place"),
        ({"source": "fax", "count": 1}, "source: "),
        ({}, "`door` must be there"),
    ],
)
def test_a_wrong_opening_is_refused_naming_the_field(
    admin: Admin, fields: dict[str, Any], told: str
) -> None:
    refused = admin.refused("enroll", card=CARD, name="Ann", **fields)

    assert refused.code is ErrorCode.BAD_REQUEST
    assert told in refused.error
    assert admin.ok("list")["total"] == 0


def test_the_same_request_again_gives_the_same_token(admin: Admin) -> None:
    first = admin.ok("enroll", transaction="t", card=CARD, name="Ann", source="upload", count=1)
    again = admin.ok("enroll", transaction="t", card=CARD, name="Ann", source="upload", count=1)

    assert first == again


def test_an_upload_that_nobody_goes_on_with_expires(world: World, admin: Admin) -> None:
    opening = opened(admin)

    world.clock.ahead = 601

    assert "expired" in ended(admin, opening).reason


def test_an_enrolment_to_which_nothing_but_nonsense_comes_is_refused(admin: Admin) -> None:
    opening = opened(admin)

    for _ in range(201):
        send(admin, opening, b"no picture")

    assert "more than 200 files were of no use" in ended(admin, opening).reason
