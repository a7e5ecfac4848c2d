"""How do enrolment pictures lie on the disk so that only their resident's key shows them?

Each lies sealed in `<enrolment>/<index>.sealed`. Folders of releases before had plain `.jpg` files;
`start` seals them, one by one, and may be killed at any moment and begin again.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import structlog

from brain.adapters.frames_disk import DiskFrames
from brain.adapters.vault_aesgcm import Key, Place
from brain.errors import FrameStoreError, StoreError, VaultError

MOST_KEYS = 16
"""Enrolments whose keys are kept at hand."""

KeyOf = Callable[[str], tuple[str, Key] | None]
"""Finds the resident of an enrolment and their key, from any thread; None where there is none."""

_log = structlog.get_logger()


class SealedFrames:
    """The `FrameStore` port in a folder, each picture under the key of its resident.

    Args of the constructor:
        folder: made at start where it is missing.
        key_of: see there.
    """

    def __init__(self, folder: Path, key_of: KeyOf) -> None:
        self._folder = folder
        self._disk = DiskFrames(folder, suffix=".sealed")
        self._key_of = key_of
        self._keys: OrderedDict[str, tuple[str, Key]] = OrderedDict()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make the folder; seal what an older release left there. Raises `FrameStoreError`."""
        self._disk.start()
        try:
            self._seal_what_is_plain()
        except (OSError, StoreError, VaultError) as error:
            raise FrameStoreError(
                f"{self._folder}: pictures of an older release cannot be sealed ({error}); look at "
                "the disk's space and rights, then start again"
            ) from None

    def write(self, enrolment: str, index: int, jpeg: bytes) -> None:
        """Keep a picture: on the disk, under its name, when this returns.

        Raises:
            FrameStoreError: the disk is full or refuses, or nobody has this enrolment; nothing
                was kept.
        """
        resident, key = self._key(enrolment)
        sealed = key.seal(jpeg, _place(resident, enrolment, index))
        self._disk.write(enrolment, index, sealed)

    def read(self, enrolment: str, index: int) -> bytes:
        """Give a picture back. Raises `FrameStoreError`."""
        sealed = self._disk.read(enrolment, index)
        resident, key = self._key(enrolment)
        try:
            return key.open(sealed, _place(resident, enrolment, index))
        except VaultError as error:
            raise FrameStoreError(f"{self._folder}: {error}; restore it from a backup") from None

    def enrolments(self) -> set[str]:
        """Every enrolment that has a folder here."""
        return self._disk.enrolments()

    def erase(self, enrolment: str) -> int:
        """Delete an enrolment's pictures, and say how many there were.

        Raises:
            FrameStoreError: the disk refuses.
        """
        with self._lock:
            self._keys.pop(enrolment, None)
        return self._disk.erase(enrolment)

    def _key(self, enrolment: str) -> tuple[str, Key]:
        with self._lock:
            found = self._keys.get(enrolment)
        if found is None:
            try:
                found = self._key_of(enrolment)
            except (StoreError, VaultError) as error:
                raise FrameStoreError(f"{self._folder}: {error}") from None
            if found is None:
                raise FrameStoreError(
                    f"{self._folder}: nobody has the enrolment {enrolment}, so there is no key for "
                    "its pictures; they are deleted at the next start"
                )
        with self._lock:
            self._keys[enrolment] = found
            self._keys.move_to_end(enrolment)
            while len(self._keys) > MOST_KEYS:
                self._keys.popitem(last=False)
        return found

    # --- what an older release left --------------------------------------------------------------

    def _seal_what_is_plain(self) -> None:
        done = self._folder.with_name(f".{self._folder.name}-are-sealed")
        if done.exists():
            return
        sealed = 0
        for enrolment in sorted(self.enrolments()):
            pictures = sorted((self._folder / enrolment).glob("*.jpg"))
            # Pictures of nobody are strays, which the brain deletes as it starts.
            if pictures and self._key_of(enrolment) is not None:
                for picture in pictures:
                    self.write(enrolment, int(picture.stem), picture.read_bytes())
                    _destroy(picture)
                    sealed += 1
        if sealed:
            _log.info("pictures of an older release are sealed now", pictures=sealed)
        done.touch(mode=0o600)


def _place(resident: str, enrolment: str, index: int) -> Place:
    return Place(resident, "frame", f"{enrolment}/{index}")


def _destroy(path: Path) -> None:
    """Delete a file after overwriting it, as far as the disk lets anything be overwritten."""
    with path.open("r+b") as file:
        file.write(b"\0" * os.fstat(file.fileno()).st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
