"""A backup is whole or not there, and is put back only where it belongs."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain import backup, migrations
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.adapters.vault_site import SiteKeys
from brain.backup import back_up
from brain.core.access import Resident
from brain.core.audit_chain import read_head
from brain.core.enrolment import Enrolment
from brain.errors import BackupError
from brain.restore import JUMP, restore
from brain.store_ports import AuditEntry
from doorbus.messages import EnrolmentState

ANN = Resident("r-1", "Zebedee Quill", "480000000017")
OTHER = SiteKeys(AUDIT_KEY, SITE_KEY)
PICTURES = 40


class Place:
    """What a brain keeps."""

    def __init__(self, folder: Path, keys: SiteKeys = KEYS) -> None:
        self.folder = folder
        self.database, self.pictures = folder / "doorward.sqlite", folder / "frames"
        self.store = SqlStore(f"sqlite:///{self.database}", keys)
        self.frames = SealedFrames(self.pictures, self.store.enrolment_key)

    def start(self) -> None:
        self.store.start()
        self.frames.start()

    def enrol(self, pictures: int = PICTURES) -> None:
        with self.store.work() as work:
            work.residents.add(ANN)
            work.enrolments.add(Enrolment("e-1", "r-1", "front", pictures))
            work.doors.next_number("front")
            work.audit.append(AuditEntry(1.0, "admin.a", "enroll", "r-1"))
        for index in range(pictures):
            self.add(index)

    def add(self, index: int) -> None:
        """As the brain does: the picture first, then the commit that counts it."""
        with self.store.work() as work:
            self.frames.write("e-1", index, b"picture %d" % index)
            work.enrolments.frame_stored("e-1", index)

    def stored(self) -> frozenset[int]:
        with self.store.work() as work:
            return work.enrolments.frames("e-1").stored

    def back_up(self, archive: Path) -> backup.Backup:
        return back_up(self.database, self.pictures, archive, KEYS)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "data")
    place.start()
    place.enrol()
    yield place
    place.store.stop()


@pytest.fixture
def archive(tmp_path: Path, place: Place) -> Path:
    path = tmp_path / "backups" / "monday.tar"
    path.parent.mkdir()
    place.back_up(path)
    return path


def put_back(archive: Path, folder: Path, site: SiteKeys | None = KEYS) -> backup.Backup:
    return restore(archive, folder, site=site, schemas=migrations.revisions())


# --- there and back -------------------------------------------------------------------------------


def test_everything_comes_back_and_the_moment_is_named(
    place: Place, archive: Path, tmp_path: Path
) -> None:
    made = place.back_up(tmp_path / "again.tar")
    with place.store.work() as work:
        head = work.audit.head()

    done = put_back(archive, tmp_path / "new")

    assert (made.pictures, made.missing, read_head(made.audit)) == (PICTURES, (), head)
    assert abs(made.moment - time.time()) < 60
    assert made.when.startswith("20")
    assert (done.pictures, done.audit, done.site) == (PICTURES, made.audit, KEYS.site_id)
    again = Place(tmp_path / "new")
    again.start()
    assert again.stored() == frozenset(range(PICTURES))
    assert again.frames.read("e-1", 7) == b"picture 7"
    with again.store.work() as work:
        assert work.residents.by_card(ANN.card) == ANN
        assert work.audit.check(head).broken is None
    again.store.stop()


def test_what_is_sealed_stays_sealed_and_no_key_is_in_it(archive: Path) -> None:
    data = archive.read_bytes()

    for trace in (ANN.name.encode(), ANN.card.encode(), b"picture 7", SITE_KEY, AUDIT_KEY):
        assert trace not in data
        assert trace.hex().encode() not in data
    assert archive.stat().st_mode & 0o077 == 0
    assert [path.name for path in archive.parent.iterdir()] == ["monday.tar"]


def test_numbers_that_were_used_after_the_moment_are_not_used_again(
    archive: Path, tmp_path: Path
) -> None:
    put_back(archive, tmp_path / "new")

    again = Place(tmp_path / "new")
    again.start()
    with again.store.work() as work:
        assert work.doors.next_number("front") > JUMP
        assert work.templates.version() >= JUMP
    again.store.stop()


def test_nothing_committed_before_the_moment_is_missing_while_others_write(
    place: Place, tmp_path: Path
) -> None:
    committed: list[tuple[float, int]] = []
    ended = threading.Event()

    def write() -> None:
        index = PICTURES
        while not ended.is_set():
            place.add(index)
            committed.append((time.time(), index))
            index += 1

    writer = threading.Thread(target=write)
    writer.start()
    made = []
    for number in range(4):
        time.sleep(0.2)
        made.append((number, place.back_up(tmp_path / f"{number}.tar")))
    ended.set()
    writer.join(30)

    for number, one in made:
        put_back(tmp_path / f"{number}.tar", tmp_path / f"new{number}")
        again = Place(tmp_path / f"new{number}")
        again.start()
        stored = again.stored()
        before = {index for at, index in committed if at <= one.moment}
        assert before <= stored
        assert all(again.frames.read("e-1", index) for index in stored)
        again.store.stop()
    assert len(committed) > 20


def test_a_picture_deleted_while_the_archive_is_written_is_named_and_not_counted(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup._snapshot

    def then_somebody_cancels(*given: Path) -> object:
        found = real(*given)
        (place.pictures / "e-1" / "0003.sealed").unlink()
        return found

    monkeypatch.setattr(backup, "_snapshot", then_somebody_cancels)

    made = place.back_up(tmp_path / "x.tar")

    assert made.missing == ("frames/e-1/0003.sealed",)
    assert put_back(tmp_path / "x.tar", tmp_path / "new").missing == made.missing
    again = Place(tmp_path / "new")
    again.start()
    assert again.stored() == frozenset(range(PICTURES)) - {3}
    again.store.stop()


def test_pictures_of_an_ended_enrolment_are_not_missed(place: Place, tmp_path: Path) -> None:
    with place.store.work() as work:
        work.enrolments.set_state("e-1", EnrolmentState.CANCELLED)
    place.frames.erase("e-1")

    made = place.back_up(tmp_path / "x.tar")

    assert (made.pictures, made.missing) == (0, ())


# --- killed, and what is in the way ---------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from vault_keys import KEYS
from brain.backup import back_up
data = Path(sys.argv[1])
print("begins", flush=True)
back_up(data / "doorward.sqlite", data / "frames", Path(sys.argv[2]), KEYS)
print("made", flush=True)
"""


def _size(file: Path) -> int:
    """In bytes, 0 where there is none: it may go between one look and the next."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def test_a_backup_killed_in_the_middle_leaves_no_half_file_with_its_name(
    place: Place, tmp_path: Path
) -> None:
    for index in range(PICTURES, 400):
        place.add(index)
    archive = tmp_path / "killed.tar"
    part = tmp_path / ".killed.tar.part" / "archive.tar"
    root = Path(__file__).parents[2]
    middles = 0
    for wanted in (1, 50_000, 100_000, 200_000):
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, place.folder, archive, root, root / "tests"],
            stdout=subprocess.DEVNULL,
        )
        give_up_at = time.monotonic() + 30
        while program.poll() is None and time.monotonic() < give_up_at:
            if _size(part) >= wanted:
                program.kill()
                break
        program.wait(30)
        middles += part.exists()
        if archive.exists():
            put_back(archive, tmp_path / f"whole{wanted}")
            archive.unlink()
    assert middles > 0

    place.back_up(archive)

    assert put_back(archive, tmp_path / "new").pictures == 400
    assert not part.parent.exists()


def test_a_backup_takes_no_other_files_place(place: Place, archive: Path) -> None:
    before = archive.read_bytes()

    with pytest.raises(BackupError, match=r"monday\.tar: there already"):
        place.back_up(archive)

    assert archive.read_bytes() == before


def test_two_backups_of_one_name_do_not_mix(place: Place, tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    with (
        backup._workplace(archive),
        pytest.raises(BackupError, match="another backup is being written"),
    ):
        place.back_up(archive)


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"none\.sqlite: no database there"):
        back_up(tmp_path / "none.sqlite", tmp_path, tmp_path / "x.tar", KEYS)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_is_left_alone(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "used"
    folder.mkdir()
    (folder / "something").write_text("of value")

    with pytest.raises(BackupError, match="used: not empty"):
        put_back(archive, folder)

    assert [path.name for path in folder.iterdir()] == ["something"]


def test_an_empty_folder_will_do(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert put_back(archive, tmp_path / "empty").pictures == PICTURES


# --- what is refused ------------------------------------------------------------------------------


def test_a_backup_of_another_site_is_refused_unless_told(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=rf"of the site {KEYS.site_id}.*--any-site"):
        put_back(archive, tmp_path / "new", OTHER)
    assert not (tmp_path / "new").exists()

    assert put_back(archive, tmp_path / "new", None).site == KEYS.site_id


Change = Callable[[dict[str, bytes]], None]


def remade(archive: Path, change: Change) -> Path:
    """The same archive with other members."""
    with tarfile.open(archive) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]  # all are files
    change(members)
    path = archive.with_name("remade.tar")
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def about(**changes: object) -> Change:
    def change(members: dict[str, bytes]) -> None:
        members["about.json"] = json.dumps(json.loads(members["about.json"]) | changes).encode()

    return change


def put(name: str, data: bytes) -> Change:
    return lambda members: members.update({name: data})


def drop(name: str) -> Change:
    def change(members: dict[str, bytes]) -> None:
        del members[name]

    return change


PICTURE = "frames/e-1/0003.sealed"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (about(format=2), "made by a newer Doorward"),
        (about(schema="9999"), "made by a newer Doorward .*9999"),
        (about(moment=1.0), "about.json"),
        (about(audit="x"), "about.json"),
        (put("about.json", b"nonsense"), "about.json is no whole one"),
        (put("about.json", b"[]"), "about.json is no whole one"),
        (put(PICTURE, b"another"), PICTURE),
        (put("frames/e-1/0900.sealed", b"more"), "0900"),
        (put("doorward.sqlite", b"another"), "doorward.sqlite"),
        (put("../evil", b"x"), "evil.*does not belong"),
        (put("frames/../../evil.sealed", b"x"), "evil.*does not belong"),
        (put("/etc/passwd", b"x"), "passwd.*does not belong"),
        (drop(PICTURE), PICTURE),
        (drop("doorward.sqlite"), "doorward.sqlite"),
        (drop("manifest.json"), "no manifest.json"),
        (drop("about.json"), "about.json does not come first"),
    ],
)
def test_an_archive_that_is_not_as_it_was_written_is_refused(
    archive: Path, tmp_path: Path, change: Change, why: str
) -> None:
    with pytest.raises(BackupError, match=why):
        put_back(remade(archive, change), tmp_path / "new")

    assert not (tmp_path / "new").exists()
    assert not (tmp_path / ".new.part").exists()
    assert not (tmp_path / "evil").exists()


def test_who_makes_the_hashes_anew_has_no_key_to_sign_them(archive: Path, tmp_path: Path) -> None:
    def forge(members: dict[str, bytes]) -> None:
        members[PICTURE] = b"another face"
        code, _, listed = members["manifest.json"].partition(b"\n")
        content = json.loads(listed)
        content["files"][PICTURE] = hashlib.sha256(b"another face").hexdigest()
        members["manifest.json"] = code + b"\n" + json.dumps(content).encode()

    with pytest.raises(BackupError, match="not written with this site's key"):
        put_back(remade(archive, forge), tmp_path / "new")


@pytest.mark.parametrize("left", [0, 100, 5000, 40_000])
def test_a_cut_archive_is_refused(archive: Path, tmp_path: Path, left: int) -> None:
    archive.write_bytes(archive.read_bytes()[:left])

    with pytest.raises(BackupError, match=r"monday\.tar"):
        put_back(archive, tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"none\.tar"):
        put_back(tmp_path / "none.tar", tmp_path / "new")


def test_the_copy_is_a_database_of_one_file(archive: Path, tmp_path: Path) -> None:
    put_back(archive, tmp_path / "new")

    with closing(sqlite3.connect(f"file:{tmp_path}/new/doorward.sqlite?mode=ro", uri=True)) as one:
        assert one.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert one.execute("PRAGMA integrity_check").fetchone() == ("ok",)
