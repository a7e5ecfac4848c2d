"""What a thief of disks finds: in the brain's data, in a door's spool, in the broker's database.

A real Mosquitto with persistence, a resident enrolled through it. Each test that finds nothing has
a twin in which sealing or erasing is broken, and which finds what it looks for.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from brain_world import POINTS, RED, PaintedEncoder, painted
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mosquitto_world import MosquittoWorld
from vault_keys import KEYS

from brain.adapters.sql_people import SqlResidents
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_aesgcm import Key
from brain.adapters.vault_frames import SealedFrames
from brain.errors import FrameStoreError
from demo.private_broker import PrivateBroker
from doorbus import messages as m
from doorctl.site import Site
from edge.sealing import PictureSeal
from edge.spool import Spool
from faces import jpeg

NAME = "Zebedee Quill"
CARD = "480000000017"
FRAMES = 20
MOSQUITTO_SUB = shutil.which("mosquitto_sub") or "/usr/bin/mosquitto_sub"


class Thief:
    """Somebody who has the disks, and knows what to look for."""

    def __init__(self, pictures: list[bytes]) -> None:
        encoder = PaintedEncoder()
        self._pictures = pictures
        self._vectors = [
            encoder.encode(jpeg.decode(picture), POINTS).tobytes() for picture in pictures
        ]

    def finds(self, *folders: Path) -> set[str]:
        """What can be read in these folders without any key."""
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        data = b"\0".join(path.read_bytes() for path in files)
        found = {
            "name": NAME.encode() in data,
            "card": CARD.encode() in data,
            # From its middle, as one that lost its head may still show a face.
            "face": any(picture[200:232] in data for picture in self._pictures),
            "picture": b"\xff\xd8\xff\xe0\x00\x10JFIF" in data,
            "template": any(vector in data for vector in self._vectors),
        }
        return {what for what, there in found.items() if there}


@pytest.fixture
def real(site: Site, broker: PrivateBroker) -> Iterator[MosquittoWorld]:
    real = MosquittoWorld(site, broker)
    yield real
    real.close()


@pytest.fixture
def pictures() -> list[bytes]:
    return [painted(RED) for _ in range(FRAMES)]


@pytest.fixture
def thief(pictures: list[bytes]) -> Thief:
    return Thief(pictures)


def enrol(real: MosquittoWorld, pictures: list[bytes]) -> str:
    """Enrol somebody through the broker; the enrolment's id."""
    real.start()
    real.door.tell(m.EventKind.STARTED)
    data = real.admin.ok("enroll", card=CARD, door="front", name=NAME)
    start = real.door.heard.wait(m.StartEnrolment)
    coming = iter(pictures)
    real.door.capture(start, lambda: next(coming))
    real.admin.heard.wait(
        m.EnrolmentChanged,
        lambda change: (change.enrolment, change.state.value) == (data["enrolment"], "trained"),
    )
    assert real.door.visit(pictures, 1).decision is m.Decision.GRANT
    return str(data["enrolment"])


def data_of(real: MosquittoWorld) -> Path:
    return real.site.brain / "data"


# --- the brain's data -----------------------------------------------------------------------------


def test_the_brains_disk_shows_no_face_no_name_no_card_and_no_template(
    real: MosquittoWorld, pictures: list[bytes], thief: Thief
) -> None:
    enrolment = enrol(real, pictures)

    assert thief.finds(data_of(real)) == set()
    assert len(list((data_of(real) / "frames" / enrolment).iterdir())) == FRAMES


def test_everything_would_be_found_were_sealing_broken(
    real: MosquittoWorld,
    pictures: list[bytes],
    thief: Thief,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Key, "seal", lambda _, plain, place: plain)  # noqa: ARG005  # named so
    monkeypatch.setattr(Key, "open", lambda _, sealed, place: sealed)  # noqa: ARG005  # named so

    enrol(real, pictures)

    assert thief.finds(data_of(real)) == {"name", "card", "face", "picture", "template"}


def stolen(real: MosquittoWorld, enrolment: str, folder: Path) -> Path:
    """A copy of the sealed pictures, taken while the resident was enrolled."""
    shutil.copytree(data_of(real) / "frames" / enrolment, folder / enrolment)
    return folder


def with_keys(real: MosquittoWorld, frames: Path, enrolment: str) -> bytes:
    """A stolen picture, opened with the site's keys and the database as it is now."""
    store = SqlStore(f"sqlite:///{data_of(real)}/doorward.sqlite", KEYS)
    store.start(upgrade=False)
    try:
        return SealedFrames(frames, store.enrolment_key).read(enrolment, 0)
    finally:
        store.stop()


def test_after_removal_not_even_the_keys_open_a_copy_that_was_stolen_before(
    real: MosquittoWorld, pictures: list[bytes], thief: Thief, tmp_path: Path
) -> None:
    enrolment = enrol(real, pictures)
    copy = stolen(real, enrolment, tmp_path / "stolen")
    assert with_keys(real, copy, enrolment) == pictures[0]

    real.admin.ok("remove", card=CARD)

    with pytest.raises(FrameStoreError, match="no key"):
        with_keys(real, copy, enrolment)
    assert thief.finds(data_of(real), copy) == set()
    assert not (data_of(real) / "frames" / enrolment).exists()


def test_the_stolen_copy_would_open_were_the_key_not_destroyed(
    real: MosquittoWorld,
    pictures: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enrolment = enrol(real, pictures)
    copy = stolen(real, enrolment, tmp_path / "stolen")
    monkeypatch.setattr(SqlResidents, "erase", lambda *_: None)

    real.admin.ok("remove", card=CARD)

    assert with_keys(real, copy, enrolment) == pictures[0]


# --- a door's spool -------------------------------------------------------------------------------


def test_a_doors_spool_shows_no_face_and_is_empty_once_all_is_confirmed(
    pictures: list[bytes], thief: Thief, tmp_path: Path
) -> None:
    seal = PictureSeal(Ed25519PrivateKey.generate())
    spool = Spool(tmp_path, "front", seal=seal, max_frame_bytes=10_000_000, max_events=10)
    spool.start()
    for index, picture in enumerate(pictures):
        spool.put_frame(m.EnrolFrame(jpeg=picture, enrolment="e-1", index=index, count=FRAMES))

    waiting = thief.finds(tmp_path)
    for index in range(FRAMES):
        spool.forget(f"e-1/{index}")

    assert waiting == set()
    assert not list(tmp_path.glob("*.kept"))


# --- the broker's database ------------------------------------------------------------------------


def test_the_brokers_database_holds_no_face_no_name_and_no_card(
    real: MosquittoWorld, pictures: list[bytes], thief: Thief
) -> None:
    enrol(real, pictures)
    real.admin.ok("list")
    # What is under way while the broker saves is saved with it, until the next time: let it arrive.
    time.sleep(2)

    real.broker.stop()

    assert (real.broker.state_dir / "mosquitto.db").stat().st_size > 0
    assert thief.finds(real.broker.state_dir) == set()


def test_what_waits_for_a_client_with_a_lasting_session_would_be_found(
    real: MosquittoWorld, pictures: list[bytes], thief: Thief
) -> None:
    # What docs/storage.md warns of: the broker keeps in plain text what such a client missed.
    folder = real.site.staff("admin.alice")
    port = str(yaml.safe_load((folder / "client.yaml").read_text())["broker"]["port"])
    subprocess.run(
        [
            *(MOSQUITTO_SUB, "-V", "5", "-h", "127.0.0.1", "-p", port),
            *("--cafile", "ca.crt", "--cert", "client.crt", "--key", "client.key"),
            *("-i", "doorward/lasting", "-c", "-x", "3600", "-q", "1", "-E"),
            *("-t", "frames/enroll/#", "-t", "admin/users/admin.alice/response"),
        ],
        cwd=folder,
        check=True,
        timeout=20,
    )
    enrol(real, pictures)
    real.admin.ok("list")

    real.broker.stop()

    assert thief.finds(real.broker.state_dir) == {"face", "picture", "name", "card"}
