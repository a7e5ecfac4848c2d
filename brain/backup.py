"""How is everything that the brain keeps copied while it runs?

A backup is a tar archive: `about.json` (the moment, the site, the versions), the database, the
pictures that it counts as stored, and `manifest.json` with every member's SHA-256 and a code that
only this site's key makes. What is sealed stays sealed, and no key is in it: keep the keys apart.

The moment. The database is copied as it was at one moment (SQLite's backup interface, within one
read transaction): what was committed before is in it, and every acknowledgement follows a commit.
Pictures are written before the commit that counts them, never changed, and deleted only when
somebody ended the enrolment or removed the resident. Such deletions after the moment, while the
archive is written, are the only pictures it can lack: it names them, and does not count them.

The archive gets its name when it is whole and on the disk; killed before, only `.NAME.part` stays,
which the next backup of that name clears away.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from brain.errors import BackupError

FORMAT: Final = 1
DATABASE: Final = "doorward.sqlite"
ABOUT: Final = "about.json"
MANIFEST: Final = "manifest.json"
_STORED: Final = (
    "SELECT frame.enrolment, frame.number, enrolment.state FROM frame "
    "JOIN enrolment ON enrolment.id = frame.enrolment WHERE frame.outcome = 'stored' "
    "ORDER BY frame.enrolment, frame.number"
)
_KEPT: Final = frozenset({"capturing", "training", "trained"})
"""States of enrolments whose pictures must be there."""


class SiteMark(Protocol):
    """What tells this site's archives from those of others."""

    @property
    def site_id(self) -> str:
        """No secret."""
        ...

    def backup_code(self, manifest: bytes) -> str:
        """What only this site's key makes of a manifest."""
        ...


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds.

    Attributes:
        moment: seconds since 1970; everything acknowledged before is in it.
        site: the site's id.
        schema: version of the database's tables.
        audit: `N:HEX`, how many entries the audit has, and the code of the last.
        pictures: how many there are.
        missing: pictures deleted after the moment, which it lacks.
    """

    moment: float
    site: str
    schema: str
    audit: str
    pictures: int
    missing: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """The moment for people, in UTC."""
        return datetime.fromtimestamp(self.moment, UTC).isoformat(timespec="milliseconds")


def back_up(database: Path, frames: Path, archive: Path, site: SiteMark) -> Backup:
    """Copy everything into a new archive, while the brain runs or not.

    Args:
        database: the SQLite file.
        frames: the folder of sealed pictures.
        archive: appears whole or not at all; must not be there.
        site: signs it.

    Raises:
        BackupError: no such database, another backup is being written there, or the disk refuses.
    """
    if archive.exists():
        raise BackupError(f"{archive}: there already; give the backup another name")
    if not database.is_file():
        raise BackupError(
            f"{database}: no database there; name the configuration of the brain with --config"
        )
    try:
        with _workplace(archive) as place:
            copy = place / DATABASE
            found = _snapshot(database, copy)
            drafted = place / "archive.tar"
            done = _write(drafted, copy, frames, found, site)
            # Unlike a rename, a link never takes an existing file's place.
            archive.hardlink_to(drafted)
            settle(archive.parent)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(
            f"{archive}: the backup cannot be made ({error}); look at the disk's space and rights"
        ) from None
    return done


# --- making one ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database said at the moment."""

    moment: float
    schema: str
    audit: str
    stored: tuple[tuple[str, int, str], ...]


def _snapshot(database: Path, copy: Path) -> _Found:
    """Copy the database as it is at one moment."""
    with (
        closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.isolation_level = None
        source.execute("PRAGMA busy_timeout = 30000")
        # Before the transaction: whatever was acknowledged until now is committed.
        moment = time.time()
        source.execute("BEGIN")
        try:
            (schema,) = source.execute("SELECT version_num FROM alembic_version").fetchone()
            end = source.execute("SELECT id, mac FROM audit ORDER BY id DESC LIMIT 1").fetchone()
            stored = tuple(source.execute(_STORED))
            source.backup(target)
        finally:
            source.execute("ROLLBACK")
        target.execute("PRAGMA journal_mode = DELETE")
    copy.chmod(0o600)
    entries, mac = end or (0, bytes(32))
    return _Found(moment, schema, f"{entries}:{mac.hex()}", stored)


def _write(drafted: Path, copy: Path, frames: Path, found: _Found, site: SiteMark) -> Backup:
    missing: list[str] = []
    hashes: dict[str, str] = {}
    about = {
        "format": FORMAT,
        "moment": found.moment,
        "site": site.site_id,
        "schema": found.schema,
        "audit": found.audit,
    }
    with drafted.open("xb") as file:
        drafted.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w") as tar:
            hashes[ABOUT] = _add_bytes(tar, ABOUT, _json(about))
            for enrolment, number, state in found.stored:
                name = f"frames/{enrolment}/{number:04d}.sealed"
                try:
                    data = (frames / enrolment / f"{number:04d}.sealed").read_bytes()
                except FileNotFoundError:
                    if state in _KEPT:
                        missing.append(name)
                    continue
                hashes[name] = _add_bytes(tar, name, data)
            _uncount(copy, missing)
            hashes[DATABASE] = _add_file(tar, DATABASE, copy)
            listed = _json({"files": hashes, "missing": missing})
            _add_bytes(tar, MANIFEST, _json({"code": site.backup_code(listed)}) + b"\n" + listed)
        file.flush()
        os.fsync(file.fileno())
    pictures = sum(name.startswith("frames/") for name in hashes)
    return Backup(found.moment, site.site_id, found.schema, found.audit, pictures, tuple(missing))


def _uncount(copy: Path, missing: Collection[str]) -> None:
    """Have the copy count no picture that is not there; the brain asks for it, if it is wanted."""
    with closing(sqlite3.connect(copy)) as database, database:
        for name in missing:
            _, enrolment, number = name.removesuffix(".sealed").split("/")
            database.execute(
                "DELETE FROM frame WHERE enrolment = ? AND number = ?", (enrolment, int(number))
            )


@contextmanager
def _workplace(archive: Path) -> Iterator[Path]:
    """A folder beside the archive that one backup has for itself."""
    place = archive.with_name(f".{archive.name}.part")
    place.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"{archive}: another backup is being written there") from None
        for left in place.iterdir():
            if left.name != "lock":
                left.unlink()
        yield place
        shutil.rmtree(place)
    finally:
        os.close(lock)


# --- in the small --------------------------------------------------------------------------------


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> str:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))
    return hashlib.sha256(data).hexdigest()


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> str:
    member = tarfile.TarInfo(name)
    member.size, member.mode = path.stat().st_size, 0o600
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        tar.addfile(member, file)
    return digest


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode("ascii")


def settle(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
