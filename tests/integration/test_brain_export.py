"""All that is kept about one resident lands in a folder, beside a brain that runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_world import RED, World, painted
from vault_keys import KEYS

from brain import exporting
from brain.__main__ import SystemClock
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_frames import SealedFrames
from brain.errors import BrainError

CARD = "000000000001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.brain()
    yield world
    world.close()


@pytest.fixture
def store(world: World) -> Iterator[SqlStore]:
    store = SqlStore(world.settings().database_url, KEYS)
    store.start(upgrade=False)
    yield store
    store.stop()


def frames(world: World, store: SqlStore) -> SealedFrames:
    return SealedFrames(world.folder / "data" / "frames", store.enrolment_key)


def test_everything_about_somebody_and_every_picture_is_written(
    world: World, store: SqlStore, tmp_path: Path
) -> None:
    admin, front = world.admin(), world.door()
    pictures: list[bytes] = []

    def picture() -> bytes:
        pictures.append(painted(RED))
        return pictures[-1]

    resident = world.enrol(admin, front, CARD, picture, "Ann")
    said: list[str] = []
    began = time.time()

    code = exporting.export(
        store, frames(world, store), CARD, tmp_path / "ann", clock=SystemClock(), say=said.append
    )

    data = json.loads((tmp_path / "ann" / "resident.json").read_text())
    (enrolment,) = data["enrolments"]
    written = [
        path.read_bytes() for path in sorted((tmp_path / "ann" / enrolment["enrolment"]).iterdir())
    ]
    assert (code, data["name"], data["left_out"]) == (0, "Ann", {})
    assert written == pictures
    assert "20 pictures" in said[0]
    assert (tmp_path / "ann").stat().st_mode & 0o777 == 0o700
    with store.work() as work:
        noted = work.audit.about(resident, 1)[0]
    assert (noted.what, noted.reason) == ("export", "with pictures")
    assert noted.at >= began


def test_a_picture_that_is_damaged_is_told_of_and_the_rest_is_written(
    world: World, store: SqlStore, tmp_path: Path
) -> None:
    world.enrol(world.admin(), world.door(), CARD, RED)
    damaged = sorted((world.folder / "data" / "frames").rglob("*.sealed"))[3]
    damaged.write_bytes(b"nothing")
    said: list[str] = []

    code = exporting.export(
        store, frames(world, store), CARD, tmp_path / "out", clock=SystemClock(), say=said.append
    )

    assert code == 1
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 19
    assert said[1].startswith("not exported: ")


def test_an_unknown_card_and_a_folder_in_use_write_nothing(
    world: World, store: SqlStore, tmp_path: Path
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    world.admin().ok("add", name="Ann", card=CARD)

    with pytest.raises(BrainError, match="nobody here has this card"):
        exporting.export(
            store, frames(world, store), "9" * 12, tmp_path / "new", clock=SystemClock(), say=print
        )
    with pytest.raises(BrainError, match="name a new folder"):
        exporting.export(
            store, frames(world, store), CARD, tmp_path / "used", clock=SystemClock(), say=print
        )
    assert not (tmp_path / "new").exists()
