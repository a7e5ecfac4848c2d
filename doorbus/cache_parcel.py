"""How does a door's cache travel and lie: signed by the brain, and readable for that door alone?

A parcel is terms, the brain's signature over them, and a record for each resident, whose SHA-256
stands in the terms. So a door can erase a record, and what is left is still the brain's word.

On the way it is encrypted under a key that both sides agree on (X25519, RFC 7748; HKDF-SHA256, RFC
5869; AES-256-GCM): the door's half is made for one boot and kept in memory, the brain's for one
parcel. The message that brings the door's half, and the parts that bring the parcel, are signed as
everything is. The broker holds nothing that shows a face.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import ValidationError

from doorbus import codec
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import (
    MOST_PARTS,
    PART_BYTES,
    CachedResident,
    CachePart,
    CacheTerms,
)
from doorbus.signing import KeyRing, Verifier

PURPOSE = "doorward/cache/1"
BEAT_EVERY = 256
"""Residents that are read at once."""

_HALF, _NONCE = 32, 12


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A cache as the brain signed it.

    Attributes:
        terms: CBOR of `CacheTerms`, byte for byte.
        signature: the brain's, over purpose, door and terms.
        records: CBOR of a `CachedResident` each, in any order; a door may erase some.
    """

    terms: bytes
    signature: bytes
    records: tuple[bytes, ...]

    def packed(self) -> bytes:
        """As bytes, for disk or wire."""
        fields = {
            "terms": self.terms,
            "signature": self.signature,
            "records": list(self.records),
        }
        return cbor2.dumps(fields)

    def without(self, record: bytes) -> Parcel:
        """The same with one record erased."""
        return replace(self, records=tuple(one for one in self.records if one != record))


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A parcel whose signature verified.

    Attributes:
        terms: what holds.
        residents: those whose records are there, by record.
        signer: SHA-256 of the brain's key that signed it, in hexadecimal.
    """

    terms: CacheTerms
    residents: Mapping[bytes, CachedResident]
    signer: str


def record(resident: CachedResident) -> bytes:
    """One resident as bytes."""
    return cbor2.dumps(resident.model_dump(exclude_none=True))


def seal(terms: CacheTerms, records: Sequence[bytes], key: Ed25519PrivateKey) -> Parcel:
    """Sign a cache.

    Args:
        terms: with the hash (`digest`) of each record.
        records: those.
        key: the brain's signing key.
    """
    said = cbor2.dumps(terms.model_dump(exclude_none=True))
    return Parcel(said, key.sign(_signed(terms.door, said)), tuple(records))


def digest(one: bytes) -> bytes:
    """What stands for a record in the terms."""
    return hashlib.sha256(one).digest()


def opened(
    parcel: Parcel, door: str, brain: Verifier, beat: Callable[[], None] = lambda: None
) -> Opened:
    """Check a parcel and read it.

    Args:
        parcel: as it came, or lay.
        door: whose it must be.
        brain: the brain's keys.
        beat: called now and then, since many residents take their time on a small board.

    Raises:
        SignatureRefused: the brain did not sign these terms for this door, or a record is not one
            that they name.
        MessageError: signed, and not of the contract.
    """
    signer = _signer(parcel, door, brain)
    try:
        terms = CacheTerms.model_validate(codec.read_cbor(parcel.terms))
        named = frozenset(terms.residents)
        residents = {}
        for number, one in enumerate(parcel.records):
            if number % BEAT_EVERY == 0:
                beat()
            if digest(one) not in named:
                raise SignatureRefused("a cache with a resident whom the brain did not sign for")
            residents[one] = CachedResident.model_validate(codec.read_cbor(one))
    except ValidationError as error:
        raise MessageError(f"a cache: {codec.explain(error)}") from None
    except (ValueError, cbor2.CBORError) as error:
        raise MessageError(f"a cache that cannot be read ({type(error).__name__})") from None
    if terms.door != door:
        raise SignatureRefused("a cache for another door")
    return Opened(terms, residents, signer)


def unpacked(data: bytes) -> Parcel:
    """What `Parcel.packed` made. Raises `MessageError`."""
    try:
        fields: Any = codec.read_cbor(data)
        terms, signature, records = fields["terms"], fields["signature"], fields["records"]
    except (ValueError, KeyError, TypeError, cbor2.CBORError) as error:
        raise MessageError(f"a cache that cannot be read ({type(error).__name__})") from None
    whole = isinstance(records, tuple) and isinstance(terms, bytes)
    if not whole or not all(isinstance(one, bytes) for one in (signature, *records)):
        raise MessageError("a cache of other parts than it should have")
    return Parcel(terms, signature, records)


def encrypted(parcel: Parcel, door_half: bytes) -> bytes:
    """A parcel for whoever holds the other half of this X25519 public key (32 bytes).

    Raises:
        MessageError: it is no such key.
    """
    own = X25519PrivateKey.generate()
    half, nonce = own.public_key().public_bytes_raw(), os.urandom(_NONCE)
    aead = _agreed(own, door_half, door_half + half)
    return half + nonce + aead.encrypt(nonce, parcel.packed(), None)


def decrypted(data: bytes, own: X25519PrivateKey) -> Parcel:
    """What `encrypted` made for this key. Raises `MessageError`."""
    half, nonce = data[:_HALF], data[_HALF : _HALF + _NONCE]
    aead = _agreed(own, half, own.public_key().public_bytes_raw() + half)
    try:
        return unpacked(aead.decrypt(nonce, data[_HALF + _NONCE :], None))
    except (InvalidTag, ValueError):
        raise MessageError("a cache that does not open: damaged, or cut off") from None


def parts(version: int, data: bytes) -> list[CachePart]:
    """Cut an encrypted parcel into messages.

    Raises:
        MessageError: it is too large for `MOST_PARTS`.
    """
    pieces = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    if len(pieces) > MOST_PARTS:
        raise MessageError(
            f"a cache of {len(data):,} bytes, at most {MOST_PARTS * PART_BYTES:,} can be sent"
        )
    return [
        CachePart(version=version, part=number, parts=len(pieces), content=piece)
        for number, piece in enumerate(pieces)
    ]


def _signed(door: str, terms: bytes) -> bytes:
    return cbor2.dumps([PURPOSE, door, terms], canonical=True)


def _signer(parcel: Parcel, door: str, brain: Verifier) -> str:
    """The fingerprint of the key that signed it. Raises `SignatureRefused`."""
    said = _signed(door, parcel.terms)
    keys = brain.keys if isinstance(brain, KeyRing) else (brain,)
    for key in keys:
        try:
            key.verify(parcel.signature, said)
        except InvalidSignature:
            continue
        raw = key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else b""
        return hashlib.sha256(raw).hexdigest()
    raise SignatureRefused("a cache that the brain did not sign for this door")


def _agreed(own: X25519PrivateKey, other: bytes, halves: bytes) -> AESGCM:
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise MessageError("a cache, or a request for one, with a key that is none") from None
    info = PURPOSE.encode() + halves
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(shared))
