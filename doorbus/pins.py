"""How is a PIN kept so that whoever reads it there has work to do?

scrypt (RFC 7914) with a salt of its own, for brain and doors alike. A PIN of few digits can be
guessed from any hash, however slow: what keeps it is the seal around it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

COST: Final = 2**14
"""scrypt's N: with 8 blocks, 16 MiB and some tens of milliseconds a guess."""

_BLOCKS: Final = 8
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32

HASHED_BYTES: Final = _SALT_BYTES + _HASH_BYTES


def hashed(pin: str) -> bytes:
    """Salt and hash of a PIN, `HASHED_BYTES` long; another one each time."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return salt + _hash(pin, salt)


def matches(pin: str, kept: bytes) -> bool:
    """Whether `kept` was made of this PIN; takes the same time either way."""
    salt, made = kept[:_SALT_BYTES], kept[_SALT_BYTES:]
    return hmac.compare_digest(_hash(pin, salt), made)


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=COST, r=_BLOCKS, p=1, maxmem=2**26, dklen=_HASH_BYTES
    )
