"""How are pictures on the door's own disk kept from whoever takes the disk?

With AES-256-GCM, a random nonce for each, under a key that HKDF-SHA256 (RFC 5869) makes of the
door's private signing key, bound to what stands about the picture in its file.

What that is worth: whoever takes the card with `door.key` on it can open what waits there, which is
at most one enrolment that the brain has not confirmed, for as long as the brain is away. A copy of
the spool alone, a worn-out card's hidden blocks and, once the door has another key, everything from
before show nothing. To keep pictures from a thief of the card, keep `door.key` off it: a credential
of systemd's, sealed to the board (`LoadCredentialEncrypted=door.key:...` in the unit and `door:
/run/credentials/doorward-edge.service/door.key` in `edge.yaml`). Sealing to a key of the brain's
would keep them from the door too, but the contract says JPEG on the bus, for any viewer.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import SealError

_PURPOSE = b"doorward/spool/1 seal pictures"
_NONCE_BYTES = 12


class PictureSeal:
    """Seals and opens the pictures of one door.

    Args of the constructor:
        door_key: the door's private key; another one opens nothing that was sealed before.
    """

    def __init__(self, door_key: Ed25519PrivateKey) -> None:
        secret = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(door_key.private_bytes_raw())
        self._aead = AESGCM(secret)

    def seal(self, picture: bytes, about: bytes) -> bytes:
        """Encrypt a picture; `about` stays readable beside it and may not change either."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, picture, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Decrypt a picture.

        Raises:
            SealError: damaged, or sealed under another key of the door.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, rest, about)
        except (InvalidTag, ValueError):
            raise SealError(
                "a picture in the spool does not open: it is damaged, or of another key of this "
                "door; the brain asks for it again"
            ) from None
