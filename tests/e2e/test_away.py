"""Broker and brain are killed, and the door goes on as it may: every process real, real faces."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from living_site import DOOR, LivingSite, scene_camera, told, wait_until

from demo.observer import Observer, Seen
from demo.stage import Stage
from doorbus import messages as m
from doorctl.conversation import new_transaction
from faces import models

NEEDED = ("yunet", "sface", "sface_folded", "landmarks68", "obama.jpg", "obama3.jpg", "biden.jpg")
MISSING = next((why for name in (*NEEDED, "astronaut.png") if (why := models.problem(name))), None)

ONE, TWO = "202600000017", "202600000018"
RESIDENT, OTHER = "obama", "biden"
FRAMES = 30
VISIT_S = 60.0
HOURS = 2
PIN = "271828"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}"),
]


class AwaySite(LivingSite):
    """A site whose door may decide by its cache, and goes by a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.clock = folder / "clock"
        self.keypad = folder / "keypad"
        self.folder = folder
        folder.mkdir(exist_ok=True)
        doors = {
            DOOR: {
                "away": "faces",
                "clock": {"kind": "simulated", "source": str(self.clock)},
                # Whatever else runs on this machine: it is not the pace that is tested.
                "camera": scene_camera(folder, "every"),
                "visit": {"answer_s": 2.0, "match_s": 40, "refusal_s": 0.5, "absence_s": 1.0},
                "lock": {"kind": "simulated", "hold_s": 1.0},
                "reader": {"kind": "simulated", "source": str(self.keypad)},
                "codes": {"alone": True},
            }
        }
        brain: dict[str, Any] = {
            "away": {"doors": {DOOR: "faces"}, "hours": HOURS},
            "hold_s": 1.0,
            "doors": {DOOR: {"codes": True}},
        }
        super().__init__(Stage(folder, doors, brain), Observer())

    @property
    def state(self) -> Path:
        return self.folder / "site" / "doors" / DOOR / "state"

    def set_clock(self, ahead: timedelta | None = timedelta()) -> None:
        """The door's date and time; None for a clock that nobody has set."""
        now = "" if ahead is None else (datetime.now(UTC) + ahead).isoformat()
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(now, encoding="ascii")
        fresh.replace(self.clock)

    def log(self) -> str:
        return (self.folder / f"edge-{DOOR}.log").read_text(encoding="utf-8")

    def cached(self) -> int:
        """How many residents are in the cache that the door took last."""
        taken = re.findall(r"cache_taken .*residents=(\d+)", self.log())
        return int(taken[-1]) if taken else -1

    def said(self, kind: m.EventKind) -> int:
        """How many events of a kind the door has logged."""
        return self.log().count(f"kind={kind.value}")

    def enrol(self, card: str, portrait: str) -> str:
        before = max(0, self.cached())
        self.enroll(f"Resident {card}", card, FRAMES)
        self.comes({"kind": "animated", "portrait": portrait})
        shown = self.wait_enrolled(card, 180)
        assert shown["state"] == "trained", shown
        self.goes()
        wait_until(lambda: self.cached() == before + 1, 30, "the door gets another cache")
        resident: str = self.ask(m.Show(op="show", card=card))["resident"]
        return resident

    def let_in(self, portrait: str) -> None:
        """Somebody comes and is let in by the door itself."""
        opened, granted = len(self.openings()), self.said(m.EventKind.AWAY_GRANTED)
        self.comes({"kind": "animated", "portrait": portrait})
        self.wait_opened(opened, VISIT_S, "the lock opens")
        by_itself = granted + 1
        wait_until(
            lambda: self.said(m.EventKind.AWAY_GRANTED) == by_itself, 5, "it was the door itself"
        )
        self.goes()
        self.wait_locked(10)

    def refused(self, portrait: str, kind: m.EventKind) -> None:
        """Somebody comes, and the door says so and stays shut."""
        opened, before = len(self.openings()), self.said(kind)
        self.comes({"kind": "animated", "portrait": portrait})
        wait_until(lambda: self.said(kind) > before, VISIT_S, f"the door says {kind.value}")
        self.goes()
        assert len(self.openings()) == opened

    def audited(self, what: str) -> list[dict[str, Any]]:
        """Entries of the audit, the newest first."""
        found: list[dict[str, Any]] = self.ask(m.ReadLog(op="log", what=what))["entries"]
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AwaySite]:
    made = AwaySite(tmp_path / "away")
    made.set_clock()
    try:
        with made.stage:
            made.watch()
            yield made
    finally:
        made.observer.stop()


def test_a_resident_is_let_in_while_the_broker_is_dead_and_everything_is_told_afterwards(
    site: AwaySite,
) -> None:
    resident = site.enrol(ONE, RESIDENT)

    site.stage.broker.kill()
    died = time.time()
    site.let_in(RESIDENT)
    site.refused("astronaut", m.EventKind.AWAY_DENIED)
    back = time.time()
    site.stage.broker.restart()

    # Not by watching: whoever watches may be back later than the door, and miss what it tells.
    wait_until(lambda: bool(site.audited("away_denied")), 60, "it is told, and audited")
    (let_in,), (kept_out,) = site.audited("away_granted"), site.audited("away_denied")
    assert died - 1.1 < let_in["at"] <= kept_out["at"] < back + 1.1
    assert let_in["resident"] == resident
    assert kept_out["reason"] == "unknown"


def test_without_a_brain_the_removed_the_late_and_the_clockless_stay_out(site: AwaySite) -> None:
    site.enrol(ONE, RESIDENT)
    removed = site.enrol(TWO, OTHER)
    mark = site.observer.mark()
    site.ask(m.Remove(op="remove", transaction=new_transaction(), card=TWO))
    site.observer.wait(_forgot(removed), mark, 20, "the door has forgotten")

    site.stage.brain.kill()
    site.refused(OTHER, m.EventKind.AWAY_DENIED)
    site.let_in(RESIDENT)

    # The cache outlives the door's own restart, also without a broker.
    site.stage.edges[DOOR].kill()
    site.stage.broker.kill()
    site.stage.edges[DOOR].start()
    wait_until(lambda: site.log().count("door_runs") == 2, 60, "the door runs again")
    site.let_in(RESIDENT)

    site.set_clock(None)
    site.refused(RESIDENT, m.EventKind.CLOCK_UNSURE)
    site.set_clock(timedelta(hours=HOURS, minutes=5))
    site.refused(RESIDENT, m.EventKind.NO_ANSWER)
    assert not (site.state / "cache").exists()
    # A clock that is set back makes nothing young again.
    site.set_clock()
    site.refused(RESIDENT, m.EventKind.NO_ANSWER)


def test_a_verdict_that_comes_after_the_door_decided_moves_nothing(site: AwaySite) -> None:
    site.enrol(ONE, RESIDENT)
    mark = site.observer.mark()
    os.kill(site.stage.brain.pid, signal.SIGSTOP)
    try:
        site.let_in(RESIDENT)
    finally:
        os.kill(site.stage.brain.pid, signal.SIGCONT)

    late = site.observer.wait(told(m.EventKind.REFUSED_MESSAGE), mark, 30, "it is refused").value
    assert late.detail == "a late or repeated verdict"
    assert len(site.openings()) == 1
    assert site.locked()


def test_a_pin_opens_while_the_brain_is_dead_and_a_wrong_one_does_not(site: AwaySite) -> None:
    added = site.ask(m.Add(op="add", transaction=new_transaction(), name="Somebody", card=ONE))
    site.ask(m.SetPin(op="pin", transaction=new_transaction(), card=ONE, pin=PIN))
    wait_until(lambda: site.cached() == 1, 30, "the door gets another cache")
    mark = site.observer.mark()

    site.stage.brain.kill()
    site.keypad.write_text("999999\n", encoding="ascii")
    wait_until(lambda: site.said(m.EventKind.CODE_REFUSED) == 1, VISIT_S, "it is refused")
    time.sleep(1.0)
    assert site.openings() == []
    site.keypad.write_text(f"{PIN}\n", encoding="ascii")
    site.wait_opened(0, VISIT_S, "the lock opens")
    site.stage.brain.start()

    opened = site.observer.wait(told(m.EventKind.CODE), mark, 60, "it is told").value
    assert opened.detail == added["resident"]
    wait_until(lambda: bool(site.audited("code")), 20, "it is audited")
    assert site.audited("code")[0]["resident"] == added["resident"]


def _forgot(resident: str) -> Any:
    def is_it(seen: Seen) -> bool:
        return told(m.EventKind.FORGOTTEN)(seen) and bool(seen.value.detail == resident)

    return is_it
