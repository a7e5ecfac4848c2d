"""How are a site's files put down, so that keys stay private and are never overwritten?"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from doorctl.errors import SiteError

PRIVATE = 0o600
PUBLIC = 0o644
PRIVATE_FOLDER = 0o700


def create(path: Path, content: bytes | str, *, mode: int = PUBLIC) -> None:
    """Write a file that must not exist yet.

    Raises:
        SiteError: the file is there already; it keeps its content.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        # The mode is given at creation: a private key is never readable, not for a moment.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise SiteError(
            f"{path} exists already and is never overwritten; "
            "move it away first if it is really to be replaced"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask says
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def replace(path: Path, content: bytes | str, *, mode: int = PUBLIC) -> None:
    """Write a file in one step: readers see the old content or the new one, never half of it."""
    data = content.encode() if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> Path:
    """Create a folder (and its missing parents) that only its owner may enter."""
    if not path.parent.exists():
        private_folder(path.parent)  # mkdir gives parents that it makes the umask's mode
    path.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
    path.chmod(PRIVATE_FOLDER)
    return path


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Fill a new private folder that appears under its name complete, or not at all.

    Yields:
        The folder to write to, beside `target`, renamed to it when the block ends well.

    Raises:
        SiteError: `target` exists and is not an empty folder.
    """
    refuse_existing(target)
    if not target.parent.exists():
        private_folder(target.parent)
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield staging
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def refuse_existing(target: Path) -> None:
    """Raise SiteError where `target` exists, unless it is an empty folder."""
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise SiteError(
            f"{target} exists already and is never overwritten; "
            "move it away first if it is really to be replaced"
        )


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder against other `doorctl` commands: they wait for their turn."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
