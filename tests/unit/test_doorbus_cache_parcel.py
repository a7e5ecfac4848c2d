"""A cache is the brain's word for one door, and nobody else's, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from doorbus import cache_parcel
from doorbus.cache_parcel import Parcel
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import (
    PART_BYTES,
    CachedLife,
    CachedMatching,
    CachedResident,
    CachedRule,
    CacheTerms,
    Schedule,
)
from doorbus.messages.schedules import Window
from doorbus.signing import KeyRing

BRAIN = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
DOOR_HALF = X25519PrivateKey.generate()
MATCHING = CachedMatching(
    threshold=0.46,
    margin=0.05,
    floor=0.19,
    agreement=0.75,
    least_crops=5,
    coherence=0.35,
    stray=0.6,
    rival=0.1,
    movement=0.0035,
)
LIFE = CachedLife(policies=("standard",), required=())


def resident(number: int) -> CachedResident:
    return CachedResident(
        salt=bytes([number]) * 16,
        id=f"r-{number}",
        template=bytes(256),
        rules=(CachedRule(permits=True, schedule="work", until=2e9),),
        pin=bytes(48),
    )


def sealed(count: int = 2, door: str = "front", key: Ed25519PrivateKey = BRAIN) -> Parcel:
    records = [cache_parcel.record(resident(number)) for number in range(count)]
    terms = CacheTerms(
        door=door,
        version=7,
        made_at=1.7e9,
        hours=24,
        encoder="sface+1",
        dimensions=128,
        matching=MATCHING,
        life=LIFE,
        hold_s=5,
        timezone="Europe/Berlin",
        holidays=("2026-12-25",),
        schedules=(
            Schedule(name="work", windows=(Window(days=("mon",), start="08:00", end="18:00"),)),
        ),
        residents=tuple(cache_parcel.digest(one) for one in records),
    )
    return cache_parcel.seal(terms, records, key)


def test_what_was_sealed_comes_out_as_it_was() -> None:
    data = cache_parcel.encrypted(sealed(), DOOR_HALF.public_key().public_bytes_raw())

    opened = cache_parcel.opened(
        cache_parcel.decrypted(data, DOOR_HALF), "front", BRAIN.public_key()
    )

    assert opened.terms.version == 7
    assert list(opened.residents.values()) == [resident(0), resident(1)]
    assert opened.terms.schedules[0].windows[0].end == "18:00"


def test_another_door_cannot_read_it() -> None:
    data = cache_parcel.encrypted(sealed(), DOOR_HALF.public_key().public_bytes_raw())

    with pytest.raises(MessageError, match="does not open"):
        cache_parcel.decrypted(data, X25519PrivateKey.generate())


@pytest.mark.parametrize(
    "parcel",
    [
        pytest.param(sealed(key=OTHER), id="forged"),
        pytest.param(sealed(door="back"), id="for another door"),
        pytest.param(replace(sealed(), signature=bytes(64)), id="unsigned"),
        pytest.param(replace(sealed(), terms=sealed().terms[:-1]), id="cut off"),
    ],
)
def test_what_the_brain_did_not_sign_for_this_door_is_refused(parcel: Parcel) -> None:
    with pytest.raises(SignatureRefused):
        cache_parcel.opened(parcel, "front", BRAIN.public_key())


def test_a_resident_whom_the_brain_did_not_name_is_refused() -> None:
    parcel = sealed()
    added = replace(parcel, records=(*parcel.records, cache_parcel.record(resident(9))))

    with pytest.raises(SignatureRefused, match="did not sign for"):
        cache_parcel.opened(added, "front", BRAIN.public_key())


def test_a_door_can_erase_a_resident_and_the_rest_still_counts() -> None:
    parcel = sealed()

    left = cache_parcel.opened(parcel.without(parcel.records[0]), "front", BRAIN.public_key())

    assert [one.id for one in left.residents.values()] == ["r-1"]


def test_while_the_brains_key_is_rotated_either_counts_and_they_are_told_apart() -> None:
    ring = KeyRing((BRAIN.public_key(), OTHER.public_key()))

    old = cache_parcel.opened(sealed(), "front", ring)
    new = cache_parcel.opened(sealed(key=OTHER), "front", ring)

    assert old.signer != new.signer


@given(st.data())
def test_damaged_anywhere_it_does_not_open(data: st.DataObject) -> None:
    whole = cache_parcel.encrypted(sealed(), DOOR_HALF.public_key().public_bytes_raw())
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    damaged = bytearray(whole)
    damaged[place] ^= 1 << bit

    # The highest bit of X25519's last byte does not count (RFC 7748, section 5), but the halves are
    # part of what the key is made of.
    with pytest.raises(MessageError):
        cache_parcel.decrypted(bytes(damaged), DOOR_HALF)


@given(st.integers(0, 200))
def test_cut_off_anywhere_it_does_not_open(missing: int) -> None:
    whole = cache_parcel.encrypted(sealed(), DOOR_HALF.public_key().public_bytes_raw())

    with pytest.raises(MessageError):
        cache_parcel.decrypted(whole[: len(whole) - 1 - missing], DOOR_HALF)


@given(st.binary(max_size=200))
def test_nonsense_is_a_message_error(data: bytes) -> None:
    with pytest.raises(MessageError):
        cache_parcel.unpacked(data)


def test_a_signed_cache_that_is_none_is_told_by_its_fields() -> None:
    terms = cbor2.dumps({"door": "front", "version": "seven"})
    said = cbor2.dumps([cache_parcel.PURPOSE, "front", terms], canonical=True)

    with pytest.raises(MessageError, match="version"):
        cache_parcel.opened(Parcel(terms, BRAIN.sign(said), ()), "front", BRAIN.public_key())


def test_a_large_parcel_goes_in_parts_below_a_megabyte_and_comes_together() -> None:
    data = bytes(range(256)) * 10_000

    parts = cache_parcel.parts(3, data)

    assert [part.part for part in parts] == [0, 1, 2]
    assert all(len(part.content) <= PART_BYTES for part in parts)
    assert b"".join(part.content for part in parts) == data


def test_what_is_too_large_to_send_is_said_so() -> None:
    with pytest.raises(MessageError, match="at most"):
        cache_parcel.parts(3, bytes(33 * PART_BYTES))
