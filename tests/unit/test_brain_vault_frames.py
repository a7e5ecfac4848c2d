"""Pictures lie sealed, open for their resident's key alone, and plain ones are sealed at start."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from vault_keys import KEYS

from brain.adapters import vault_frames
from brain.adapters.vault_aesgcm import Key
from brain.adapters.vault_frames import MOST_KEYS, SealedFrames
from brain.errors import FrameStoreError, StoreError
from brain.ports import FrameStore

JPEG = b"\xff\xd8" + bytes(range(256)) * 20 + b"\xff\xd9"


class People:
    """Whose enrolment is which, and with which key."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, Key]] = {}
        self.asked = 0

    def add(self, resident: str, *enrolments: str) -> None:
        key, _ = KEYS.new_key(resident)
        self.keys |= dict.fromkeys(enrolments, (resident, key))

    def key_of(self, enrolment: str) -> tuple[str, Key] | None:
        self.asked += 1
        return self.keys.get(enrolment)


@pytest.fixture
def people() -> People:
    people = People()
    people.add("r-1", "e-1", "e-2")
    people.add("r-2", "e-3")
    return people


@pytest.fixture
def frames(tmp_path: Path, people: People) -> SealedFrames:
    frames = SealedFrames(tmp_path / "frames", people.key_of)
    frames.start()
    return frames


def lying(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_pictures_come_back_and_nothing_of_them_lies_open(
    frames: SealedFrames, tmp_path: Path
) -> None:
    port: FrameStore = frames
    port.write("e-1", 0, JPEG)
    port.write("e-1", 1, JPEG)
    port.write("e-3", 0, JPEG)

    assert port.read("e-1", 1) == JPEG
    assert port.enrolments() == {"e-1", "e-3"}
    assert b"\xff\xd8" + bytes(range(8)) not in lying(tmp_path)
    assert JPEG[100:140] not in lying(tmp_path)
    assert port.erase("e-1") == 2
    assert port.enrolments() == {"e-3"}


@pytest.mark.parametrize("place", [("e-1", 1), ("e-2", 0), ("e-3", 0)])
def test_a_picture_that_was_moved_does_not_open(
    frames: SealedFrames, tmp_path: Path, place: tuple[str, int]
) -> None:
    frames.write("e-1", 0, JPEG)
    frames.write(*place, b"another")
    folder = tmp_path / "frames"
    (folder / "e-1" / "0000.sealed").replace(folder / place[0] / f"{place[1]:04d}.sealed")

    with pytest.raises(FrameStoreError, match="cannot be opened"):
        frames.read(*place)


def test_without_its_key_a_picture_is_gone_and_none_is_taken(
    frames: SealedFrames, people: People, tmp_path: Path
) -> None:
    frames.write("e-1", 0, JPEG)
    people.keys.clear()
    again = SealedFrames(tmp_path / "frames", people.key_of)

    with pytest.raises(FrameStoreError, match="nobody has the enrolment e-1"):
        again.read("e-1", 0)
    with pytest.raises(FrameStoreError, match="nobody has the enrolment e-9"):
        again.write("e-9", 0, JPEG)


def test_a_database_that_is_away_is_an_error_that_may_be_retried(tmp_path: Path) -> None:
    def away(_: str) -> None:
        raise StoreError("the disk was full for a moment")

    frames = SealedFrames(tmp_path / "frames", away)
    frames.start()

    with pytest.raises(FrameStoreError, match="full for a moment") as caught:
        frames.write("e-1", 0, JPEG)

    assert caught.value.retryable


def test_a_key_is_looked_up_once_and_few_are_kept(people: People, tmp_path: Path) -> None:
    frames = SealedFrames(tmp_path / "frames", people.key_of)
    frames.start()
    for number in range(MOST_KEYS + 1):
        people.add(f"r-{number}", f"e-{number}")
    asked = people.asked
    for number in range(MOST_KEYS + 1):
        frames.write(f"e-{number}", 0, JPEG)
        frames.write(f"e-{number}", 1, JPEG)

    assert people.asked - asked == MOST_KEYS + 1
    frames.read("e-0", 0)
    assert people.asked - asked == MOST_KEYS + 2


def test_two_threads_may_read_and_write(frames: SealedFrames) -> None:
    wrong: list[object] = []

    def work(enrolment: str) -> None:
        for index in range(50):
            frames.write(enrolment, index, JPEG)
            if frames.read(enrolment, index) != JPEG:
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(one,)) for one in ("e-1", "e-3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert wrong == []


# --- what an older release left -------------------------------------------------------------------


def left_plain(folder: Path, *enrolments: str) -> None:
    for enrolment in enrolments:
        (folder / enrolment).mkdir(parents=True)
        for index in range(3):
            (folder / enrolment / f"{index:04d}.jpg").write_bytes(JPEG + bytes([index]))


def test_plain_pictures_are_sealed_at_start(people: People, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    left_plain(folder, "e-1", "e-3")
    frames = SealedFrames(folder, people.key_of)

    frames.start()

    assert frames.read("e-3", 2) == JPEG + b"\x02"
    assert JPEG[100:140] not in lying(folder)
    assert not list(folder.rglob("*.jpg"))
    assert frames.erase("e-1") == 3


def test_sealing_goes_on_where_it_was_killed(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "frames"
    left_plain(folder, "e-1", "e-3")
    destroyed: list[Path] = []
    real = vault_frames._destroy

    def killed(path: Path) -> None:
        if len(destroyed) == 2:
            raise KeyboardInterrupt
        destroyed.append(path)
        real(path)

    monkeypatch.setattr(vault_frames, "_destroy", killed)
    with pytest.raises(KeyboardInterrupt):
        SealedFrames(folder, people.key_of).start()
    assert JPEG[100:140] in lying(folder)
    monkeypatch.setattr(vault_frames, "_destroy", real)
    frames = SealedFrames(folder, people.key_of)

    frames.start()

    assert [frames.read("e-1", index) for index in range(3)] == [
        JPEG + bytes([index]) for index in range(3)
    ]
    assert JPEG[100:140] not in lying(folder)


def test_pictures_of_nobody_are_left_for_the_brain_to_delete(
    people: People, tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    left_plain(folder, "e-9")
    frames = SealedFrames(folder, people.key_of)

    frames.start()

    assert frames.enrolments() == {"e-9"}
    frames.erase("e-9")
    assert not (folder / "e-9").exists()
