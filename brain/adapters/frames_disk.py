"""How do enrolment pictures survive a power cut? One file each, synced with its folder."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path

from brain.errors import FrameStoreError

_SAFE = re.compile(r"[a-z0-9-]{1,80}")


class DiskFrames:
    """The `FrameStore` port in a folder: `<enrolment>/<index>.jpg`, or with another suffix."""

    def __init__(self, folder: Path, suffix: str = ".jpg") -> None:
        self._folder = folder
        self._suffix = suffix

    def start(self) -> None:
        """Make the folder. Raises `FrameStoreError`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed(self._folder, "made", error) from None

    def write(self, enrolment: str, index: int, jpeg: bytes) -> None:
        """Keep a picture: on the disk, under its name, when this returns.

        Raises:
            FrameStoreError: the disk is full or refuses; nothing was kept.
        """
        path = self._path(enrolment, index)
        fresh = path.with_suffix(".part")
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(mode=0o700)
                _sync(self._folder)
            with fresh.open("wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
            _sync(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise self._failed(path, "written", error) from None

    def read(self, enrolment: str, index: int) -> bytes:
        """Give a picture back. Raises `FrameStoreError`."""
        path = self._path(enrolment, index)
        try:
            return path.read_bytes()
        except OSError as error:
            raise self._failed(path, "read", error) from None

    def enrolments(self) -> set[str]:
        """Every enrolment that has a folder here."""
        return {path.name for path in self._folder.iterdir() if _SAFE.fullmatch(path.name)}

    def erase(self, enrolment: str) -> int:
        """Delete an enrolment's pictures, and say how many there were.

        Raises:
            FrameStoreError: the disk refuses.
        """
        folder = self._path(enrolment, 0).parent
        if not folder.is_dir():
            return 0
        try:
            pictures = sum(1 for _ in folder.glob(f"*{self._suffix}"))
            shutil.rmtree(folder)
            _sync(self._folder)
        except OSError as error:
            raise self._failed(folder, "deleted", error) from None
        return pictures

    def _path(self, enrolment: str, index: int) -> Path:
        if not _SAFE.fullmatch(enrolment):
            raise FrameStoreError(f"enrolment id {enrolment!r} cannot be a folder's name")
        return self._folder / enrolment / f"{index:04d}{self._suffix}"

    def _failed(self, path: Path, what: str, error: OSError) -> FrameStoreError:
        return FrameStoreError(
            f"{path}: cannot be {what} ({error.strerror}); look at the disk's space and rights"
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
