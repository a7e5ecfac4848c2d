"""Where do the site's keys lie, and how are they read?

A key file holds two lines, the second one 32 bytes in hexadecimal:

    doorward key 1
    0f1e...

or, locked by a passphrase, which is asked for at every start:

    doorward locked key 1
    scrypt 17 8 1 <salt> <sealed key>

scrypt is RFC 7914 with N = 2**17, r = 8, p = 1: 128 MB and some tenths of a second for each guess.
A file that lies open on the disk keeps nothing from whoever takes that disk. What does: a locked
file; systemd's encrypted credentials, `site: $CREDENTIALS_DIRECTORY/site.key` in the configuration
with `LoadCredentialEncrypted=site.key:...` in the unit; a disk that is encrypted as a whole.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from brain.adapters.vault_aesgcm import KEY_BYTES, Key, Place, new_secret
from brain.adapters.vault_site import SiteKeys
from brain.errors import VaultError
from doorbus.errors import KeyMaterialError

OPEN: Final = "doorward key 1"
LOCKED: Final = "doorward locked key 1"
SALT_BYTES: Final = 16
LEAST_PASSPHRASE: Final = 8
"""Characters."""

_COST: Final = (17, 8, 1)
"""Of scrypt: the logarithm of N, r, p."""

_MOST: Final = (20, 16, 4)
"""What a file may ask for at most: 2 GB."""

_PLACE: Final = Place("site", "locked key")

Ask = Callable[[str], str]
"""Asks for a passphrase with these words."""

_log = structlog.get_logger()


def open_site(site: Path, audit: Path, ask: Ask, *, new: bool) -> SiteKeys:
    """Read the two keys of a site; make those that are missing where nothing needs them yet.

    Args:
        site: file of the site key.
        audit: file of the audit key.
        ask: called for each file that is locked.
        new: whether the database knows no keys yet.

    Raises:
        KeyMaterialError: see `load` and `make`.
    """
    for path, keeps in ((site, "opens what is kept of residents"), (audit, "checks the audit")):
        if new and not path.exists():
            make(path)
            _log.warning(
                f"a key was made that {keeps}; copy it to a safe place: without it nothing does, "
                "and whoever takes a disk that it lies on can do so too",
                file=str(path),
            )
    return SiteKeys(load(site, ask), load(audit, ask))


def make(path: Path) -> None:
    """Make a new key in a new file that only its owner may read.

    Raises:
        KeyMaterialError: there is a file already, or the disk refuses.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path, f"{OPEN}\n{new_secret().hex()}\n")
    except OSError as error:
        raise KeyMaterialError(
            f"{path}: a key cannot be made there ({error.strerror}); make the folder writable, or "
            "name another file in the brain's configuration under `keys`"
        ) from None


def lock(path: Path, passphrase: str) -> None:
    """Put the key of a file under a passphrase, in place.

    Raises:
        KeyMaterialError: no key, or locked already, or the passphrase is too short.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise KeyMaterialError(
            f"{path}: a passphrase needs {LEAST_PASSPHRASE} characters, better six random words"
        )
    kind, rest = _read(path)
    if kind == LOCKED:
        raise KeyMaterialError(f"{path}: locked already; make sure that you know its passphrase")
    salt = os.urandom(SALT_BYTES)
    sealed = Key(_stretched(passphrase, salt, _COST)).seal(_key(path, rest), _PLACE)
    cost = " ".join(map(str, _COST))
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        _create(draft, f"{LOCKED}\nscrypt {cost} {salt.hex()} {sealed.hex()}\n")
        with path.open("r+b") as old:
            draft.replace(path)
            # What lay open goes as far as the disk lets it go.
            old.write(b"\0" * os.fstat(old.fileno()).st_size)
            old.flush()
            os.fsync(old.fileno())
    except OSError as error:
        raise KeyMaterialError(
            f"{path}: cannot be written ({error.strerror}); look at the disk's space and rights"
        ) from None


def load(path: Path, ask: Ask) -> bytes:
    """Read a key, asking for the passphrase where the file is locked.

    Args:
        path: the file.
        ask: called at most once.

    Raises:
        KeyMaterialError: missing, damaged, readable for everybody, or not of this passphrase.
    """
    kind, rest = _read(path)
    if kind == OPEN:
        return _key(path, rest)
    salt, cost, sealed = _lock_of(path, rest)
    try:
        key = Key(_stretched(ask(f"passphrase of {path}: "), salt, cost))
        return key.open(sealed, _PLACE)
    except VaultError:
        raise KeyMaterialError(f"{path}: this is not its passphrase; start again") from None


def is_locked(path: Path) -> bool:
    """Whether a passphrase has to be asked for. Raises `KeyMaterialError`."""
    return _read(path)[0] == LOCKED


def _read(path: Path) -> tuple[str, str]:
    """First line and the rest of a key file."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise KeyMaterialError(
            f"{path}: the key cannot be read ({why}); put the site's own key file there from "
            "where you keep its copy: what was sealed under it opens with no other"
        ) from None
    if stat.S_IMODE(mode) & 0o007:
        raise KeyMaterialError(f"{path}: everybody may read this key; do: chmod 600 {path}")
    kind, _, rest = text.partition("\n")
    if kind not in {OPEN, LOCKED}:
        raise _damaged(path)
    return kind, rest.strip()


def _key(path: Path, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise _damaged(path) from None
    if len(key) != KEY_BYTES:
        raise _damaged(path)
    return key


def _lock_of(path: Path, text: str) -> tuple[bytes, tuple[int, int, int], bytes]:
    try:
        scrypt, n, r, p, salt, sealed = text.split(" ")
        cost = (int(n), int(r), int(p))
        found = bytes.fromhex(salt), cost, bytes.fromhex(sealed)
    except ValueError:
        raise _damaged(path) from None
    sane = all(1 <= own <= most for own, most in zip(cost, _MOST, strict=True))
    if scrypt != "scrypt" or not sane:
        raise _damaged(path)
    return found


def _stretched(passphrase: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    # The same letters, however a keyboard composes them.
    text = unicodedata.normalize("NFC", passphrase)
    n, r, p = cost
    return Scrypt(salt=salt, length=KEY_BYTES, n=2**n, r=r, p=p).derive(text.encode())


def _damaged(path: Path) -> KeyMaterialError:
    return KeyMaterialError(
        f"{path}: not a key file of Doorward ({OPEN!r} stands first in one), or damaged; put the "
        "site's own key file there from where you keep its copy"
    )


def _create(path: Path, text: str) -> None:
    """Write a new file, on the disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
