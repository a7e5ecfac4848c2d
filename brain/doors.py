"""Which doors are known? Those whose public key lies in the folder, at this moment."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from doorbus.errors import KeyMaterialError
from doorbus.signing import load_public_key

NEXT = ".next"
_NAME = re.compile(r"[a-z0-9-]{1,32}(\.next)?")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DoorKey:
    """A door's public key, and the SHA-256 of it in hexadecimal."""

    public: Ed25519PublicKey
    fingerprint: str


class KnownDoors:
    """The doors' public keys, `<door>.pub` in a folder that may change while the brain runs.

    While a door's key is being rotated its next one lies beside, `<door>.next.pub`. Both count, so
    that the door may change over whenever it likes, until it has signed with the next one: from
    then on that one alone does, whatever still lies in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, DoorKey] = {}
        self._next: dict[str, DoorKey] = {}
        self._taken_over: dict[str, DoorKey] = {}
        self._seen: dict[str, tuple[int, int, int]] = {}

    def __contains__(self, door: str) -> bool:
        return door in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def names(self) -> frozenset[str]:
        """Every known door."""
        return frozenset(self._keys)

    def key(self, door: str) -> Ed25519PublicKey | None:
        """The key that a door signs with; None for an unknown door."""
        known = self._keys.get(door)
        return None if known is None else known.public

    def next_key(self, door: str) -> Ed25519PublicKey | None:
        """The key that a known door will sign with; None where none is to come."""
        coming = self._next.get(door)
        return None if coming is None else coming.public

    def next_fingerprint(self, door: str) -> str | None:
        """SHA-256 of the key to come, in hexadecimal; None where none is to come."""
        coming = self._next.get(door)
        return None if coming is None else coming.fingerprint

    def take_over(self, door: str) -> None:
        """From now on the key to come is a door's key, and the one before counts no more."""
        self._keys[door] = self._taken_over[door] = self._next.pop(door)

    def fingerprint(self, door: str) -> str:
        """SHA-256 of a known door's key, in hexadecimal."""
        return self._keys[door].fingerprint

    def scan(self) -> bool:
        """Look at the folder; True where something changed.

        A file that is no key is logged and its door unknown; a folder that cannot be read knows
        nobody.
        """
        try:
            files = {path.stem: path for path in self._folder.iterdir() if path.suffix == ".pub"}
        except FileNotFoundError:
            files = {}
        except OSError as error:
            _log.error("the doors' keys cannot be read", folder=str(self._folder), why=str(error))
            return False
        looks = {name: _look(path) for name, path in files.items() if _NAME.fullmatch(name)}
        seen = {name: look for name, look in looks.items() if look is not None}
        if seen == self._seen:
            return False
        self._seen = seen
        keys = {name: key for name in sorted(seen) if (key := _load(files[name]))}
        self._keys = {name: key for name, key in keys.items() if not name.endswith(NEXT)}
        self._next = {
            name: key for name in self._keys if (key := keys.get(f"{name}{NEXT}")) is not None
        }
        for door, key in self._next.copy().items():
            if key == self._taken_over.get(door):
                self.take_over(door)
        _log.info("known doors", doors=sorted(self._keys))
        return True


def _look(path: Path) -> tuple[int, int, int] | None:
    """What tells this file from another; None for one that is gone, or a link to nowhere."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _load(path: Path) -> DoorKey | None:
    try:
        public = load_public_key(path)
    except KeyMaterialError as error:
        _log.error("a door stays unknown", why=str(error))
        return None
    return DoorKey(public, hashlib.sha256(public.public_bytes_raw()).hexdigest())
