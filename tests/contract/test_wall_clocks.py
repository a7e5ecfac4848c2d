"""What every wall clock promises, and what each adapter adds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.wall_clock_kernel import KernelWallClock, kernel_synchronised
from edge.adapters.wall_clock_simulated import SimulatedWallClock
from edge.adapters.wall_clock_system import SystemWallClock
from edge.wall_clock import LatestTime, WallClock

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def _kernel(folder: Path, *, sure: bool = True, boot: str = "one") -> KernelWallClock:
    (folder / "boot_id").write_text(boot)
    return KernelWallClock(
        folder / "clock-set", synchronised=lambda: sure, boot_id=folder / "boot_id"
    )


def _simulated(folder: Path) -> SimulatedWallClock:
    (folder / "now").write_text(f"{datetime.now(UTC).isoformat()}\n")
    return SimulatedWallClock(folder / "now")


@pytest.mark.parametrize(
    "make", [_kernel, lambda _: SystemWallClock(), _simulated], ids=["kernel", "system", "file"]
)
def test_a_clock_that_is_set_tells_utc(make: Callable[[Path], WallClock], tmp_path: Path) -> None:
    told = make(tmp_path).now()

    assert told is not None
    assert told.utcoffset() == timedelta(0)
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_that_nobody_set_tells_nothing(tmp_path: Path) -> None:
    assert _kernel(tmp_path, sure=False).now() is None
    assert SimulatedWallClock(tmp_path / "absent").now() is None


def test_once_set_it_counts_until_the_next_boot_even_for_an_edge_that_restarts(
    tmp_path: Path,
) -> None:
    assert _kernel(tmp_path, sure=True).now() is not None

    assert _kernel(tmp_path, sure=False).now() is not None
    assert _kernel(tmp_path, sure=False, boot="two").now() is None


def test_a_clock_set_while_the_edge_runs_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [False, True]
    clock = KernelWallClock(tmp_path / "set", synchronised=lambda: answers.pop(0))
    monkeypatch.setattr("edge.adapters.wall_clock_kernel.ASK_EVERY_S", 0.0)

    assert clock.now() is None
    assert clock.now() is not None


def test_a_boot_that_cannot_be_named_is_never_remembered(tmp_path: Path) -> None:
    nameless = tmp_path / "no-boot-id"
    first = KernelWallClock(tmp_path / "set", synchronised=lambda: True, boot_id=nameless)
    again = KernelWallClock(tmp_path / "set", synchronised=lambda: False, boot_id=nameless)

    assert first.now() is not None
    assert again.now() is None


def test_the_kernel_answers_as_the_machine_has_it() -> None:
    # adjtimex(2) may be asked by anybody; what it says depends on the machine.
    assert kernel_synchronised() in {True, False}


@pytest.mark.parametrize("text", ["", "soon", "2026-01-05T08:00:00", "9" * 40])
def test_a_simulated_time_that_is_none_counts_as_not_set(text: str, tmp_path: Path) -> None:
    (tmp_path / "now").write_text(text)

    assert SimulatedWallClock(tmp_path / "now").now() is None


def _latest(path: Path) -> LatestTime:
    latest = LatestTime(path)
    latest.start()
    return latest


def test_the_highest_time_stays_when_the_clock_is_set_back(tmp_path: Path) -> None:
    latest = _latest(tmp_path / "latest")

    assert latest.seen(NOW) == NOW
    assert latest.seen(NOW - timedelta(days=1)) == NOW
    assert latest.seen(NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)


def test_the_highest_time_outlives_the_edge(tmp_path: Path) -> None:
    _latest(tmp_path / "latest").seen(NOW)

    assert _latest(tmp_path / "latest").seen(NOW - timedelta(days=1)) == NOW


def test_a_highest_time_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "latest").write_bytes(b"\xff nonsense")

    assert _latest(tmp_path / "latest").seen(NOW) == NOW


def test_a_disk_that_refuses_takes_nothing_from_the_running_door(tmp_path: Path) -> None:
    latest = _latest(tmp_path / "no-folder" / "latest")

    latest.seen(NOW)

    assert latest.seen(NOW - timedelta(days=1)) == NOW
