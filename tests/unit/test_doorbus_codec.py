"""Payloads become bytes and properties and back, and nothing else is let in."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import cbor2
import pytest
from doorbus_strategies import PAYLOADS, messages
from hypothesis import given, settings
from hypothesis import strategies as st

from doorbus import codec, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.topics import Form, Topic

CARD = "314159265358"
BURST: dict[str, Any] = {
    "visit": 1,
    "nonce": "0" * 32,
    "liveness": {"policy": "standard", "blinks": [], "fps": 25.0},
    "crops": [{"jpeg": b"x", "at_ms": 0}],
}


def _request(**fields: object) -> Wire:
    return Wire("admin/users", json.dumps(fields).encode())


def _refusal(topic: Topic[Any], wire: Wire) -> str:
    with pytest.raises(MessageError) as caught:
        codec.decode(topic, wire)
    return str(caught.value)


def test_every_topic_has_a_strategy_here() -> None:
    assert set(PAYLOADS) == set(topics.ALL)


@given(messages())
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_read_again_just_so(message: tuple[Topic[Any], Any]) -> None:
    topic, value = message

    wire = codec.encode(topic, value, "front")

    assert codec.decode(topic, wire) == value
    assert (wire.qos, wire.retain) == (topic.qos, topic.retain)


@given(messages(), st.sampled_from([None, "front"]))
@settings(max_examples=50, deadline=None)
def test_the_level_names_the_topic(message: tuple[Topic[Any], Any], level: str | None) -> None:
    topic, value = message

    assert codec.encode(topic, value, level).topic == topic.name(level)


@given(st.sampled_from(topics.ALL), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_noise_is_refused_and_breaks_nothing(topic: Topic[Any], noise: bytes) -> None:
    with contextlib.suppress(MessageError):
        value = codec.decode(topic, Wire(topic.template, noise))

        assert codec.decode(topic, codec.encode(topic, value)) == value


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"nope",
        b'{"op": "list"',
        b'{"op": "list"} {}',
        b"\xff\xfe\x00",
        b'{"op": "li\xffst"}',
        '{"op": "list"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"op": "list", "op": "list"}',
        b'{"op": "list", "offset": 0, "offset": 1}',
        b"[]",
        b"null",
        b'"list"',
        b"1" * 10_000,
        b'{"op": "list", "offset": 1e3}',
        b'{"op": "list", "offset": "1"}',
        b'{"op": "list", "offset": true}',
        b'{"op": "list", "limit": 1001}',
    ],
)
def test_what_is_no_request_is_refused(payload: bytes) -> None:
    assert _refusal(topics.REQUEST, Wire("admin/users", payload)).startswith("admin/users: ")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"\x81" * 100_000,
        b"\x9b" + b"\x7f" * 8,
        b"\x5b" + b"\x7f" * 8,
        cbor2.dumps(BURST) + b"\x00",
        cbor2.dumps(BURST)[:-1],
        cbor2.dumps([BURST]),
        cbor2.dumps(BURST | {"visit": "1"}),
        cbor2.dumps(BURST | {"visit": 1.0}),
        cbor2.dumps(BURST | {"more": 1}),
        cbor2.dumps(BURST | {"crops": []}),
        cbor2.dumps(BURST | {"crops": BURST["crops"] * (m.MAX_BURST + 1)}),
        cbor2.dumps(BURST | {"crops": [{"jpeg": "text", "at_ms": 0}]}),
        cbor2.dumps(BURST | {"crops": [{"jpeg": bytes(262_145), "at_ms": 0}]}),
        cbor2.dumps(
            BURST | {"liveness": {"policy": "standard", "blinks": [], "fps": float("nan")}}
        ),
        cbor2.dumps({1: 2}),
        cbor2.dumps({b"visit": 2}),
        b"\xa2\x65visit\x01\x65visit\x02",
        b"\xbf\x65visit\x01\xff",
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xc4\x82\x1b\x00\x00\xff\xff\xff\xff\xff\xff\x01",
        b"\xd8\x23\x63(a+",
        b"\xc1\x01",
        b"\xd9\xd9\xf7" + cbor2.dumps(BURST),
        b"\xda\x00\x01\x00\x00\x01",
    ],
)
def test_what_is_no_burst_is_refused(payload: bytes) -> None:
    assert _refusal(topics.RECOGNIZE, Wire("frames/recognize/front", payload))


def test_a_plain_burst_is_taken() -> None:
    wire = Wire("frames/recognize/front", cbor2.dumps(BURST))

    assert codec.decode(topics.RECOGNIZE, wire).crops[0].jpeg == b"x"


@pytest.mark.parametrize(
    "word", [b"", b"Online", b"online ", b"online\n", "önline".encode(), b"\xff"]
)
def test_a_state_is_its_plain_word_and_nothing_else(word: bytes) -> None:
    assert _refusal(topics.DOOR_AVAILABILITY, Wire("door/front/availability", word))


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"enrolment": "e-1", "index": "0"},
        {"enrolment": "e-1", "index": "-1", "count": "5"},
        {"enrolment": "e-1", "index": "1000", "count": "5"},
        {"enrolment": "e-1", "index": "x", "count": "5"},
        {"enrolment": "e 1", "index": "0", "count": "5"},
        {"enrolment": "e-1", "index": "0", "count": "5", "more": "1"},
        {"enrolment": "e-1", "index": "0", "count": "5", "jpeg": "1", "x": ""},
    ],
)
def test_a_frame_with_wrong_properties_is_refused(properties: dict[str, str]) -> None:
    assert _refusal(topics.ENROL_FRAME, Wire("frames/enroll/front", b"\xff\xd8", properties))


def test_the_signature_is_no_part_of_a_picture_s_fields() -> None:
    properties = {"command": "c-1", "door": "front", "epoch": "7", "signature": "x"}

    snapshot = codec.decode(topics.SNAPSHOT, Wire("door/front/snapshot", b"\xff\xd8", properties))

    assert snapshot == m.Snapshot(jpeg=b"\xff\xd8", command="c-1")


# --- what is said of a wrong message --------------------------------------------------------------


@pytest.mark.parametrize(
    "wire",
    [
        _request(op="add", transaction="t", name="N", card=int(CARD)),
        _request(op="add", transaction="t", name="N", card=CARD + "0"),
        _request(op="add", transaction="t", name=[CARD], card="1"),
        _request(op=CARD, transaction="t"),
        _request(op="add", transaction=f"{CARD} x", name="N", card="1"),
        Wire("admin/users", b'{"op": "add", "transaction": "t", "314159265358": 1}'),
        Wire("admin/users", b'{"op": "314159265358'),
        Wire("admin/users", b'{"314159265358": 1, "314159265358": 2}'),
        Wire("admin/users", b'{"op": "314159265358\xff"}'),
        _request(op="unlock", transaction="t", door=CARD * 4),
    ],
)
def test_a_refusal_repeats_no_value(wire: Wire) -> None:
    assert CARD not in _refusal(topics.REQUEST, wire)


def test_a_refusal_names_every_wrong_field_and_says_what_is_right() -> None:
    text = _refusal(
        topics.REQUEST, _request(op="enroll", transaction="a b", card="123", door="Front Door")
    )

    assert "card: must be exactly 12 digits, in quotation marks" in text
    assert "door: must be 1 to 32 of a-z, 0-9 and -" in text
    assert "transaction: must be 1 to 64 printable characters" in text


WINDOW = {"days": ["mon"], "start": "08:00", "end": "18:00"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"op": "unlock"}, "unlock.door: must be there"),
        ({"op": "unlock", "door": "front", "colour": 1}, "unlock.colour: no such field"),
        ({"op": "pin", "card": "000000000017", "pin": "12"}, "pin.pin: must be 4 to 11 digits"),
        ({"op": "group", "group": "staff", "add": ["17"]}, "group.add.0: must be exactly 12"),
        ({"op": "may", "card": "000000000017", "door": "a", "at": "soon"}, "may.at: must be a day"),
        ({"op": "permit", "door": "front"}, "permit: give exactly one of `card`"),
        (
            {"op": "schedule", "schedule": "x", "windows": [WINDOW | {"end": "25:00"}]},
            "schedule.windows.0.end: must be a time of day such as 08:30",
        ),
        (
            {"op": "schedule", "schedule": "x", "windows": [WINDOW | {"end": "07:00"}]},
            "schedule.windows.0: `end` must be later than `start`",
        ),
    ],
)
def test_a_refusal_is_in_plain_words_and_tells_no_mere_consequence(
    fields: dict[str, object], text: str
) -> None:
    refusal = _refusal(topics.REQUEST, _request(**{"transaction": "t"} | fields))

    assert refusal.startswith(f"admin/users: {text}")
    assert not any(word in refusal for word in ("Value error", "pattern", "Tuple", "; sched"))


def test_an_unknown_op_is_answered_with_the_known_ones() -> None:
    text = _refusal(topics.REQUEST, _request(op="open", transaction="t"))

    assert "op: must be one of 'add', 'rename', 'enroll'" in text
    assert "'unlock'" in text


def test_a_missing_op_is_said() -> None:
    assert "op: must be there" in _refusal(topics.REQUEST, _request(transaction="t"))


def test_a_message_wrong_in_a_thousand_places_gets_a_short_answer() -> None:
    crops = [{"jpeg": b"x", "at_ms": "x", "points": [["a"] * 2] * 5}] * 40
    text = _refusal(
        topics.RECOGNIZE, Wire("frames/recognize", cbor2.dumps(BURST | {"crops": crops}))
    )

    assert len(text) < 2000
    assert "more" in text


def test_a_long_made_up_name_is_not_repeated() -> None:
    wire = Wire("admin/users", json.dumps({"op": "list", "x" * 10_000: 1}).encode())

    assert "(a name)" in _refusal(topics.REQUEST, wire)


def test_an_error_of_a_message_has_one_form() -> None:
    """Whatever library refuses it: the form's name, and no text of the library's."""
    text = _refusal(topics.REQUEST, Wire("admin/users", b"nope"))

    assert text == f"admin/users: not readable as {Form.JSON.value} (JSONDecodeError)"
