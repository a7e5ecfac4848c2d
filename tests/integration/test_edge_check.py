"""`python -m edge check` and the command line: what is tried, what is said, and the exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from edge_world import NoiseCamera, PlayedPresence, PlayedTracker, Scene

from doorbus.memory import MemoryBroker
from doorctl.site import Site
from edge import check
from edge.adapters.actuator_simulated import read_ledger
from edge.check import Trial
from edge.errors import CameraError, EdgeError, LockError
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
from edge.ports import Frame
from edge.state_dir import StateDir
from faces import models
from faces.errors import ModelError

MISSING = models.problem("yunet") or models.problem("landmarks68")


def said(state: StateDir, *trials: Trial) -> tuple[bool, list[str]]:
    lines: list[str] = []
    return check.run(state, trials, lines.append), lines


def raising(error: Exception) -> Callable[[], str]:
    def attempt() -> str:
        raise error

    return attempt


def test_each_part_is_tried_and_one_failure_hides_no_other(tmp_path: Path) -> None:
    good, lines = said(
        StateDir(tmp_path),
        Trial("models", raising(ModelError("yunet is missing; run `doorctl models`"))),
        Trial("camera", raising(CameraError("no /dev/video0; plug it in"))),
        Trial("lock", lambda: "closes"),
    )

    assert not good
    assert [line.split()[:2] for line in lines] == [
        ["ok", "state_dir"],
        ["failed", "models"],
        ["failed", "camera"],
        ["ok", "lock"],
    ]
    assert "doorctl models" in lines[1]


def test_nothing_of_a_running_door_is_touched(tmp_path: Path) -> None:
    running = StateDir(tmp_path)
    running.start()

    good, lines = said(
        StateDir(tmp_path),
        Trial("models", lambda: "there", alone=False),
        Trial("lock", raising(AssertionError("tried"))),
    )
    running.stop()

    assert not good
    assert "running" in lines[0]
    assert lines[1].startswith("ok")
    assert lines[2].startswith("not tried")


def test_the_folder_is_free_again_after_a_check(tmp_path: Path) -> None:
    said(StateDir(tmp_path))

    state = StateDir(tmp_path)
    state.start()
    state.stop()


# --- camera --------------------------------------------------------------------------------------


class OddCamera(NoiseCamera):
    """Delivers what the test asks for."""

    def __init__(self, *, grey: int = 120, fps: float = 30.0, frames: int = 99) -> None:
        super().__init__(Scene())
        self._grey, self._rate, self._left = grey, fps, frames

    def read(self) -> Frame | None:
        self._left -= 1
        if self._left < 0:
            return None
        self._index += 1
        image = np.full((240, 320, 3), self._grey, dtype=np.uint8)
        return Frame(image, self._index / self._rate, self._index)


def test_a_good_camera_is_described() -> None:
    assert check.try_camera(OddCamera()) == (
        "320x240, 30.0 frames a second, mean grey level 120, simulated"
    )


@pytest.mark.parametrize(
    ("camera", "why"),
    [
        (OddCamera(grey=0), "black"),
        (OddCamera(fps=8), "8.0 frames a second"),
        (OddCamera(frames=0), "0 pictures"),
        (OddCamera(frames=1), "1 pictures"),
    ],
)
def test_a_camera_of_no_use_says_why(camera: OddCamera, why: str) -> None:
    with pytest.raises(CameraError, match=why):
        check.try_camera(camera)


# --- lock, sensor, models, broker ----------------------------------------------------------------


def lock_at(ledger: Path) -> LockProcess:
    return LockProcess(ActuatorChoice("simulated", ledger=ledger))


def test_the_lock_is_closed_and_not_opened_unless_asked(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"

    assert check.try_lock(lock_at(ledger), simulated=True, open_it=False) == "closes, simulated"
    assert [move.state for move in read_ledger(ledger)] == ["LOCKED"]

    said = check.try_lock(lock_at(ledger), simulated=True, open_it=True)
    assert said == "opens and closes, simulated"
    assert [move.state for move in read_ledger(ledger)][1:] == ["LOCKED", "UNLOCKED", "LOCKED"]


def test_a_lock_that_cannot_be_claimed_says_why(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="ledger"):
        check.try_lock(lock_at(tmp_path / "no" / "folder"), simulated=True, open_it=False)


def test_a_sensor_is_read() -> None:
    scene = Scene(someone=True)

    assert check.try_presence(PlayedPresence(scene)) == "somebody is there"
    scene.someone = False
    assert check.try_presence(PlayedPresence(scene)) == "nobody is there"


def test_models_are_loaded() -> None:
    assert check.try_models(lambda: PlayedTracker(Scene())) == "the face tracker loads"


def test_a_broker_that_is_there_is_told_nothing() -> None:
    broker = MemoryBroker()

    said = check.try_broker(
        lambda subscriptions, birth, will: broker.bus(
            "front", subscriptions=subscriptions, birth=birth, will=will
        )
    )

    assert said == "connected"
    assert broker.retained("door/front/availability") is None


def test_a_broker_that_is_not_there_says_so() -> None:
    broker = MemoryBroker()
    broker.go_away()

    with pytest.raises(EdgeError, match=r"broker\.host"):
        check.try_broker(lambda *_: broker.bus("front"))


# --- the command line ----------------------------------------------------------------------------


def edge(*arguments: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def bundle(site: Site, **changes: object) -> Path:
    """A door's configuration, with an empty room before it."""
    folder = site.door("front")
    (folder / "scene.yaml").write_text("kind: empty\n")
    path = folder / "edge.yaml"
    text = yaml.safe_load(path.read_text())
    text["camera"] = {"kind": "scene", "source": "scene.yaml"}
    text["liveness"] = {"policy": "demo"}
    path.write_text(yaml.safe_dump({**text, **changes}))
    return path


def test_a_wrong_configuration_is_exit_code_2_with_every_mistake(site: Site) -> None:
    path = bundle(site, colour="red", door="Front Door")

    ended = edge("--config", path)

    assert ended.returncode == 2
    assert f"{path}: colour: " in ended.stderr
    assert f"{path}: door: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_configuration_or_key_is_exit_code_2_and_names_the_file(site: Site) -> None:
    path = bundle(site)

    missing = edge("--config", path.with_name("no.yaml"))
    (site.door("front") / "door.key").unlink()
    keyless = edge("--config", path)

    assert (missing.returncode, keyless.returncode) == (2, 2)
    assert "no.yaml" in missing.stderr
    assert "door.key" in keyless.stderr
    assert "Traceback" not in missing.stderr + keyless.stderr


def test_a_missing_model_names_the_file_and_the_command(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path / "empty"))

    ended = edge("--config", bundle(site))

    assert ended.returncode == 1
    assert "doorctl models" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_check_without_a_broker_fails_and_says_which_part(site: Site) -> None:
    ended = edge("check", "--config", bundle(site))

    lines = {line.split()[1]: line.split()[0] for line in ended.stdout.splitlines()}
    assert ended.returncode == 1
    assert lines["broker"] == "failed"
    assert lines["lock"] == lines["camera"] == lines["keys"] == lines["presence"] == "ok"


@pytest.mark.usefixtures("broker")
@pytest.mark.skipif(MISSING is not None, reason=f"needs the models: {MISSING}")
def test_a_check_of_a_good_door_passes_and_leaves_the_lock_closed(site: Site) -> None:
    ended = edge("check", "--config", bundle(site), "--open-lock")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "failed" not in ended.stdout
    ledger = read_ledger(site.door("front") / "state" / "lock-ledger.jsonl")
    assert [move.state for move in ledger] == ["LOCKED", "UNLOCKED", "LOCKED"]


def test_a_door_without_broker_and_camera_runs_and_stops_when_asked(site: Site) -> None:
    path = bundle(site, camera={"kind": "device", "source": 97})
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "--config", str(path)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    time.sleep(6)
    running = process.poll() is None
    process.terminate()
    _, log = process.communicate(timeout=20)

    assert running, log
    assert process.returncode == 0, log
    assert log.count("broker_away") == 1
    assert log.count("camera_lost") == 1
    assert "Traceback" not in log


@pytest.mark.skipif(MISSING is not None, reason=f"needs the models: {MISSING}")
@pytest.mark.parametrize(
    ("texture", "result"), [("optional", "ok"), ("required", "failed"), ("off", "ok")]
)
def test_a_door_without_texture_networks_says_so(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texture: str, result: str
) -> None:
    for file in models.folder().iterdir():
        if file.is_file() and not file.name.startswith((".", "MiniFASNet")):
            (tmp_path / file.name).symlink_to(file)
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path))

    ended = edge("check", "--config", bundle(site, liveness={"texture": texture}))

    (line,) = [one for one in ended.stdout.splitlines() if one.split()[1] == "liveness"]
    assert line.split()[0] == result
    told = "minifasnet" in line.lower() and "missing" in line and "doorctl models" in line
    assert told is (texture != "off")
    assert ("no texture networks (optional)" in line) is (texture == "optional")


@pytest.mark.skipif(MISSING is not None, reason=f"needs the models: {MISSING}")
def test_a_door_that_requires_networks_does_not_start_without_them(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in models.folder().iterdir():
        if file.is_file() and not file.name.startswith((".", "MiniFASNet")):
            (tmp_path / file.name).symlink_to(file)
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path))

    ended = edge("--config", bundle(site, liveness={"texture": "required"}))

    assert ended.returncode == 1
    assert "MiniFASNet" in ended.stderr
    assert "doorctl models" in ended.stderr
    assert "Traceback" not in ended.stderr
