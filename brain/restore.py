"""How is a backup put back?

Put back, the brain is as it was at the moment. A resident removed since then is there again; a
request repeated from after it is carried out again; a burst replayed from after it is judged again,
which opens no door, for its visit is over. The numbers of commands and of the gallery jump ahead of
any that were used since, so that doors and other brains listen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final

from brain.backup import ABOUT, DATABASE, FORMAT, MANIFEST, Backup, SiteMark, settle
from brain.errors import BackupError

JUMP: Final = 1_000_000
"""What is added to numbers that must not come twice."""

_MEMBER: Final = re.compile(rf"{re.escape(DATABASE)}|frames/[a-z0-9-]{{1,80}}/[0-9]{{4,6}}\.sealed")
_CHUNK: Final = 1 << 20


def restore(
    archive: Path, folder: Path, *, site: SiteMark | None, schemas: Collection[str]
) -> Backup:
    """Put a backup back into a new folder, to become a brain's `data_dir`.

    Args:
        archive: as `back_up` wrote it.
        folder: missing or empty; appears complete or not at all.
        site: whose archive it must be; None to take that of any site, with nothing known of who
            wrote it.
        schemas: versions of tables that this release knows.

    Raises:
        BackupError: the folder is not empty; the archive is damaged, of a newer release, or of
            another site; or the disk refuses.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder}: not empty; name a new folder, nothing is ever overwritten")
    draft = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        try:
            done = _extract(archive, draft, site, schemas)
            _jump_ahead(draft / DATABASE)
            os.sync()
            draft.replace(folder)
            settle(folder.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"{folder}: the backup {archive} cannot be put back ({error}); look at the disk's "
            "space and rights"
        ) from None
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(archive, str(error)) from None
    return done


def _extract(
    archive: Path, folder: Path, site: SiteMark | None, schemas: Collection[str]
) -> Backup:
    """Unpack and check; what is not as the manifest says raises."""
    about: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    manifest = b""
    with tarfile.open(archive, mode="r|") as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isreg() else None
            if source is None or member.name in hashes:
                raise _damaged(archive, f"{member.name!r} does not belong there")
            if (member.name == ABOUT) is bool(about):
                raise _damaged(archive, f"{ABOUT} does not come first")
            if member.name == ABOUT:
                data = source.read(_CHUNK)
                hashes[ABOUT] = hashlib.sha256(data).hexdigest()
                about = _about(archive, data, site, schemas)
            elif member.name == MANIFEST:
                manifest = source.read()
            elif _MEMBER.fullmatch(member.name):
                hashes[member.name] = _unpack(source, folder / member.name)
            else:
                raise _damaged(archive, f"{member.name!r} does not belong there")
    missing = _compare(archive, hashes, manifest, site)
    pictures = sum(name.startswith("frames/") for name in hashes)
    return Backup(**about, pictures=pictures, missing=missing)


def _compare(
    archive: Path, hashes: dict[str, str], manifest: bytes, site: SiteMark | None
) -> tuple[str, ...]:
    """Hold what was unpacked against the manifest; which pictures it says are missing."""
    code, _, listed = manifest.partition(b"\n")
    try:
        content = json.loads(listed)
        written = str(json.loads(code)["code"])
        expected, missing = dict(content["files"]), tuple(map(str, content["missing"]))
    except (ValueError, KeyError, TypeError):
        raise _damaged(archive, f"no {MANIFEST}, or not a whole one") from None
    names = {*hashes, *expected, DATABASE}
    wrong = sorted(
        name for name in names if name not in hashes or hashes[name] != expected.get(name)
    )
    if wrong:
        raise _damaged(archive, f"not as written: {wrong[0]}, and {len(wrong) - 1} more")
    if site is not None and not hmac.compare_digest(site.backup_code(listed), written):
        raise _damaged(archive, "not written with this site's key")
    return missing


def _about(
    archive: Path, data: bytes, site: SiteMark | None, schemas: Collection[str]
) -> dict[str, Any]:
    try:
        about = json.loads(data)
        own = {"moment": float, "site": str, "schema": str, "audit": str}
        form = int(about["format"])
        if form <= FORMAT:
            about = {name: kind(about[name]) for name, kind in own.items()}
    except (ValueError, KeyError, TypeError):
        raise _damaged(archive, f"{ABOUT} is no whole one") from None
    if form > FORMAT or about["schema"] not in schemas:
        raise BackupError(
            f"{archive}: made by a newer Doorward (format {form}, tables {about.get('schema')}); "
            "install that release, then restore"
        )
    if site is not None and about["site"] != site.site_id:
        raise BackupError(
            f"{archive}: of the site {about['site']}, and the keys here are of {site.site_id}; "
            "name the configuration and keys of that site, or say --any-site"
        )
    return dict(about)


def _unpack(source: IO[bytes], path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while data := source.read(_CHUNK):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def _jump_ahead(database: Path) -> None:
    """Use no number again that may have been used after the moment."""
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("UPDATE door SET command_number = command_number + ?", (JUMP,))
        opened.execute("UPDATE gallery SET version = version + ?", (JUMP,))


def _damaged(archive: Path, why: str) -> BackupError:
    return BackupError(f"{archive}: damaged, or no backup ({why}); take another one")
