"""What a door's configuration may say, and how its mistakes are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from edge_yaml import GPIO_LOCK, mistakes, read

from doorctl.edge_config import DoorChoices, render_edge_config
from doorctl.site import Description
from edge import config
from edge.device_settings import SimulatedLock


def test_a_minimal_file_is_a_door_with_a_camera_and_no_lock_yet(tmp_path: Path) -> None:
    settings = read(tmp_path)

    assert settings.camera.kind == "device"
    assert settings.presence.kind == "motion"
    assert settings.lock.kind == "simulated"
    assert settings.liveness.policy == "standard"
    assert settings.enrolment.min_interval_s == 0.04


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    settings = read(tmp_path, camera={"kind": "file", "source": "clip.mp4"})

    assert settings.keys.door == tmp_path / "door.key"
    assert settings.ledger == tmp_path / "state" / "lock-ledger.jsonl"
    assert settings.camera.source == tmp_path / "clip.mp4"


def test_a_ledger_can_be_named(tmp_path: Path) -> None:
    settings = read(tmp_path, lock={"kind": "simulated", "ledger": "moves.jsonl"})

    assert settings.ledger == tmp_path / "moves.jsonl"


def test_every_mistake_is_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        door="Front Door",
        colour="red",
        keys={"door": "door.key"},
        visit={"answer_s": -1, "paus_s": 30},
        lock={"kind": "gpio", "pin": 99, "factory": "lgpio"},
    )

    lines = text.splitlines()
    for key in ("door", "colour", "keys.brain", "visit.answer_s", "visit.paus_s", "lock.pin"):
        assert any(line.startswith(f"{tmp_path / 'edge.yaml'}: {key}: ") for line in lines), key
    assert len(lines) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"camera": {"kind": "file", "source": "clip.mp4"}},
        {"camera": {"kind": "scene", "source": "scene.yaml"}},
        {"liveness": {"policy": "demo"}},
    ],
    ids=["a clip", "a scene", "the policy demo"],
)
def test_a_real_lock_wants_real_eyes_and_a_real_policy(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    assert "real lock" in mistakes(tmp_path, lock=GPIO_LOCK, **changes)
    assert read(tmp_path, **changes).lock.kind == "simulated"


def test_two_devices_on_one_pin_are_refused(tmp_path: Path) -> None:
    sensor = {"kind": "gpio", "pin": 17, "factory": "lgpio"}

    assert "17" in mistakes(tmp_path, lock=GPIO_LOCK, presence=sensor)
    assert read(tmp_path, lock=GPIO_LOCK, presence={**sensor, "pin": 4}).presence.kind == "gpio"


def test_the_figures_reach_the_core(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        lock={"kind": "simulated", "hold_s": 7, "longest_hold_s": 9},
        visit={"answer_s": 2, "burst": 12, "attempts": 3, "pause_s": 45},
        enrolment={"min_interval_s": 0.5, "idle_s": 99},
    )

    rule = settings.visit_rule
    assert (rule.hold_s, rule.answer_s, rule.burst, rule.enrolment_idle_s) == (7, 2, 12, 99)
    assert (rule.pause.after, rule.pause.first_s) == (3, 45)
    assert settings.burst_rule.size == 12
    assert settings.enrolment_rule.min_interval_s == 0.5


@pytest.mark.parametrize(
    "choices",
    [
        DoorChoices(),
        DoorChoices(camera_kind="scene", camera_source="scene.yaml", liveness_policy="demo"),
        DoorChoices(camera_kind="rtsp", camera_source="rtsp://camera.example/1", hold_s=8),
        DoorChoices(camera_kind="file", camera_source="clip.mp4", presence_kind="always"),
    ],
    ids=["device", "scene", "rtsp", "file"],
)
def test_what_doorctl_writes_is_what_the_edge_reads(tmp_path: Path, choices: DoorChoices) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(render_edge_config("007", Description(), choices))

    settings = config.read(path)

    assert settings.door == "007"
    assert settings.camera.kind == choices.camera_kind
    assert settings.lock.hold_s == choices.hold_s
    assert isinstance(settings.lock, SimulatedLock)
