"""How cameras, sensors, locks and indicators may be described."""

from __future__ import annotations

from pathlib import Path

import pytest
from edge_yaml import GPIO_LOCK, mistakes, read

from edge.device_settings import GpioLock


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("camera", {"kind": "webcam"}),
        ("presence", {"kind": "gpio"}),
        ("lock", {"kind": "gpio", "pin": 17}),
        ("lock", {"kind": "gpio", "pin": 17, "factory": "mock"}),
        ("lock", {"kind": "simulated", "pin": 17}),
        ("lock", {"kind": "simulated", "hold_s": 600}),
        ("indicator", {"kind": "lights"}),
    ],
)
def test_a_device_that_cannot_work_is_refused(tmp_path: Path, key: str, value: object) -> None:
    assert f": {key}" in mistakes(tmp_path, **{key: value})


def test_the_password_of_a_network_camera_is_never_shown(tmp_path: Path) -> None:
    settings = read(tmp_path, camera={"kind": "rtsp", "source": "rtsp://me:secret@cam.example/1"})

    assert "secret" not in repr(settings)


def test_a_wired_lock_is_described_by_pin_and_library(tmp_path: Path) -> None:
    lock = read(tmp_path, lock={**GPIO_LOCK, "active_high": False}).lock

    assert isinstance(lock, GpioLock)
    assert (lock.pin, lock.factory, lock.active_high) == (17, "lgpio", False)
