"""What stands in an operator's way at the start: each with the file's name and the remedy."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from test_brain_commands import key_file
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_site import SiteKeys
from doorctl.site import Site
from faces import models
from faces.errors import ModelError

ROOT = Path(__file__).parents[2]
MOUNT, UMOUNT = (shutil.which(name) or f"/usr/bin/{name}" for name in ("mount", "umount"))


@pytest.fixture
def folder(site: Site) -> Path:
    """The brain's folder, with its data made by an earlier run."""
    try:
        models.path("sface")
        models.path("yunet")
    except ModelError as error:
        pytest.skip(str(error))
    made(site.brain / "data", KEYS)
    return site.brain


def made(data: Path, keys: SiteKeys) -> None:
    store = SqlStore(f"sqlite:///{data}/doorward.sqlite", keys)
    store.start()
    store.stop()
    key_file(data / "keys" / "site.key", SITE_KEY)
    key_file(data / "keys" / "audit.key", AUDIT_KEY)


def configure(folder: Path, **changes: object) -> None:
    path = folder / "brain.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


def refusal(folder: Path) -> str:
    """What the program says as it refuses to start."""
    done = subprocess.run(
        [sys.executable, "-m", "brain", "--config", folder / "brain.yaml"],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name != "CREDENTIALS_DIRECTORY"}
        | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("name", ["site.key", "audit.key"])
def test_a_broken_key_file(folder: Path, name: str) -> None:
    path = folder / "data" / "keys" / name
    path.write_text("doorward key 1\nnot hexadecimal\n")

    said = refusal(folder)

    assert str(path) in said
    assert "put the site's own key file there from where you keep its copy" in said


def test_a_broken_signing_key(folder: Path) -> None:
    (folder / "brain.key").write_text("nonsense")

    said = refusal(folder)

    assert str(folder / "brain.key") in said
    assert "copy it again from the site folder" in said


def test_a_lost_key_is_not_replaced_by_a_new_one(folder: Path) -> None:
    path = folder / "data" / "keys" / "site.key"
    path.unlink()

    said = refusal(folder)

    assert str(path) in said
    assert "opens with no other" in said
    assert not path.exists()


@pytest.mark.parametrize("name", ["client.crt", "ca.crt"])
def test_a_broken_certificate(folder: Path, name: str) -> None:
    (folder / name).write_text("nonsense")

    assert str(folder / name) in refusal(folder)


def test_data_of_a_newer_version(folder: Path) -> None:
    path = folder / "data" / "doorward.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    said = refusal(folder)

    assert str(path) in said
    assert "written by a newer Doorward (version 9999); install that release" in said


def test_the_data_of_another_site(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    other = SiteKeys(bytes(32), AUDIT_KEY)
    made(folder / "data", other)

    said = refusal(folder)

    assert str(folder / "data" / "doorward.sqlite") in said
    assert f"another site ({other.site_id})" in said
    assert "Put that site's key file back" in said


def test_credentials_that_systemd_did_not_give(folder: Path) -> None:
    keys = yaml.safe_load((folder / "brain.yaml").read_text())["keys"]
    configure(folder, keys=keys | {"site": "$CREDENTIALS_DIRECTORY/site.key"})

    said = refusal(folder)

    assert f"{folder / 'brain.yaml'}: keys.site" in said
    assert "LoadCredentialEncrypted" in said


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, to be made read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted = subprocess.run(
        [MOUNT, "-t", "tmpfs", "-o", "size=20m", "doorward-test", place],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run([UMOUNT, "-l", place], check=True)


@pytest.mark.parametrize("empty", [True, False])
def test_a_read_only_disk(folder: Path, disk: Path, *, empty: bool) -> None:
    data = disk / "data"
    if not empty:
        made(data, KEYS)
    configure(folder, data_dir=str(data))
    subprocess.run([MOUNT, "-o", "remount,ro", disk], check=True)

    said = refusal(folder)

    assert str(data) in said
    assert "read-only" in said.lower() or "readonly" in said
    assert "writable" in said or "space and rights" in said


def test_a_disk_whose_pictures_cannot_be_kept(folder: Path) -> None:
    (folder / "data" / "frames").write_text("in the way")

    said = refusal(folder)

    assert str(folder / "data" / "frames") in said
    assert "look at the disk's space and rights" in said
