"""What waits on disk, what is sent again, and what goes first when there is no room."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import codec
from doorbus.bus import Wire
from doorbus.errors import NotConnectedError
from doorbus.messages import (
    Ack,
    AckItem,
    DoorEvent,
    EnrolFrame,
    EventKind,
    Outcome,
    StartEnrolment,
)
from doorbus.signing import Stamp
from doorbus.topics import DOOR_EVENT, ENROL_FRAME, Topic
from edge import durable, start_line
from edge.adapters.clock import SystemClock
from edge.core.enrolling import EnrolmentRule
from edge.enrolment import Enroller
from edge.errors import StateError
from edge.sealing import PictureSeal
from edge.sender import EVENTS_OUT, FRAMES_OUT, RESEND_AFTER_S, Sender
from edge.spool import Spool
from edge.state_dir import StateDir

DOOR = "front"
JPEG = b"\xff\xd8" + b"x" * 1000 + b"\xff\xd9"
SEAL = PictureSeal(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def spool_in(
    folder: Path,
    *,
    max_frame_bytes: int = 1_000_000,
    max_events: int = 100,
    seal: PictureSeal = SEAL,
) -> Spool:
    spool = Spool(folder, DOOR, seal=seal, max_frame_bytes=max_frame_bytes, max_events=max_events)
    spool.start()
    return spool


def event(number: int, kind: EventKind = EventKind.GRANTED) -> DoorEvent:
    return DoorEvent(id=f"7-{number}", kind=kind, at=1.0, visit=3, detail="match")


def frame(index: int, enrolment: str = "e-1") -> EnrolFrame:
    return EnrolFrame(jpeg=JPEG, enrolment=enrolment, index=index, count=200)


class Broker:
    """Takes what is published, or is away."""

    def __init__(self) -> None:
        self.taken: list[Wire] = []
        self.away = False

    def publish(self, _topic: Topic[Any], wire: Wire) -> Future[None]:
        if self.away:
            raise NotConnectedError("away")
        self.taken.append(wire)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def items(self) -> list[str]:
        names = []
        for wire in self.taken:
            if ENROL_FRAME.matches(wire.topic):
                names.append(codec.decode(ENROL_FRAME, wire).item)
            else:
                names.append(codec.decode(DOOR_EVENT, wire).id)
        return names


def sender_for(spool: Spool, broker: Broker, *, epoch: int = 7) -> Sender:
    sender = Sender(spool, Stamp(DOOR, epoch), broker.publish)
    sender.connected(0.0)
    return sender


def stored(*items: str, outcome: Outcome = Outcome.STORED) -> Ack:
    return Ack(items=tuple(AckItem(id=item, outcome=outcome, reason="why") for item in items))


# --- the spool -----------------------------------------------------------------------------------


def test_what_was_kept_is_there_after_a_restart_as_it_was(tmp_path: Path) -> None:
    before = spool_in(tmp_path)
    before.put_event(event(1))
    before.put_frame(frame(4))

    after = spool_in(tmp_path)

    (kept_event,), (kept_frame,) = after.events(9), after.frames(9)
    assert codec.decode(DOOR_EVENT, after.wire(kept_event)) == event(1)
    assert codec.decode(ENROL_FRAME, after.wire(kept_frame)) == frame(4)
    assert after.indexes("e-1") == {4}


def test_a_disk_that_became_read_only_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spool_in(tmp_path)
    spool.put_event(event(1))

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", read_only)

    assert spool.forget("7-1")
    assert spool.events(9) == ()


def test_what_is_lost_while_a_start_is_told_counts_on(tmp_path: Path) -> None:
    for number in range(3):
        spool_in(tmp_path).put_event(event(number))
    spool = spool_in(tmp_path, max_events=3)

    start_line.tell_start(sender_for(spool, Broker()), spool, SystemClock(), "liveness standard")

    assert spool.lost == 1


def test_a_brain_that_has_every_frame_and_says_stop_hears_that_all_were_sent(
    tmp_path: Path,
) -> None:
    spool = spool_in(tmp_path)
    spool.put_frame(frame(0))
    sender = sender_for(spool, Broker())
    enroller = Enroller(EnrolmentRule(), spool, sender)
    enroller.start(StartEnrolment(number=1, enrolment="e-1", count=1, missing=(0,)))
    sender.acked(stored("e-1/0"), 1.0)

    enroller.stop("e-1", 1.0)

    assert [codec.decode(DOOR_EVENT, spool.wire(one)).kind for one in spool.events(9)] == [
        EventKind.ENROLMENT_SENT
    ]


def test_order_survives_a_restart(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for number in range(12):
        spool.put_event(event(number))
    spool.forget("7-0")

    again = spool_in(tmp_path)
    again.put_event(event(99))

    assert [kept.item for kept in again.events(99)] == [f"7-{n}" for n in (*range(1, 12), 99)]


def test_what_is_forgotten_stays_forgotten(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.put_frame(frame(1))

    assert spool.forget("e-1/1")
    assert not spool.forget("e-1/1")

    assert spool_in(tmp_path).frames(9) == ()
    assert list(tmp_path.glob("*.kept")) == []


def test_a_file_half_written_or_of_nonsense_keeps_nothing_from_being_read(tmp_path: Path) -> None:
    spool_in(tmp_path).put_event(event(1))
    (tmp_path / ".000000000009.kept.draft").write_bytes(b"half")
    (tmp_path / "000000000010.kept").write_bytes(b"not JSON\n")
    (tmp_path / "000000000011.kept").write_bytes(b'{"item": "e/x", "enrolment": "e"}\n')

    spool = spool_in(tmp_path)

    assert [kept.item for kept in spool.events(9)] == ["7-1"]
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".kept", ".unreadable", ".unreadable"]


def test_a_full_spool_refuses_frames_until_there_is_room(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, max_frame_bytes=3 * len(JPEG))
    taken = [spool.put_frame(frame(index)) for index in range(4)]

    spool.forget("e-1/0")

    assert taken == [True, True, False, False]
    assert spool.put_frame(frame(4))


def test_a_full_spool_of_frames_still_takes_events(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, max_frame_bytes=10)

    assert not spool.put_frame(frame(1))
    assert spool.put_event(event(1))


def test_a_full_spool_drops_the_oldest_routine_event_first(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, max_events=4)
    kinds = [EventKind.GRANTED, EventKind.WOKE, EventKind.DENIED, EventKind.NO_FACE]
    for number, kind in enumerate(kinds):
        spool.put_event(event(number, kind))

    spool.put_event(event(4))
    spool.put_event(event(5))
    spool.put_event(event(6))

    assert [kept.item for kept in spool.events(9)] == ["7-2", "7-4", "7-5", "7-6"]
    assert spool.lost == 3


def test_losses_are_remembered_until_they_are_told(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, max_events=1)
    spool.put_event(event(1))
    spool.put_event(event(2))

    again = spool_in(tmp_path)
    assert again.lost == 1
    again.forget_lost(again.lost)

    assert spool_in(tmp_path).lost == 0


def test_the_frames_of_a_stopped_enrolment_are_dropped_from_the_disk(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for index in range(3):
        spool.put_frame(frame(index, "e-1"))
    spool.put_frame(frame(0, "e-2"))

    spool.forget_enrolment("e-1")

    assert [kept.item for kept in spool_in(tmp_path).frames(9)] == ["e-2/0"]


def test_a_disk_that_takes_nothing_refuses_frames_and_counts_events_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = spool_in(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "write", full)

    assert not spool.put_frame(frame(1))
    assert not spool.put_event(event(1))
    assert spool.lost == 1


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")

    with pytest.raises(StateError, match="spool"):
        spool_in(tmp_path / "spool")


def lying(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_no_picture_lies_open_on_the_disk(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.put_frame(frame(0))
    spool.put_event(event(1))

    assert JPEG[:12] not in lying(tmp_path)
    assert b"xxxx" not in lying(tmp_path)
    assert b"match" in lying(tmp_path)


def test_a_picture_would_be_found_were_it_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PictureSeal, "seal", lambda _, picture, about: about[:0] + picture)

    spool_in(tmp_path).put_frame(frame(0))

    assert JPEG in lying(tmp_path)


def test_a_picture_of_another_key_of_the_door_is_put_aside_and_captured_again(
    tmp_path: Path,
) -> None:
    before = spool_in(tmp_path)
    before.put_frame(frame(0))
    before.put_event(event(1))

    after = spool_in(tmp_path, seal=PictureSeal(Ed25519PrivateKey.generate()))

    assert after.frames(9) == ()
    assert after.indexes("e-1") == frozenset()
    assert [kept.item for kept in after.events(9)] == ["7-1"]
    assert len(list(tmp_path.glob("*.unreadable"))) == 1


@pytest.mark.parametrize(
    ("old", "new"), [(b'"e-1/0"', b'"e-1/1"'), (b'"200"', b'"100"'), (b"\n", b"\n\0")]
)
def test_a_picture_whose_file_was_changed_is_put_aside(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    spool_in(tmp_path).put_frame(frame(0))
    (path,) = tmp_path.glob("*.kept")
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))

    assert spool_in(tmp_path).frames(9) == ()
    assert list(tmp_path.glob("*.unreadable"))


def test_a_picture_that_is_damaged_while_the_door_runs_is_forgotten(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    spool.put_frame(frame(0))
    (path,) = tmp_path.glob("*.kept")
    path.write_bytes(path.read_bytes()[:-1])

    sender_for(spool, broker)

    assert broker.taken == []
    assert spool.frames(9) == ()


def test_pictures_that_an_older_release_left_open_are_sealed_at_start(tmp_path: Path) -> None:
    wire = codec.encode(ENROL_FRAME, frame(3), DOOR)
    about = {
        "item": "e-1/3",
        "enrolment": "e-1",
        "routine": False,
        "properties": dict(wire.properties),
    }
    path = tmp_path / "000000000002.kept"
    path.write_bytes(json.dumps(about).encode() + b"\n" + wire.payload)

    spool = spool_in(tmp_path)

    (kept,) = spool.frames(9)
    assert codec.decode(ENROL_FRAME, spool.wire(kept)) == frame(3)
    assert kept.size == path.stat().st_size
    assert b"xxxx" not in lying(tmp_path)
    assert spool_in(tmp_path).indexes("e-1") == {3}


# --- sending -------------------------------------------------------------------------------------


def test_an_event_is_sent_at_once_and_kept_until_it_is_acked(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)

    sent = sender.event(EventKind.GRANTED, 3, "match", 1.0)
    assert broker.items() == [sent.id] == ["7-1"]
    assert len(spool.events(9)) == 1

    acked = sender.acked(stored("7-1", "7-99"), 1.1)
    assert acked.done == ("7-1",)
    assert spool.events(9) == ()


def test_what_is_not_acked_is_sent_again_after_ten_seconds(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)
    sender.event(EventKind.GRANTED, 3, "", 1.0)

    sender.pump(1.0 + RESEND_AFTER_S - 0.1)
    assert len(broker.taken) == 1
    sender.pump(1.0 + RESEND_AFTER_S)

    assert broker.items() == ["7-1", "7-1"]


@pytest.mark.parametrize("what", ["reconnect", "brain"])
def test_what_is_not_acked_is_sent_again_when_broker_or_brain_come_back(
    tmp_path: Path, what: str
) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)
    sender.event(EventKind.GRANTED, 3, "", 1.0)

    if what == "brain":
        sender.brain_came(2.0)
    else:
        sender.disconnected()
        sender.pump(20.0)
        sender.connected(21.0)

    assert broker.items() == ["7-1", "7-1"]


def test_an_event_while_the_broker_is_away_waits(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = Sender(spool, Stamp(DOOR, 7), broker.publish)

    sender.event(EventKind.WOKE, 1, "", 0.0)
    assert broker.taken == []
    broker.away = True
    sender.connected(1.0)
    broker.away = False
    sender.pump(1.1)

    assert broker.items() == ["7-1"]


def test_only_twenty_frames_are_out_at_once_and_acks_let_the_next_go(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)

    for index in range(50):
        assert sender.frame(frame(index), 1.0)
    assert len(broker.taken) == FRAMES_OUT
    sender.acked(stored("e-1/0", "e-1/1"), 1.1)

    assert broker.items()[-2:] == ["e-1/20", "e-1/21"]


def test_events_do_not_wait_behind_frames_nor_frames_behind_events(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path, max_events=1000), Broker()
    sender = Sender(spool, Stamp(DOOR, 7), broker.publish)
    for number in range(EVENTS_OUT + 5):
        sender.event(EventKind.WOKE, number, "", 0.0)
    for index in range(30):
        sender.frame(frame(index), 0.0)

    sender.connected(1.0)

    assert len(broker.taken) == EVENTS_OUT + FRAMES_OUT


def test_a_refused_frame_is_forgotten_and_blocks_nothing(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)
    sender.frame(frame(0), 1.0)

    acked = sender.acked(stored("e-1/0", outcome=Outcome.REFUSED), 1.1)

    assert acked.refused == (("e-1/0", "why"),)
    assert spool.frames(9) == ()


def test_a_message_whose_file_is_gone_is_passed_over(tmp_path: Path) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = Sender(spool, Stamp(DOOR, 7), broker.publish)
    sender.event(EventKind.WOKE, 1, "", 0.0)
    sender.event(EventKind.WOKE, 2, "", 0.0)
    next(iter(tmp_path.glob("*.kept"))).unlink()

    sender.connected(1.0)

    assert len(broker.taken) == 1


def test_an_event_that_the_disk_refuses_is_still_seen_by_whoever_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, broker = spool_in(tmp_path), Broker()
    sender = sender_for(spool, broker)
    monkeypatch.setattr(spool, "put_event", lambda _: False)

    sender.event(EventKind.DENIED, 1, "unknown", 1.0)

    assert broker.items() == ["7-1"]


def test_a_detail_is_always_a_line_that_the_contract_takes(tmp_path: Path) -> None:
    sender = sender_for(spool_in(tmp_path), Broker())

    sent = sender.event(EventKind.CAMERA_LOST, None, "gone\n\x00" + "y" * 900, 1.0)

    assert sent.detail.startswith("gone  y")
    assert len(sent.detail) == 200


# --- state from one start to the next ------------------------------------------------------------


def test_the_epoch_rises_with_every_start(tmp_path: Path) -> None:
    epochs = []
    for _ in range(3):
        state = StateDir(tmp_path / "state")
        epochs.append(state.start())
        state.stop()

    assert epochs == [epochs[0], epochs[0] + 1, epochs[0] + 2]


def test_a_lost_folder_does_not_take_the_door_back_in_time(tmp_path: Path) -> None:
    first = StateDir(tmp_path / "one")
    second = StateDir(tmp_path / "two")

    one = first.start()
    two = second.start()

    assert 0 <= two - one <= 1
    assert one > 1_700_000_000


def test_two_edges_never_share_a_folder(tmp_path: Path) -> None:
    first, second = StateDir(tmp_path), StateDir(tmp_path)
    first.start()

    with pytest.raises(StateError, match="running"):
        second.start()
    first.stop()
    first.stop()

    second.start()
    second.stop()


@pytest.mark.parametrize("content", ["", "seven", "1.5"])
def test_an_epoch_that_makes_no_sense_is_not_guessed(tmp_path: Path, content: str) -> None:
    (tmp_path / "epoch").write_text(content)
    state = StateDir(tmp_path)

    with pytest.raises(StateError, match="epoch"):
        state.start()

    assert (tmp_path / "epoch").read_text() == content


def test_a_state_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StateError, match="state_dir"):
        StateDir(tmp_path / "file" / "state").start()


def test_a_lock_down_survives_a_restart_and_ends_with_its_release(tmp_path: Path) -> None:
    StateDir(tmp_path).keep_lockdown(on=True)
    assert StateDir(tmp_path).locked_down

    StateDir(tmp_path).keep_lockdown(on=False)
    StateDir(tmp_path).keep_lockdown(on=False)

    assert not StateDir(tmp_path).locked_down


def test_a_failed_write_leaves_the_old_content_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable.write(tmp_path / "epoch", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write(tmp_path / "epoch", b"new")

    assert [p.name for p in tmp_path.iterdir()] == ["epoch"]
    assert (tmp_path / "epoch").read_bytes() == b"old"
