"""topics.md, for people, says what doorbus says, and each of its examples is true."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import cbor2
import pytest
from bus_worlds import RealWorld, running
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from documents import Section, sections

from doorbus import codec, messages, passes, signing, topics
from doorbus.bus import Wire
from doorbus.topics import Form, Party, Topic

DOCUMENT = Path(__file__).parents[2] / "topics.md"
PICTURE = bytes.fromhex("ffd8ffd9")
UNIONS: Mapping[Topic[Any], Any] = {
    topics.VERDICT: messages.Answer,
    topics.COMMAND: messages.Command,
    topics.REQUEST: messages.Request,
    topics.RESPONSE: messages.Response,
    topics.BRAIN_EVENT: messages.BrainEvent,
}
LANGUAGES = {Form.JSON: "json", Form.CBOR: "cbor", Form.JPEG: "properties", Form.TEXT: "text"}
CODES: tuple[type[Enum], ...] = (
    messages.Availability,
    messages.LockReport,
    messages.ContactReport,
    messages.DoorMode,
    messages.CameraHealth,
    messages.EventKind,
    messages.DoorPrompt,
    messages.Decision,
    messages.Reason,
    messages.LifeSign,
    messages.LifeFinding,
    messages.TaskName,
    messages.CodeKind,
    messages.PassRefusal,
    messages.AlarmKind,
    messages.PhotoRefusal,
    messages.OrderAction,
    messages.Outcome,
    messages.EnrolmentState,
    messages.EnrolmentHint,
    messages.Role,
    messages.Noteworthy,
    messages.ErrorCode,
)


def _sections() -> list[Section]:
    return sections(DOCUMENT)


def _section(title: str) -> Section:
    (found,) = [section for section in _sections() if section.title == title]
    return found


def _examples(topic: Topic[Any]) -> list[Any]:
    """Every example of a topic, read as the code reads it."""
    language = LANGUAGES[topic.form]
    blocks = [text for kind, text in _section(f"`{topic.template}`").blocks if kind == language]
    return [codec.decode(topic, _wire(topic, text)) for text in blocks]


def _wire(topic: Topic[Any], text: str) -> Wire:
    name = topic.name("front" if "{door}" in topic.template else "admin.alice")
    match topic.form:
        case Form.CBOR:
            return Wire(name, cbor2.dumps(_diagnostic(text)))
        case Form.JPEG:
            return Wire(name, PICTURE, _pairs(text))
        case _:
            return Wire(name, text.encode())


def _diagnostic(text: str) -> Any:
    """Read what the document uses of CBOR's diagnostic notation (RFC 8949, section 8)."""
    plain = re.sub(r"h'([0-9a-f]*)'", r'{"h": "\1"}', text)
    return json.loads(
        plain, object_hook=lambda one: bytes.fromhex(one["h"]) if set(one) == {"h"} else one
    )


def _pairs(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


# --- the table -----------------------------------------------------------------------------------


def test_the_table_holds_every_topic_just_as_the_code_has_it() -> None:
    written = _section("All topics").table

    assert written == [
        [
            f"`{topic.template}`",
            f"`{topic.bare}`" if topic.bare else "-",
            topic.writer.value,
            ", ".join(party.value for party in Party if party in topic.readers),
            str(topic.qos),
            "yes" if topic.retain else "no",
            "yes" if topic.signed else "no",
            topic.form.value,
        ]
        for topic in topics.ALL
    ]


def test_every_topic_has_one_section_and_no_other_topic_has() -> None:
    titles = [s.title.strip("`") for s in _sections() if re.fullmatch(r"`[^`]+/[^`]+`", s.title)]

    assert sorted(titles) == sorted(topic.template for topic in topics.ALL)


# --- examples ------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.template)
def test_every_example_is_a_message_of_its_topic(topic: Topic[Any]) -> None:
    for example in _examples(topic):
        again = codec.decode(topic, codec.encode(topic, example))
        assert again == example


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.template)
def test_every_form_of_a_payload_has_an_example(topic: Topic[Any]) -> None:
    shown = _examples(topic)

    if topic in UNIONS:
        assert {type(example) for example in shown} == set(get_args(get_args(UNIONS[topic])[0]))
    elif topic.form is Form.TEXT:
        words: type[Enum] = type(shown[0])
        assert set(shown) == set(words)
    else:
        assert shown


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.template)
def test_no_block_of_a_topic_is_of_another_form(topic: Topic[Any]) -> None:
    kinds = {kind for kind, _ in _section(f"`{topic.template}`").blocks}

    assert kinds == {LANGUAGES[topic.form]}


def test_signed_pictures_show_their_signature() -> None:
    for topic in (topics.ENROL_FRAME, topics.SNAPSHOT):
        ((_, text),) = _section(f"`{topic.template}`").blocks
        assert set(_pairs(text)) >= {"door", "epoch", "signature"}


def test_the_table_of_ops_names_every_field_of_every_request() -> None:
    written = {
        row[0].strip("`"): (_words(row[2]), _words(row[3]))
        for row in _section("`admin/users/{admin}`").table
    }

    expected = {}
    for model in get_args(get_args(messages.Request)[0]):
        fields = {
            one.alias or name: one for name, one in model.model_fields.items() if name != "op"
        }
        needed = {name for name, one in fields.items() if one.is_required()}
        expected[get_args(model.model_fields["op"].annotation)[0]] = (
            needed,
            set(fields) - needed,
        )
    assert written == expected


def test_the_table_of_roles_is_what_each_role_may() -> None:
    written = {row[0].strip("`"): _words(row[1]) for row in _section("Consoles").table}
    ops = {
        get_args(model.model_fields["op"].annotation)[0]
        for model in get_args(get_args(messages.Request)[0])
    }
    viewer, porter = written["viewer"], written["viewer"] | written["porter"]

    for op in ops | porter:
        assert messages.may(messages.Role.VIEWER, op) == (op in viewer)
        assert messages.may(messages.Role.PORTER, op) == (op in porter)
        assert messages.may(messages.Role.ADMINISTRATOR, op)


def _words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


# --- passes --------------------------------------------------------------------------------------


def test_the_pass_of_the_document_is_what_the_code_writes_and_reads() -> None:
    ((_, text),) = [one for one in _section("Passes").blocks if one[0] == "pass-vector"]
    vector = _pairs(text)
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"doorward/1 test vector").digest())
    number, doors, valid_from, valid_until, uses = cbor2.loads(bytes.fromhex(vector["item"]))
    expected = messages.Pass(
        id=f"p-{number.hex()}",
        doors=tuple(doors),
        valid_from=valid_from,
        valid_until=valid_until,
        uses=uses,
    )

    content = passes.from_base45(vector["text"].removeprefix("DW1:"))

    assert content[:-64] == bytes.fromhex(vector["item"])
    key.public_key().verify(content[-64:], bytes.fromhex(vector["signed"]))
    assert passes.write(expected, key) == vector["text"]
    assert passes.read(vector["text"], key.public_key()) == expected


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", CODES, ids=lambda codes: codes.__name__)
def test_every_code_stands_in_its_table_once_and_in_order(codes: type[Enum]) -> None:
    (section,) = [s for s in _sections() if s.title.startswith(f"`{codes.__name__}`")]

    assert [row[0].strip("`") for row in section.table] == [str(code.value) for code in codes]
    assert all(row[1] for row in section.table)


def test_every_enum_of_the_contract_has_a_table() -> None:
    enums = {
        one
        for one in vars(messages).values()
        if isinstance(one, type)
        and issubclass(one, Enum)
        and one.__module__.startswith(messages.__name__)
    }

    assert enums == set(CODES)


# --- signatures ----------------------------------------------------------------------------------


def _vectors() -> Iterator[tuple[Wire, dict[str, str]]]:
    for kind, text in _section("Test vector").blocks:
        if kind == "vector":
            fields = _pairs(text)
            own = {
                name.removeprefix("property "): value
                for name, value in fields.items()
                if name.startswith("property ")
            }
            envelope = {name: fields[name] for name in ("door", "epoch", "signature")}
            yield Wire(fields["topic"], bytes.fromhex(fields["payload"]), own | envelope), fields


def _vector_key() -> tuple[bytes, bytes]:
    ((_, text),) = [block for block in _section("Test vector").blocks if block[0] == "vector-key"]
    pair = _pairs(text)
    return bytes.fromhex(pair["private"]), bytes.fromhex(pair["public"])


def test_the_vectors_key_comes_from_the_seed_that_is_told() -> None:
    private, public = _vector_key()

    assert private == hashlib.sha256(b"doorward/1 test vector").digest()
    assert Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_the_test_vectors_verify_with_the_code() -> None:
    key = Ed25519PublicKey.from_public_bytes(_vector_key()[1])

    checked = 0
    for wire, fields in _vectors():
        (topic,) = [topic for topic in topics.ALL if topic.matches(wire.topic)]
        stamp = signing.verify(wire, topic, lambda _: key)
        assert (stamp.door, str(stamp.epoch)) == (fields["door"], fields["epoch"])
        codec.decode(topic, wire)
        checked += 1

    assert checked == 2


def test_the_signed_bytes_are_what_the_text_says_they_are() -> None:
    """Built here by the words of the document alone, as another client would."""
    key = Ed25519PrivateKey.from_private_bytes(_vector_key()[0])

    for wire, fields in _vectors():
        template = wire.topic.replace("front", "{door}")
        own = {k: v for k, v in wire.properties.items() if k not in {"door", "epoch", "signature"}}
        signed = b"".join(
            (
                b"\x87",
                _cbor_text("doorward/1"),
                _cbor_text("door>brain"),
                _cbor_text(template),
                _cbor_text(fields["door"]),
                bytes([int(fields["epoch"])]),
                bytes([0xA0 + len(own)]),
                b"".join(sorted(_cbor_text(name) + _cbor_text(text) for name, text in own.items())),
                _cbor_head(0x40, len(wire.payload)) + wire.payload,
            )
        )

        assert signed.hex() == fields["signed"]
        assert base64.b64encode(key.sign(signed)).decode() == fields["signature"]


def _cbor_text(text: str) -> bytes:
    return _cbor_head(0x60, len(text.encode())) + text.encode()


def _cbor_head(kind: int, size: int) -> bytes:
    return bytes([kind + size]) if size < 24 else bytes([kind + 24, size])


# --- by hand -------------------------------------------------------------------------------------


def test_the_commands_by_hand_are_requests_of_every_op(real: RealWorld, tmp_path: Path) -> None:
    watch, ask, *_ = [text for kind, text in _section("By hand").blocks if kind == "sh"]
    at = next(line for line in watch.splitlines() if line.startswith("at="))
    script = tmp_path / "by-hand.sh"
    script.write_text(f"set -e\n{at}\n{ask}\n")

    members = get_args(get_args(messages.Request)[0])

    with running(real.bus("brain.main", ["admin/users/+"])) as brain:
        subprocess.run(
            ["/bin/sh", str(script)],
            check=True,
            timeout=30,
            cwd=real.folder("admin.alice"),
            env={**os.environ, "BROKER": "127.0.0.1", "PORT": str(real.broker.staff_port)},
        )
        asked = [codec.decode(topics.REQUEST, one.wire) for one in brain.deliveries(len(members))]

    assert [type(one) for one in asked] == list(members)


def test_the_watching_by_hand_hears_a_door(real: RealWorld, tmp_path: Path) -> None:
    watch, *_ = [text for kind, text in _section("By hand").blocks if kind == "sh"]
    script = tmp_path / "watch.sh"
    script.write_text(watch.replace("mosquitto_sub", "exec mosquitto_sub -C 1 -W 20"))
    state = codec.encode(topics.LOCK_STATE, messages.LockReport.LOCKED, "front")

    with running(door := real.bus("front")):
        door.publish(state).result(5)
        heard = subprocess.run(
            ["/bin/sh", str(script)],
            check=True,
            timeout=30,
            cwd=real.folder("admin.alice"),
            env={**os.environ, "BROKER": "127.0.0.1", "PORT": str(real.broker.staff_port)},
            stdout=subprocess.PIPE,
        ).stdout

    assert heard.strip() == b"door/front/lock/state LOCKED"


# --- the document itself -------------------------------------------------------------------------


def test_every_link_within_the_document_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", s.title.lower()).replace(" ", "-") for s in _sections() if s.title
    }
    links = re.findall(r"\]\(#([^)]+)\)", DOCUMENT.read_text(encoding="utf-8"))

    assert links
    assert not {link for link in links if link not in anchors}
