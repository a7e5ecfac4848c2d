"""Enrolment pictures on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from brain.adapters.frames_disk import DiskFrames
from brain.errors import FrameStoreError
from brain.ports import FrameStore


@pytest.fixture
def frames(tmp_path: Path) -> DiskFrames:
    frames = DiskFrames(tmp_path / "deep" / "frames")
    frames.start()
    return frames


def test_what_was_written_is_read_and_counted_when_erased(frames: DiskFrames) -> None:
    port: FrameStore = frames
    port.write("e-1", 0, b"first")
    port.write("e-1", 0, b"again")
    port.write("e-1", 1, b"second")
    port.write("e-2", 0, b"other")

    assert port.read("e-1", 0) == b"again"
    assert port.enrolments() == {"e-1", "e-2"}
    assert port.erase("e-1") == 2
    assert port.enrolments() == {"e-2"}
    assert port.erase("e-1") == 0


def test_nobody_else_may_look_at_the_pictures(frames: DiskFrames, tmp_path: Path) -> None:
    frames.write("e-1", 0, b"x")

    assert (tmp_path / "deep" / "frames").stat().st_mode & 0o077 == 0
    assert (tmp_path / "deep" / "frames" / "e-1").stat().st_mode & 0o077 == 0


def test_a_missing_picture_is_named(frames: DiskFrames) -> None:
    with pytest.raises(FrameStoreError, match=r"0007\.jpg: cannot be read"):
        frames.read("e-1", 7)


@pytest.mark.parametrize("name", ["../e", "a/b", "", ".", "E1", "e" * 81])
def test_an_id_that_is_no_folder_name_is_refused(frames: DiskFrames, name: str) -> None:
    with pytest.raises(FrameStoreError, match="cannot be a folder's name"):
        frames.write(name, 0, b"x")


def test_a_disk_that_refuses_is_an_error_that_may_be_retried(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    blocked = DiskFrames(tmp_path / "file" / "frames")

    with pytest.raises(FrameStoreError, match="cannot be made") as caught:
        blocked.start()
    with pytest.raises(FrameStoreError, match="cannot be written"):
        blocked.write("e-1", 0, b"x")

    assert caught.value.retryable


def test_a_write_that_fails_leaves_no_half_picture(frames: DiskFrames, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "frames" / "e-1"
    frames.write("e-1", 0, b"x")
    (folder / "0001.jpg").mkdir()  # a folder where the file should go

    with pytest.raises(FrameStoreError, match="cannot be written"):
        frames.write("e-1", 1, b"y")

    assert not list(folder.glob("*.part"))
