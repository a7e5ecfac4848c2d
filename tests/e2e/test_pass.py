"""A visitor's pass, whole: issued by command, shown to a camera, and opening with nobody there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from mosquitto_world import MosquittoWorld

from demo.private_broker import PrivateBroker
from doorctl.__main__ import main
from doorctl.site import Site
from edge.adapters.actuator_simulated import read_ledger
from faces import models

PROJECT = Path(__file__).resolve().parents[2]
NEEDED = ("yunet", "landmarks68")
MISSING = next((why for name in NEEDED if (why := models.problem(name))), None)
PATIENCE_S = 60.0
HOLD_S = 1.0


class _Edge:
    """The door `back` as a process, before a simulated camera."""

    def __init__(self, site: Site) -> None:
        self._folder = site.door("back")
        self._scene = self._folder / "scene.yaml"
        self._show("{kind: empty}")
        config = self._folder / "edge.yaml"
        content: dict[str, Any] = yaml.safe_load(config.read_text())
        content |= {
            "camera": {"kind": "scene", "source": "scene.yaml"},
            "presence": {"kind": "always"},
            "lock": {"kind": "simulated", "hold_s": HOLD_S},
            "liveness": {"policy": "demo", "texture": "off"},
            "passes": {"kind": "camera"},
            "away": "codes",
            "clock": {"kind": "system"},
            "visit": {"refusal_s": 0.5},
        }
        config.write_text(yaml.safe_dump(content))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Killed at the end, not asked."""
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "edge", "--config", self._folder / "edge.yaml", "--json"],
                cwd=PROJECT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(PROJECT)},
            )
        try:
            yield
            assert process.poll() is None, self.log[-3000:]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def hold_up(self, picture: Path, **how: float) -> None:
        self._show(yaml.safe_dump({"kind": "paper", "picture": str(picture), **how}))

    def put_away(self) -> None:
        self._show("{kind: empty}")

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def openings(self) -> int:
        ledger = self._folder / "state" / "lock-ledger.jsonl"
        if not ledger.exists():
            return 0
        return sum(one.state == "UNLOCKED" for one in read_ledger(ledger))

    @property
    def closed(self) -> bool:
        ledger = self._folder / "state" / "lock-ledger.jsonl"
        return list(read_ledger(ledger))[-1].state == "LOCKED"

    def told(self, detail: str) -> int:
        return self.log.count(f'"detail": "{detail}')

    def _show(self, scene: str) -> None:
        draft = self._scene.with_suffix(".new")
        draft.write_text(scene)
        draft.replace(self._scene)


def _wait(done: Callable[[], object], edge: _Edge) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < give_up_at, edge.log[-3000:]
        time.sleep(0.05)


def _doorctl(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["doorctl", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_a_pass_opens_a_door_whose_brain_and_broker_are_away_once_and_is_audited_afterwards(
    site: Site, broker: PrivateBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_CLIENT", str(site.staff("admin.alice") / "client.yaml"))
    picture, other = tmp_path / "pass.png", tmp_path / "other.png"
    world = MosquittoWorld(site, broker)
    world.start()
    until = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    for door, png in (("back", picture), ("front", other)):
        _doorctl(
            monkeypatch,
            *("pass", "issue", "Plumber", "--door", door, "--until", until, "--png", png),
        )
    ours = next(
        one["pass"] for one in world.admin.ok("passes")["passes"] if one["doors"] == ["back"]
    )
    world.close()
    broker.kill()
    edge = _Edge(site)
    began = time.time()

    with edge.running():
        edge.hold_up(other, share=0.7)
        _wait(lambda: edge.told("other_door"), edge)
        assert edge.openings == 0
        edge.hold_up(picture, share=0.6, angle=12)
        _wait(lambda: edge.openings == 1, edge)
        opened = time.time()
        _wait(lambda: edge.closed, edge)
        edge.put_away()
        time.sleep(0.5)
    with edge.running():  # killed in between: the use is on the disk
        edge.hold_up(picture, share=0.6)
        _wait(lambda: edge.told(f"used_up {ours}"), edge)
        assert edge.openings == 1
        broker.restart()
        world = MosquittoWorld(site, broker)
        world.start()
        _wait(lambda: world.admin.ok("passes", **{"pass": ours})["used"] == 1, edge)

    entries = world.admin.ok("log", what="pass_used", door="back")["entries"]
    assert [entry["reason"] for entry in entries] == [ours]
    assert began <= entries[0]["at"] <= opened + 1
    assert world.admin.ok("passes", **{"pass": ours})["revoked"] is True
    world.close()
