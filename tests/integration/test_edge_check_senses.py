"""`python -m edge check` on wires, indicators, office hours and a fail-safe lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from edge_yaml import read

from doorctl.site import Site
from edge import check, fittings
from edge.adapters.actuator_simulated import read_ledger
from edge.adapters.indicator_none import NoIndicator
from edge.adapters.senses_file import SimulatedInput
from edge.adapters.wall_clock_simulated import SimulatedWallClock
from edge.core.senses import Sense
from edge.errors import IndicatorError, SensorError
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess

HOURS = {"windows": [{"days": ["mon"], "start": "09:00", "end": "17:00"}]}


def wire(folder: Path, sense: Sense, *, active: bool) -> SimulatedInput:
    path = folder / "senses.yaml"
    path.write_text(f"{sense.value}: {str(active).lower()}\n")
    return SimulatedInput(path, sense)


@pytest.mark.parametrize(
    ("sense", "active", "said"),
    [
        (Sense.CONTACT, False, "the door is shut, simulated"),
        (Sense.CONTACT, True, "the door stands open, simulated"),
        (Sense.EXIT, True, "pressed, simulated"),
        (Sense.TAMPER, False, "the housing is shut, simulated"),
        (Sense.FIRE, False, "no alarm, simulated"),
        (Sense.FIRE, True, "ALARM, or the wire is cut: the door would be open, simulated"),
    ],
)
def test_a_wire_says_how_it_is(tmp_path: Path, sense: Sense, active: bool, said: str) -> None:
    assert check.try_wire(wire(tmp_path, sense, active=active), sense) == said


def test_a_wire_that_cannot_be_read_fails(tmp_path: Path) -> None:
    with pytest.raises(SensorError, match=r"none\.yaml"):
        check.try_wire(SimulatedInput(tmp_path / "none.yaml", Sense.FIRE), Sense.FIRE)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-01-05T10:00+01:00", "Mon 10:00 Europe/Berlin, within a window until 17:00"),
        ("2026-01-05T17:30+00:00", "Mon 18:30 Europe/Berlin, outside of its windows"),
        ("", "no office mode until this machine's clock is set; look at its time service"),
    ],
)
def test_office_hours_are_told_in_the_time_of_the_site(tmp_path: Path, now: str, said: str) -> None:
    clock = tmp_path / "time.txt"
    clock.write_text(now)
    settings = read(tmp_path, timezone="Europe/Berlin", office=HOURS)

    assert check.try_office(settings, SimulatedWallClock(clock)) == said


def test_a_door_without_office_hours_says_never(tmp_path: Path) -> None:
    assert check.try_office(read(tmp_path), SimulatedWallClock(tmp_path / "none")) == "never"


def test_indicators_show_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SHOW_S", 0.0)

    assert check.try_indicator(NoIndicator()) == "shows 'welcome'"


def test_an_indicator_that_is_not_there_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    settings = read(tmp_path, indicator=[{"kind": "log"}, {"kind": "window"}])
    several = fittings.indicators(settings, strict=True)

    with pytest.raises(IndicatorError, match="no screen"):
        check.try_indicator(several)


def test_a_fail_safe_lock_says_that_the_check_leaves_it_open(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    lock = LockProcess(ActuatorChoice("simulated", ledger=ledger, rests_open=True))

    said = check.try_lock(lock, simulated=True, open_it=False)

    assert "fail-safe: open" in said
    assert read_ledger(ledger)[-1].state == "UNLOCKED"


def test_the_command_tries_each_of_them_and_names_those_that_fail(site: Site) -> None:
    folder = site.door("front")
    path = folder / "edge.yaml"
    (folder / "senses.yaml").write_text("contact: false\n")
    played: dict[str, Any] = {"kind": "simulated", "source": "senses.yaml"}
    text = yaml.safe_load(path.read_text())
    text |= {
        "contact": played,
        "fire": {**played, "source": "none.yaml"},
        "office": HOURS,
        "indicator": [{"kind": "log"}],
    }
    path.write_text(yaml.safe_dump(text))

    ended = subprocess.run(
        [sys.executable, "-m", "edge", "check", "--config", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    lines = {line.split()[1]: line.split()[0] for line in ended.stdout.splitlines()}
    assert lines["contact"] == lines["office"] == lines["indicator"] == "ok"
    assert lines["fire"] == "failed"
    assert ended.returncode == 1
