"""Passes as text: what is written is read, and nothing else is believed."""

from __future__ import annotations

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from doorbus import passes, pins
from doorbus.errors import PassUnreadable
from doorbus.messages import MOST_PASS_DOORS, MOST_PASS_USES, Pass
from doorbus.signing import KeyRing

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
DOORS = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
PASSES = st.builds(
    Pass,
    id=st.from_regex(r"p-[0-9a-f]{16}", fullmatch=True),
    doors=st.lists(DOORS, max_size=MOST_PASS_DOORS).map(tuple),
    valid_from=st.integers(0, 253_402_300_799),
    valid_until=st.integers(0, 253_402_300_799),
    uses=st.integers(1, MOST_PASS_USES),
)
ONE = Pass(id="p-5f1c0a9e7b3d2468", doors=("front",), valid_from=1_000, valid_until=2_000, uses=1)


@given(PASSES)
def test_what_is_written_is_read_again_just_so(one: Pass) -> None:
    text = passes.write(one, KEY)

    assert passes.read(text, KEY.public_key()) == one
    assert len(text) <= passes.LONGEST


def test_a_pass_of_a_key_before_the_rotation_is_still_read() -> None:
    ring = KeyRing((OTHER.public_key(), KEY.public_key()))

    assert passes.read(passes.write(ONE, KEY), ring) == ONE


@given(PASSES, st.data())
def test_no_letter_of_a_pass_can_be_changed(one: Pass, data: st.DataObject) -> None:
    text = passes.write(one, KEY)
    place = data.draw(st.integers(len(passes.PREFIX), len(text) - 1))
    letter = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
    assume(text[place] != letter)

    with pytest.raises(PassUnreadable):
        passes.read(text[:place] + letter + text[place + 1 :], KEY.public_key())


@given(st.text(max_size=300))
def test_whatever_else_a_camera_reads_is_no_pass(text: str) -> None:
    with pytest.raises(PassUnreadable):
        passes.read(text, KEY.public_key())
    with pytest.raises(PassUnreadable):
        passes.read(passes.PREFIX + text, KEY.public_key())


def test_a_pass_signed_by_somebody_else_is_none() -> None:
    with pytest.raises(PassUnreadable):
        passes.read(passes.write(ONE, OTHER), KEY.public_key())


def test_a_signature_without_the_context_of_passes_counts_for_nothing() -> None:
    item = passes.from_base45(passes.write(ONE, KEY).removeprefix(passes.PREFIX))[:-64]
    bare = passes.PREFIX + passes.base45(item + KEY.sign(item))

    with pytest.raises(PassUnreadable):
        passes.read(bare, KEY.public_key())


@pytest.mark.parametrize(
    "content",
    [
        [],
        [bytes(8), ["front"], 1, 2],
        [bytes(7), ["front"], 1, 2, 1],
        [bytes(8), ["Front!"], 1, 2, 1],
        [bytes(8), ["front"], -1, 2, 1],
        [bytes(8), ["front"], 1, 2, 0],
        [bytes(8), ["front"] * 9, 1, 2, 1],
        [bytes(8), "front", 1, 2, 1],
        {"id": 1},
        7,
    ],
)
def test_a_signed_item_that_is_no_pass_is_refused(content: object) -> None:
    item = cbor2.dumps(content, canonical=True)
    signature = KEY.sign(cbor2.dumps([passes.CONTEXT, item], canonical=True))

    with pytest.raises(PassUnreadable):
        passes.read(passes.PREFIX + passes.base45(item + signature), KEY.public_key())


def test_an_error_about_a_pass_says_nothing_of_what_it_holds() -> None:
    with pytest.raises(PassUnreadable) as caught:
        passes.read(passes.write(ONE, OTHER), KEY.public_key())

    assert "5f1c" not in str(caught.value)
    assert "front" not in str(caught.value)


@given(st.binary(max_size=200))
def test_base45_goes_both_ways(data: bytes) -> None:
    assert passes.from_base45(passes.base45(data)) == data


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")]
)
def test_base45_is_that_of_the_rfc(data: bytes, text: str) -> None:
    # RFC 9285, section 4.3.
    assert passes.base45(data) == text


@pytest.mark.parametrize("text", ["A", "GGW", "::", "abc", "BB8A"])
def test_what_base45_never_writes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not base45"):
        passes.from_base45(text)


def test_a_pin_matches_its_own_hash_and_no_other() -> None:
    kept = pins.hashed("271828")

    assert len(kept) == pins.HASHED_BYTES
    assert pins.matches("271828", kept)
    assert not pins.matches("271829", kept)
    assert pins.hashed("271828") != kept
