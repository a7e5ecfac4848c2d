"""A signature holds for one message, one topic, one door, one boot and one direction."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from doorbus_strategies import messages
from hypothesis import given, settings
from hypothesis import strategies as st

from doorbus import codec, signing, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.errors import KeyMaterialError, SignatureRefused
from doorbus.signing import Stamp
from doorbus.topics import Topic

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
STAMP = Stamp("front", 7)
SIGNED = [topic for topic in topics.ALL if topic.signed]


def _key_of(door: str) -> Ed25519PublicKey | None:
    return {"front": KEY.public_key(), "back": OTHER_KEY.public_key()}.get(door)


def _frame() -> Wire:
    frame = m.EnrolFrame(jpeg=b"\xff\xd8\xff\xd9", enrolment="e-1", index=0, count=5)
    wire = codec.encode(topics.ENROL_FRAME, frame, "front")
    return signing.sign(wire, topics.ENROL_FRAME, STAMP, KEY)


def _with(wire: Wire, **properties: str) -> Wire:
    return replace(wire, properties={**wire.properties, **properties})


def _without(wire: Wire, name: str) -> Wire:
    rest = {key: text for key, text in wire.properties.items() if key != name}
    return replace(wire, properties=rest)


def _refused(wire: Wire, topic: Topic[Any] = topics.ENROL_FRAME) -> str:
    with pytest.raises(SignatureRefused) as caught:
        signing.verify(wire, topic, _key_of)
    return str(caught.value)


@given(messages(signed=True), st.integers(0, 2**53))
@settings(max_examples=150, deadline=None)
def test_what_was_signed_verifies_and_names_its_door_and_boot(
    message: tuple[Topic[Any], Any], epoch: int
) -> None:
    topic, value = message
    wire = codec.encode(topic, value, "front")

    signed = signing.sign(wire, topic, Stamp("front", epoch), KEY)

    assert signing.verify(signed, topic, _key_of) == Stamp("front", epoch)
    assert codec.decode(topic, signed) == value


@given(messages(signed=True), st.data())
@settings(max_examples=150, deadline=None)
def test_one_changed_bit_of_the_payload_is_refused(
    message: tuple[Topic[Any], Any], data: st.DataObject
) -> None:
    topic, value = message
    signed = signing.sign(codec.encode(topic, value, "front"), topic, STAMP, KEY)
    changed = bytearray(signed.payload or b"\x00")
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= 1 << data.draw(st.integers(0, 7))

    assert "does not verify" in _refused(replace(signed, payload=bytes(changed)), topic)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_one_changed_bit_of_the_signature_is_refused(data: st.DataObject) -> None:
    signed = _frame()
    raw = bytearray(base64.b64decode(signed.properties["signature"]))
    raw[data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))

    assert _refused(_with(signed, signature=base64.b64encode(raw).decode()))


@pytest.mark.parametrize("cut", [0, 1, 63])
def test_a_short_signature_is_refused(cut: int) -> None:
    raw = base64.b64decode(_frame().properties["signature"])[:cut]

    assert _refused(_with(_frame(), signature=base64.b64encode(raw).decode()))


@pytest.mark.parametrize(
    "changes",
    [{"index": "1"}, {"count": "6"}, {"enrolment": "e-2"}, {"extra": ""}, {"epoch": "8"}],
)
def test_a_changed_or_added_property_is_refused(changes: dict[str, str]) -> None:
    assert "does not verify" in _refused(_with(_frame(), **changes))


def test_a_property_taken_away_is_refused() -> None:
    assert "does not verify" in _refused(_without(_frame(), "index"))


def test_two_properties_with_their_values_exchanged_are_refused() -> None:
    assert _refused(_with(_frame(), index="5", count="0"))


def test_a_message_of_one_topic_is_none_of_another() -> None:
    answer = m.Verdict(
        visit=1, nonce="0" * 32, decision=m.Decision.GRANT, reason=m.Reason.MATCH, hold_s=5
    )
    signed = signing.sign(codec.encode(topics.VERDICT, answer, "front"), topics.VERDICT, STAMP, KEY)

    for topic in SIGNED:
        if topic is not topics.VERDICT:
            moved = replace(signed, topic=topic.name("front"))
            assert "does not verify" in _refused(moved, topic)


def test_what_a_door_says_is_nothing_the_brain_says() -> None:
    """Even under one key for both, and one name for both topics."""
    mirrored = replace(topics.ENROL_FRAME, writer=topics.Party.BRAIN)

    assert "does not verify" in _refused(_frame(), mirrored)


def test_a_message_on_the_level_of_another_door_is_refused() -> None:
    moved = replace(_frame(), topic="frames/enroll/back")

    assert "another door" in _refused(moved)


def test_a_door_cannot_speak_for_another() -> None:
    frame = _frame()
    forged = replace(_with(frame, door="back"), topic="frames/enroll/back")

    assert "does not verify" in _refused(forged)


def test_an_unknown_door_is_refused() -> None:
    forged = replace(_with(_frame(), door="side"), topic="frames/enroll/side")

    assert "not known here" in _refused(forged)


def test_the_topic_without_its_level_counts_as_the_one_with_it() -> None:
    bare = replace(_frame(), topic="frames/enroll")

    assert signing.verify(bare, topics.ENROL_FRAME, _key_of) == STAMP


@pytest.mark.parametrize("name", ["door", "epoch", "signature"])
def test_an_unsigned_message_is_refused_and_says_what_lacks(name: str) -> None:
    text = _refused(_without(_frame(), name))

    assert "unsigned" in text
    assert name in text


@pytest.mark.parametrize(
    "epoch", ["", "x", "-7", "+7", " 7", "07", "7.0", "7_0", "\u0667", "1" * 17, "9" * 5000]
)
def test_an_epoch_in_another_spelling_is_refused(epoch: str) -> None:
    assert "malformed" in _refused(_with(_frame(), epoch=epoch))


@pytest.mark.parametrize("signature", ["", "!", "é", "AAA", "A" * 10_000])
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert _refused(_with(_frame(), signature=signature))


def test_a_refusal_holds_neither_the_signature_nor_the_payload() -> None:
    text = _refused(_with(_frame(), index="4"))

    assert _frame().properties["signature"] not in text
    assert "ffd8" not in text


def test_nonces_are_of_128_bits_and_never_the_same() -> None:
    drawn = {signing.nonce() for _ in range(1000)}

    assert len(drawn) == 1000
    assert all(len(bytes.fromhex(one)) == 16 for one in drawn)


# --- key files -----------------------------------------------------------------------------------


def _pem_private(key: Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem


def _pem_public(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


def test_keys_are_read_from_their_files(tmp_path: Path) -> None:
    private, public = tmp_path / "door.key", tmp_path / "door.pub"
    private.write_bytes(_pem_private(KEY))
    public.write_bytes(_pem_public(KEY))

    read = signing.load_private_key(private)

    assert read.private_bytes_raw() == b"k" * 32
    assert (
        signing.load_public_key(public).public_bytes_raw() == read.public_key().public_bytes_raw()
    )


@pytest.mark.parametrize("content", [None, b"", b"nope", "ec", "encrypted"])
@pytest.mark.parametrize("kind", ["private", "public"])
def test_an_unusable_key_file_is_named_with_what_to_do(
    tmp_path: Path, kind: str, content: bytes | str | None
) -> None:
    path = tmp_path / "some.key"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "ec":
        key = generate_private_key(SECP256R1())
        path.write_bytes(_pem_private(key) if kind == "private" else _pem_public(key))
    elif content == "encrypted":
        path.write_bytes(
            KEY.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"secret"),
            )
        )
    load = signing.load_private_key if kind == "private" else signing.load_public_key

    with pytest.raises(KeyMaterialError) as caught:
        load(path)

    assert str(path) in str(caught.value)
    assert "doorctl" in str(caught.value)


def _pem(*keys: Ed25519PrivateKey) -> str:
    return "".join(
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        for key in keys
    )


@pytest.mark.parametrize("signer", [KEY, OTHER_KEY], ids=["first", "second"])
def test_each_key_of_a_ring_is_as_good_as_the_other(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    file = tmp_path / "brain.pub"
    file.write_text(_pem(KEY, OTHER_KEY))
    ring = signing.load_key_ring(file)

    ring.verify(signer.sign(b"said"), b"said")

    with pytest.raises(InvalidSignature):
        ring.verify(signer.sign(b"said"), b"other")
    with pytest.raises(InvalidSignature):
        ring.verify(Ed25519PrivateKey.generate().sign(b"said"), b"said")


def test_a_ring_of_one_key_is_what_a_public_key_file_is(tmp_path: Path) -> None:
    file = tmp_path / "brain.pub"
    file.write_text(_pem(KEY))

    assert signing.load_key_ring(file).keys == (signing.load_public_key(file),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        _pem(KEY) + "rubbish",
        "rubbish\n" + _pem(KEY),
        _pem(*[KEY] * (signing.MOST_KEYS + 1)),
        _pem(KEY)[:-30],
        _pem(KEY).replace("M", "N"),
    ],
    ids=["empty", "rubbish", "rubbish after", "rubbish before", "too many", "cut", "broken"],
)
def test_a_ring_with_anything_but_keys_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "brain.pub"
    file.write_text(text)

    with pytest.raises(KeyMaterialError, match=r"brain\.pub"):
        signing.load_key_ring(file)
