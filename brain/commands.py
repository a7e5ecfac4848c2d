"""What does an operator do with what a brain keeps: copy, put back, check, look at what broke?"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from brain.backup import SiteMark, back_up
from brain.config import BrainSettings
from brain.core.audit_chain import Head
from brain.errors import BackupError, FrameStoreError
from brain.ports import SampleStore
from brain.restore import restore
from brain.store_ports import AuditEntry, PeopleStore

Say = Callable[[str], object]
"""Tells the operator one line."""


def make_backup(settings: BrainSettings, archive: Path, site: SiteMark, say: Say) -> int:
    """Copy everything into a new archive while the brain runs; the exit code.

    Raises:
        BackupError: see `brain.backup.back_up`; or the database is not SQLite.
    """
    prefix = "sqlite:///"
    if not settings.database_url.startswith(prefix):
        raise BackupError(
            f"{archive}: only a SQLite database can be copied so; for this one use its own tool, "
            f"such as pg_dump, then copy {settings.data_dir / 'frames'}"
        )
    database = Path(settings.database_url.removeprefix(prefix))
    done = back_up(database, settings.data_dir / "frames", archive, site)
    say(f"{archive}: everything that was acknowledged before {done.when} is in it")
    say(f"site {done.site}, tables {done.schema}, {done.pictures} pictures, audit {done.audit}")
    if done.missing:
        say(f"{len(done.missing)} pictures were deleted while it was written, and are not in it")
    say(f"no key is in it: keep copies of {settings.site_key} and {settings.audit_key} elsewhere")
    return 0


def put_back(
    archive: Path,
    folder: Path,
    *,
    site: SiteMark | None,
    schemas: Collection[str],
    opened: Callable[[Path], PeopleStore] | None,
    now: float,
    say: Say,
) -> int:
    """Put a backup back into a new folder, and note it in its audit; the exit code.

    Args:
        archive: the backup.
        folder: becomes a `data_dir`.
        site: whose it must be; None for that of any site.
        schemas: versions of tables that this release knows.
        opened: makes a store, not started, of a database file; None where its keys are not here.
        now: seconds since 1970.
        say: tells the operator.

    Raises:
        BackupError: see `brain.restore.restore`.
        StoreError: what was put back cannot be opened.
    """
    done = restore(archive, folder, site=site, schemas=schemas)
    if opened is not None:
        store = opened(folder / "doorward.sqlite")
        store.start()
        try:
            with store.work() as work:
                reason = f"as it was at {done.when}"
                work.audit.append(AuditEntry(now, "operator", "restored", reason=reason))
        finally:
            store.stop()
    say(f"{folder}: everything is as it was at {done.when}; what came later is lost")
    say(f"site {done.site}, tables {done.schema}, {done.pictures} pictures, audit {done.audit}")
    say(
        f"set `data_dir: {folder}` in brain.yaml and start the brain; remove again whoever was "
        "removed since then"
    )
    if site is None:
        say(f"nothing was checked with keys: the brain needs those of the site {done.site}")
    return 0


def verify(store: PeopleStore, noted: Head | None, say: Say) -> int:
    """Check every entry of the audit; 0 where all are whole, 1 naming the first that is not.

    Raises `StoreError`.
    """
    with store.work() as work:
        found = work.audit.check(noted)
    if found.broken is not None:
        say(f"the audit is broken: {found.why}")
        say(f"whole up to {found.head}")
        return 1
    say(f"the audit is whole: {found.head.entries} entries")
    say(f"head {found.head}")
    if noted is None:
        say("to see whether its end was cut off: audit verify --head with one noted elsewhere")
    return 0


def show_head(store: PeopleStore, say: Say) -> int:
    """Say where the audit ends. Raises `StoreError`."""
    with store.work() as work:
        say(str(work.audit.head()))
    return 0


def show_samples(samples: SampleStore, say: Say) -> int:
    """List what broke something; the exit code. Raises `FrameStoreError`."""
    for name in samples.names():
        one = samples.read(name)
        when = datetime.fromtimestamp(int(name.partition("-")[0]) / 1000, UTC)
        say(
            f"{name}  {when:%Y-%m-%d %H:%M:%S} UTC  {one.topic}  door {one.door or 'unknown'}  "
            f"{one.reason}  {len(one.message)} bytes"
        )
    return 0


def take_sample(samples: SampleStore, name: str, file: Path, say: Say) -> int:
    """Write what one sample is into a new file; the exit code.

    Raises:
        FrameStoreError: no such sample, or the file is there or cannot be written.
    """
    message = samples.read(name).message
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(message)
    except OSError as error:
        raise FrameStoreError(
            f"{file}: cannot be written ({error.strerror}); name a new file"
        ) from None
    say(
        f"{file}: {len(message)} bytes that broke something, and may show a face; take care of them"
    )
    return 0
