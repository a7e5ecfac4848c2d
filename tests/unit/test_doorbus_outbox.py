"""What waits to be sent is bounded, in order, and each message ends one way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from doorbus.bus import MAX_PACKET, Wire
from doorbus.errors import NotConnectedError, PublishRefused, QueueFullError, TooLargeError
from doorbus.outbox import Outbox, check, packet_size

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def _wire(size: int = 0, topic: str = "door/front/event") -> Wire:
    return Wire(topic, b"x" * size)


def _outbox(most: int = 3, most_bytes: int = 10_000) -> Outbox:
    outbox = Outbox(most, most_bytes)
    outbox.open(MAX_PACKET)
    return outbox


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.integers(0, 3_000_000),
    st.dictionaries(TEXT, TEXT, max_size=4) | st.just({"a": "x" * 20_000}),
    st.sampled_from([0, 1]),
)
@settings(max_examples=200, deadline=None)
def test_the_size_is_that_of_the_packet(
    topic: str, payload: int, properties: dict[str, str], qos: int
) -> None:
    """Against paho's own packing of the properties, and the head by the standard."""
    packed = b"\x00"
    if properties:
        their: object = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        setattr(their, "UserProperty", list(properties.items()))  # noqa: B010  # paho has no types
        packed = their.pack()  # type: ignore[attr-defined]
    rest = 2 + len(("site/" + topic).encode()) + (2 if qos else 0) + len(packed) + payload
    head = 1 + next(n for n, most in enumerate((128, 128**2, 128**3, 128**4), 1) if rest < most)

    wire = Wire(topic, bytes(payload), properties, qos)

    assert packet_size(wire, "site/") == head + rest


@pytest.mark.parametrize("size", [127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_the_size_is_right_where_the_head_grows(size: int) -> None:
    grows = packet_size(_wire(size)) - packet_size(_wire(size - 1))

    assert grows in {1, 2}


def test_the_limit_counts_the_prefix() -> None:
    wire = _wire(100)
    size = packet_size(wire)

    assert check(wire, "", size) == size
    with pytest.raises(TooLargeError):
        check(wire, "site/", size)


def test_nothing_is_taken_before_it_is_open() -> None:
    with pytest.raises(NotConnectedError, match="door/front/event"):
        Outbox(3, 1000).put(_wire())


def test_messages_are_taken_in_order() -> None:
    outbox = _outbox()
    for topic in ("a", "b", "c"):
        outbox.put(_wire(topic=topic))

    taken = [outbox.take(), outbox.take(), outbox.take(), outbox.take()]

    assert [one.wire.topic if one else None for one in taken] == ["a", "b", "c", None]


def test_no_more_messages_wait_than_allowed_and_an_answer_makes_room() -> None:
    outbox = _outbox(most=2)
    outbox.put(_wire())
    outbox.put(_wire())
    with pytest.raises(QueueFullError, match="2 messages"):
        outbox.put(_wire())

    sending = outbox.take()
    assert sending is not None
    with pytest.raises(QueueFullError):
        outbox.put(_wire())  # sent, but not answered
    outbox.settle(sending)

    outbox.put(_wire())


def test_no_more_bytes_wait_than_allowed_and_an_answer_makes_room() -> None:
    outbox = _outbox(most=100, most_bytes=1000)
    outbox.put(_wire(600))
    with pytest.raises(QueueFullError):
        outbox.put(_wire(600))

    sending = outbox.take()
    assert sending is not None
    outbox.settle(sending)

    outbox.put(_wire(600))


def test_an_answer_ends_the_future() -> None:
    outbox = _outbox()
    good, bad = outbox.put(_wire()), outbox.put(_wire())

    for error in (None, PublishRefused("no")):
        sending = outbox.take()
        assert sending is not None
        outbox.settle(sending, error)

    assert good.result(0) is None
    assert isinstance(bad.exception(0), PublishRefused)
    assert outbox.empty


def test_closing_fails_what_waits_and_what_is_unanswered() -> None:
    outbox = _outbox()
    sent, waiting = outbox.put(_wire()), outbox.put(_wire())
    sending = outbox.take()
    assert sending is not None

    outbox.close("the connection broke")
    outbox.settle(sending)  # an answer that comes too late changes nothing

    for future in (sent, waiting):
        assert isinstance(future.exception(0), NotConnectedError)
        assert "the connection broke" in str(future.exception(0))
    assert outbox.take() is None
    assert outbox.empty
    with pytest.raises(NotConnectedError):
        outbox.put(_wire())


def test_closing_twice_is_harmless_and_it_opens_again() -> None:
    outbox = _outbox()
    outbox.close("a")
    outbox.close("b")
    outbox.open(MAX_PACKET)

    assert not outbox.put(_wire()).done()


def test_the_last_message_goes_behind_the_others_whatever_the_bounds() -> None:
    outbox = _outbox(most=1)
    outbox.put(_wire(topic="first"))

    outbox.seal(_wire(topic="farewell"))

    assert [one.wire.topic for one in (outbox.take(), outbox.take()) if one] == [
        "first",
        "farewell",
    ]
    with pytest.raises(NotConnectedError):
        outbox.put(_wire())


def test_nobody_can_call_back_what_is_on_its_way() -> None:
    outbox = _outbox()
    future = outbox.put(_wire())

    assert not future.cancel()
    sending = outbox.take()
    assert sending is not None
    outbox.settle(sending)
    assert future.result(0) is None


def test_a_callback_of_a_future_may_publish() -> None:
    outbox = _outbox()
    outbox.put(_wire(topic="a")).add_done_callback(lambda _: outbox.put(_wire(topic="b")))
    sending = outbox.take()
    assert sending is not None

    outbox.settle(sending)

    following = outbox.take()
    assert following is not None
    assert following.wire.topic == "b"
