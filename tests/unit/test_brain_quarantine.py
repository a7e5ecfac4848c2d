"""Samples of what broke something: few, sealed, and gone when a resident is removed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from brain.adapters import quarantine_disk
from brain.adapters.quarantine_disk import SealedSamples
from brain.adapters.vault_aesgcm import Key
from brain.errors import FrameStoreError
from brain.quarantine import EVERY_S, MOST_KINDS, Quarantine

KIND = ("frames/recognize/{door}", "front", "died")
FACE = b"\xff\xd8\xffa face of somebody" * 100


class Wall:
    def __init__(self) -> None:
        self.now = 1_767_225_600.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def samples(tmp_path: Path, wall: Wall) -> SealedSamples:
    return SealedSamples(tmp_path / "quarantine", Key(bytes(32)), wall)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "quarantine").iterdir())


def test_a_sample_comes_back_whole_and_lies_sealed(samples: SealedSamples, tmp_path: Path) -> None:
    samples.keep(KIND, FACE)

    (name,) = samples.names()
    back = samples.read(name)
    assert (back.topic, back.door, back.reason, back.message) == (*KIND, FACE)
    (path,) = (tmp_path / "quarantine").iterdir()
    kept = path.read_bytes()
    assert b"somebody" not in kept
    assert b"front" not in kept
    assert path.stat().st_mode & 0o077 == 0


def test_no_other_key_opens_a_sample(samples: SealedSamples, tmp_path: Path) -> None:
    samples.keep(KIND, FACE)
    other = SealedSamples(tmp_path / "quarantine", Key(bytes(31) + b"\1"))

    with pytest.raises(FrameStoreError, match="poison"):
        other.read(samples.names()[0])


def test_only_so_many_samples_are_kept_and_the_oldest_go(
    samples: SealedSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine_disk, "MOST_FILES", 3)

    for number in range(8):
        samples.keep(KIND, b"%d" % number)

    assert [samples.read(name).message for name in samples.names()] == [b"5", b"6", b"7"]


def test_only_so_many_bytes_are_kept(
    samples: SealedSamples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine_disk, "MOST_BYTES", 100_000)

    for _ in range(8):
        samples.keep(KIND, bytes(30_000))

    assert 60_000 < size(tmp_path) <= 100_000


def test_a_huge_message_is_cut_off(samples: SealedSamples) -> None:
    samples.keep(KIND, bytes(quarantine_disk.LARGEST + 1000))

    assert len(samples.read(samples.names()[0]).message) == quarantine_disk.LARGEST


def test_old_samples_go(samples: SealedSamples, wall: Wall) -> None:
    samples.keep(KIND, b"old")
    wall.now += quarantine_disk.MOST_AGE_S

    samples.keep(KIND, b"new")

    assert [samples.read(name).message for name in samples.names()] == [b"new"]


def test_a_draft_of_a_killed_brain_goes(samples: SealedSamples, tmp_path: Path) -> None:
    samples.keep(KIND, FACE)
    (tmp_path / "quarantine" / ".draft").write_bytes(FACE)

    samples.keep(KIND, FACE)

    assert not (tmp_path / "quarantine" / ".draft").exists()
    assert len(samples.names()) == 2


def test_clearing_leaves_nothing(samples: SealedSamples, tmp_path: Path) -> None:
    samples.clear()
    samples.keep(KIND, FACE)

    samples.clear()

    assert list((tmp_path / "quarantine").iterdir()) == []


def test_a_flood_of_poison_is_counted_and_seldom_kept(samples: SealedSamples) -> None:
    now = 0.0
    quarantine = Quarantine(samples, lambda: now)

    for _ in range(100):
        quarantine.note(*KIND, FACE)
    now = EVERY_S
    quarantine.note(*KIND, FACE)

    (poison,) = quarantine.counts(16)
    assert (poison.topic, poison.door, poison.reason, poison.count) == (*KIND, 101)
    assert len(samples.names()) == 2


def test_kinds_are_bounded_and_nothing_is_left_uncounted() -> None:
    quarantine = Quarantine(None, lambda: 0.0)

    def poison(first: int) -> None:
        for number in range(100):
            quarantine.note("t", f"door-{first}-{number}", "died", b"")

    threads = [threading.Thread(target=poison, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    counts = quarantine.counts(1000)
    assert len(counts) == MOST_KINDS + 1
    assert sum(poison.count for poison in counts) == 400
    assert counts[0].count == 400 - MOST_KINDS


def test_a_disk_that_refuses_keeps_no_sample_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "quarantine").write_text("a file in the way")
    quarantine = Quarantine(SealedSamples(tmp_path / "quarantine", Key(bytes(32))), lambda: 0.0)

    quarantine.note(*KIND, FACE)

    assert quarantine.counts(1)[0].count == 1
