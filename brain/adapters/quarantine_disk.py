"""Where do samples of poison messages lie?

Each in a file of its own, sealed under the site's key, for faces may be in it. The oldest go first:
when there are too many, too large together, or too old.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from brain.adapters.vault_aesgcm import Key, Place
from brain.errors import FrameStoreError, VaultError
from brain.ports import Specimen

MOST_FILES = 50
MOST_BYTES = 16 << 20
MOST_AGE_S = 7 * 86_400.0
LARGEST = 2 << 20
"""Bytes of one; the rest of a longer message is cut off."""

SUFFIX = ".sample"


class SealedSamples:
    """The `SampleStore` port in a folder.

    Args:
        folder: made with the first sample.
        key: seals them.
        wall: seconds since 1970, for their age.
    """

    def __init__(self, folder: Path, key: Key, wall: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._key = key
        self._wall = wall

    def keep(self, kind: tuple[str, str, str], message: bytes) -> None:
        """Keep one, and drop the oldest beyond the limits. Raises `FrameStoreError`."""
        name = f"{int(self._wall() * 1000):014d}-{os.urandom(4).hex()}"
        plain = json.dumps(kind).encode() + b"\n" + message[:LARGEST]
        sealed = self._key.seal(plain, _place(name))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._folder / f".{name}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(sealed)
            draft.rename(self._folder / f"{name}{SUFFIX}")
            self._bound()
        except OSError as error:
            raise self._trouble(error) from None

    def clear(self) -> None:
        """Delete all. Raises `FrameStoreError`."""
        try:
            for path in self._folder.glob("*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._trouble(error) from None

    def names(self) -> list[str]:
        """Every sample, oldest first; a name begins with milliseconds since 1970."""
        return sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}"))

    def read(self, name: str) -> Specimen:
        """One sample. Raises `FrameStoreError`."""
        try:
            plain = self._key.open((self._folder / f"{name}{SUFFIX}").read_bytes(), _place(name))
        except OSError as error:
            raise self._trouble(error) from None
        except VaultError as error:
            raise FrameStoreError(f"{self._folder}: {error}; delete it") from None
        head, _, message = plain.partition(b"\n")
        topic, door, reason = json.loads(head)
        return Specimen(topic, door, reason, message)

    def _bound(self) -> None:
        oldest = self._wall() - MOST_AGE_S
        kept = size = 0
        for name in reversed(self.names()):
            path = self._folder / f"{name}{SUFFIX}"
            with suppress(FileNotFoundError):
                kept += 1
                size += path.stat().st_size
                late = int(name.partition("-")[0]) / 1000 < oldest
                if kept > MOST_FILES or size > MOST_BYTES or late:
                    path.unlink()
        for draft in self._folder.glob(".*"):
            draft.unlink(missing_ok=True)  # of a brain that was killed

    def _trouble(self, error: OSError) -> FrameStoreError:
        return FrameStoreError(
            f"{self._folder}: samples of poison messages cannot be kept or read "
            f"({error.strerror}); look at the disk's space and rights"
        )


def _place(name: str) -> Place:
    return Place("site", "poison", name)
