"""`python -m brain backup|restore|audit|key` beside a brain that works on a real Mosquitto."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Self

import pytest
from brain_world import BLUE, painted
from mosquitto_world import MosquittoWorld
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.core.audit_chain import read_head
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorctl.site import Site

CARD = "480000000017"
ROOT = Path(__file__).parents[2]


def key_file(path: Path, key: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"doorward key 1\n{key.hex()}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    key_file(site.brain / "data" / "keys" / "site.key", SITE_KEY)
    key_file(site.brain / "data" / "keys" / "audit.key", AUDIT_KEY)
    real = MosquittoWorld(site, broker)
    real.start()
    real.door.tell(m.EventKind.STARTED)
    yield real
    real.close()


def brain(site: Site, *arguments: str | Path, code: int = 0, typed: str | None = None) -> str:
    """What the program says, with the exit code that it must have."""
    done = subprocess.run(
        [sys.executable, "-m", "brain", *arguments, "--config", site.brain / "brain.yaml"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        input=typed or "",
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


class Load:
    """A door that sends frames and events without a pause, and notes when each was confirmed."""

    def __init__(self, real: MosquittoWorld, start: m.StartEnrolment) -> None:
        self._door, self._start = real.door, start
        self.frames: list[tuple[float, int]] = []
        self.events: list[tuple[float, str]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(60)

    def _run(self) -> None:
        for index in self._start.missing[:-1]:
            if self._ended.is_set():
                return
            self._door.frame(self._start, index, painted(BLUE))
            assert self._door.ack_of(f"{self._start.enrolment}/{index}").outcome.value == "stored"
            self.frames.append((time.time(), index))
            event = self._door.tell(m.EventKind.WOKE)
            self._door.ack_of(event.id)
            self.events.append((time.time(), event.id))


def test_a_backup_of_a_working_brain_loses_nothing_confirmed_before_its_moment(
    real: MosquittoWorld, tmp_path: Path
) -> None:
    real.admin.ok("enroll", card=CARD, door="front", name="Zebedee Quill", count=1000)
    start = real.door.heard.wait(m.StartEnrolment)
    with Load(real, start) as load:
        while len(load.frames) < 20:
            time.sleep(0.05)
        said = brain(real.site, "backup", tmp_path / "monday.tar")
        sent = len(load.frames)
    moment = datetime.fromisoformat(_found(r"before (\S+) is in it", said)).timestamp()
    put = brain(real.site, "restore", tmp_path / "monday.tar", "--to", tmp_path / "new")

    store = SqlStore(f"sqlite:///{tmp_path}/new/doorward.sqlite", KEYS)
    store.start()
    with store.work() as work:
        stored = work.enrolments.frames(start.enrolment).stored
        (line,) = work.audit.latest(1)
        noted = read_head(_found(r"audit (\S+)", said))
        assert work.audit.check(noted).broken is None
        resident = work.residents.by_card(CARD)
    frames = SealedFrames(tmp_path / "new" / "frames", store.enrolment_key)
    pictures = [frames.read(start.enrolment, index) for index in stored]
    store.stop()
    with closing(sqlite3.connect(tmp_path / "new" / "doorward.sqlite")) as database:
        events = {one for (one,) in database.execute("SELECT id FROM event")}
    before = {index for at, index in load.frames if at <= moment}
    assert len(before) >= 20
    assert before <= stored
    assert len(before) < sent, "the moment is before the end"
    assert {one for at, one in load.events if at <= moment} <= events
    assert all(picture.startswith(b"\xff\xd8") for picture in pictures)
    assert resident is not None
    assert (line.what, line.actor) == ("restored", "operator")
    assert "what came later is lost" in put


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def test_the_audit_is_verified_beside_a_working_brain_and_names_what_was_broken(
    real: MosquittoWorld,
) -> None:
    for number in range(3):
        real.admin.ok("add", card=f"48000000001{number}", name="Somebody")
    head = brain(real.site, "audit", "head").strip()

    whole = brain(real.site, "audit", "verify", "--head", head)
    assert "the audit is whole: 3 entries" in whole
    assert f"head {head}" in whole

    with closing(sqlite3.connect(real.site.brain / "data" / "doorward.sqlite")) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("DROP TRIGGER audit_no_delete")
        with database:
            database.execute("DELETE FROM audit WHERE id = 3")
        assert "whole: 2 entries" in brain(real.site, "audit", "verify")
        cut = brain(real.site, "audit", "verify", "--head", head, code=1)
        assert "entry 3 is missing, and 3 were there" in cut
        with database:
            database.execute("UPDATE audit SET actor = 'nobody' WHERE id = 2")
        edited = brain(real.site, "audit", "verify", code=1)
        assert "entry 2 is not what was written" in edited
    brain(real.site, "audit", "verify", "--head", "nonsense", code=2)


def test_where_the_audit_ends_is_published(real: MosquittoWorld) -> None:
    real.admin.ok("add", card=CARD, name="Somebody")
    seen = len(real.monitor.heard.of(m.BrainHealth))

    health = real.monitor.heard.wait(
        m.BrainHealth, lambda one: one.audit is not None and one.audit.entries == 1, after=seen
    )

    assert health.audit is not None
    head = f"{health.audit.entries}:{health.audit.head}"
    assert "whole" in brain(real.site, "audit", "verify", "--head", head)


def test_restore_says_what_is_in_the_way(real: MosquittoWorld, tmp_path: Path) -> None:
    brain(real.site, "backup", tmp_path / "x.tar")

    assert "there already" in brain(real.site, "backup", tmp_path / "x.tar", code=2)
    data = real.site.brain / "data"
    assert "not empty" in brain(real.site, "restore", tmp_path / "x.tar", "--to", data, code=2)
    key_file(data / "keys" / "site.key", bytes(32))
    to = tmp_path / "new"
    said = brain(real.site, "restore", tmp_path / "x.tar", "--to", to, code=2)
    assert f"of the site {KEYS.site_id}" in said
    assert not to.exists()
    said = brain(real.site, "restore", tmp_path / "x.tar", "--to", to, "--any-site")
    assert f"needs those of the site {KEYS.site_id}" in said
    shutil.rmtree(data / "keys")
    assert "site.key: the key cannot be read" in brain(
        real.site, "backup", tmp_path / "y.tar", code=2
    )


def test_a_key_is_made_and_locked_and_asked_for(real: MosquittoWorld, tmp_path: Path) -> None:
    brain(real.site, "key", "make", tmp_path / "own.key")
    assert "exists" in brain(real.site, "key", "make", tmp_path / "own.key", code=2)
    path = real.site.brain / "data" / "keys" / "site.key"

    brain(real.site, "key", "lock", path, typed="six quite random words\n")

    assert SITE_KEY.hex() not in path.read_text()
    assert "not its passphrase" in brain(real.site, "audit", "head", code=2, typed="wrong\n")
    assert "0:" in brain(real.site, "audit", "head", typed="six quite random words\n")


def test_all_that_is_kept_about_somebody_is_written_beside_a_working_brain(
    real: MosquittoWorld, tmp_path: Path
) -> None:
    real.admin.ok("enroll", card=CARD, door="front", name="Zebedee Quill", count=5)
    start = real.door.heard.wait(m.StartEnrolment)
    real.door.capture(start, lambda: painted(BLUE))
    real.admin.heard.wait(m.EnrolmentChanged, lambda one: one.state is m.EnrolmentState.TRAINED)

    said = brain(real.site, "export", "--card", CARD, "--to", tmp_path / "out")
    nobody = brain(real.site, "export", "--card", "9" * 12, "--to", tmp_path / "no", code=2)
    checked = brain(real.site, "audit", "verify")

    assert "resident.json and 5 pictures" in said
    assert len(list((tmp_path / "out" / start.enrolment).glob("*.jpg"))) == 5
    assert '"name": "Zebedee Quill"' in (tmp_path / "out" / "resident.json").read_text()
    assert "nobody here has this card" in nobody
    assert checked
