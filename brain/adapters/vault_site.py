"""What hangs from the keys of a site: residents' keys, the look-up of cards, the audit's chain?

    site key ── HKDF-SHA256 (RFC 5869) ─┬─ wraps each resident's key, which seals what is theirs
                                        ├─ makes the codes by which cards are looked up
                                        ├─ makes those by which PINs that open alone are
                                        ├─ signs manifests of backups
                                        ├─ seals samples of messages that broke something
                                        └─ makes the site's id, which is no secret
    audit key ─────────────────────────── chains the audit

The wrapped key of a resident lies once, in their row of the database. Deleting it destroys what it
sealed, wherever copies of that lie, but for copies of the row: a backup holds it until the backup
is deleted.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from brain.adapters.vault_aesgcm import KEY_BYTES, Key, Place, new_secret

_WRAPPED: Final = "key"


class SiteKeys:
    """The keys of a site; safe to use from several threads.

    Args of the constructor:
        site: 32 bytes; with them everything that is sealed can be opened.
        audit: 32 bytes; with them an audit can be checked, and written anew.

    Attributes:
        audit: the audit's key.
        samples: seals samples of messages that broke something.
        site_id: tells sites apart; 16 hexadecimal digits, no secret.
        audit_id: tells audit keys apart; the same.
    """

    def __init__(self, site: bytes, audit: bytes) -> None:
        self._wrapping = Key(_derived(site, "wrap residents' keys"))
        self._cards = _derived(site, "look up cards")
        self._pins = _derived(site, "look up PINs")
        self._backups = _derived(site, "sign backups")
        self.samples = Key(_derived(site, "seal poison"))
        self.audit = audit
        self.site_id = _derived(site, "name the site").hex()[:16]
        self.audit_id = _derived(audit, "name the audit").hex()[:16]

    def __repr__(self) -> str:
        return f"SiteKeys(site_id={self.site_id!r})"

    def card_code(self, card: str) -> str:
        """By what a card is looked up: 64 hexadecimal digits that mean nothing without the key."""
        return hmac.digest(self._cards, card.encode(), hashlib.sha256).hex()

    def pin_code(self, pin: str) -> str:
        """By what a PIN that opens alone is looked up: as for cards, and never equal to theirs."""
        return hmac.digest(self._pins, pin.encode(), hashlib.sha256).hex()

    def backup_code(self, manifest: bytes) -> str:
        """What shows that a manifest was written with this site's key."""
        return hmac.digest(self._backups, manifest, hashlib.sha256).hex()

    def new_key(self, resident: str) -> tuple[Key, bytes]:
        """Make a resident's key; itself, and wrapped for the database."""
        secret = new_secret()
        return Key(secret), self._wrapping.seal(secret, Place(resident, _WRAPPED))

    def key(self, resident: str, wrapped: bytes) -> Key:
        """Unwrap a resident's key. Raises `VaultError`."""
        return Key(self._wrapping.open(wrapped, Place(resident, _WRAPPED)))


def _derived(secret: bytes, purpose: str) -> bytes:
    info = f"doorward/site/1 {purpose}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret)
