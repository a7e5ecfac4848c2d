"""How is one record sealed, so that only its key opens it, and only in its own place?

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits for every record. A resident's key
seals some hundred records in a lifetime, and the site's key as many keys as there were residents,
far from the 2**32 up to which random nonces are safe. A sealed record is

    1 byte: 1, the version of this format | 12 bytes: nonce | ciphertext | 16 bytes: tag

and is bound to a `Place` (whose, of what kind, which): moved anywhere else, it does not open.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from brain.errors import VaultError

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"
_CONTEXT = b"doorward/vault/1"
_long = struct.Struct(">I").pack


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record belongs.

    Attributes:
        owner: opaque id of the resident.
        kind: such as `name`, `templates`, `frame`.
        record: which of them; empty where there is one.
    """

    owner: str
    kind: str
    record: str = ""

    def __str__(self) -> str:
        which = f" {self.record}" if self.record else ""
        return f"{self.kind}{which} of {self.owner}"


class Key:
    """Seals and opens records; safe to use from several threads.

    Args:
        secret: 32 bytes.
    """

    __slots__ = ("_aead",)

    def __init__(self, secret: bytes) -> None:
        self._aead = AESGCM(secret)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypt a record for its place."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._aead.encrypt(nonce, plain, _bound(place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Decrypt a record found in its place.

        Raises:
            VaultError: damaged, of another key or place, or of a newer Doorward.
        """
        if sealed[:1] != VERSION:
            raise VaultError(
                f"{place}: not sealed as this Doorward seals; it is damaged or of a newer release"
            )
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, rest, _bound(place))
        except (InvalidTag, ValueError):
            raise VaultError(
                f"{place}: cannot be opened; it is damaged, moved, or sealed under another key"
            ) from None


def new_secret() -> bytes:
    """A fresh key's 32 bytes."""
    return os.urandom(KEY_BYTES)


def _bound(place: Place) -> bytes:
    """What the tag covers besides the record, without two places alike."""
    owner, kind, record = place.owner.encode(), place.kind.encode(), place.record.encode()
    # Written out, since a start opens two records of every resident.
    return b"".join(
        (_CONTEXT, _long(len(owner)), owner, _long(len(kind)), kind, _long(len(record)), record)
    )
