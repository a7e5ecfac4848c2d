"""What lies in the cache folder, is it the pinned file, and how does a file get there whole?"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from faces import preparation
from faces.errors import ModelError
from faces.manifest import Asset, Content


def folder() -> Path:
    """The cache folder: $DOORWARD_MODELS, else doorward/models in the user's data folder."""
    if chosen := os.environ.get("DOORWARD_MODELS"):
        return Path(chosen).expanduser()
    data = os.environ.get("XDG_DATA_HOME")
    base = Path(data) if data else Path.home() / ".local" / "share"
    return base / "doorward" / "models"


_verified: dict[Path, tuple[int, int, int]] = {}


def fault(asset: Asset) -> str | None:
    """What is wrong with an asset's file in the cache folder, or None.

    The hash is computed once per process, and again when the file was changed.
    """
    file = folder() / asset.file
    try:
        state = file.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns)
        if _verified.get(file) == mark:
            return None
        verify(file, asset.content, str(file))
    except FileNotFoundError:
        return f"model file {file} is missing"
    except OSError as error:
        return f"model file {file} cannot be read: {error}"
    except ModelError as error:
        return str(error)
    _verified[file] = mark
    return None


def verify(file: Path, content: Content, label: str) -> None:
    """Compare a file with its pinned size and hash. Raises `ModelError` beginning with `label`."""
    size, actual = file.stat().st_size, sha256(file)
    if (size, actual) != (content.size, content.sha256):
        raise ModelError(
            f"{label} is {size} bytes long with SHA-256 {actual}, "
            f"expected {content.size} with {content.sha256}"
        )


def sha256(file: Path) -> str:
    """Hash a file, in lower-case hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place(asset: Asset, original: Path) -> None:
    """Turn a checked original, on the same disk, into the asset's file, all at once.

    Raises:
        ModelError: it cannot be prepared, or comes out otherwise than pinned.
    """
    finished = original
    if asset.transform is not None:
        finished = original.with_name(f"{original.name}.prepared")
        try:
            prepared = preparation.prepare(original.read_bytes(), asset.transform)
        except ModelError as error:
            raise ModelError(f"{asset.file}: {error}") from error
        finished.write_bytes(prepared)
        verify(finished, asset.content, f"{asset.file} as prepared here")
    with finished.open("rb+") as file:
        os.fsync(file.fileno())
    finished.replace(folder() / asset.file)
    directory = os.open(folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextlib.contextmanager
def alone(place: Path, on_waiting: Callable[[], None]) -> Iterator[None]:
    """Let one process at a time fetch; the others then find its files."""
    with (place / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def workshop(place: Path) -> Iterator[Path]:
    """A folder on the same disk, emptied also of what a killed fetch left behind."""
    for remains in place.glob(".fetch-*"):
        shutil.rmtree(remains, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".fetch-", dir=place))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
