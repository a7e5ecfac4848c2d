"""Broker, brain and edge are killed at random moments: the lock closes, and life goes on.

`make test` plays six moments, `make faults` sixty (DOORWARD_KILLS, and DOORWARD_SEED for others).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from cases import case
from fault_table import Note
from kill_story import HOLD_S, KillStory, Phase, Victim, moments
from living_site import DOOR, LivingSite
from rich.console import Console

from demo.observer import Observer
from demo.stage import Stage
from faces import models

KILLS = int(os.environ.get("DOORWARD_KILLS", "6"))
SEED = int(os.environ.get("DOORWARD_SEED", "1"))
NEEDED = ("yunet", "sface", "landmarks68", "obama.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")
MISSING = next((why for name in NEEDED if (why := models.problem(name))), None)


def test_thirty_moments_are_spread_over_all_phases_and_victims() -> None:
    thirty = moments(30, SEED)

    assert Counter(one.phase for one in thirty) == dict.fromkeys(Phase, 5)
    assert Counter(one.victim for one in thirty) == dict.fromkeys(Victim, 10)
    assert len({(one.phase, one.victim) for one in thirty}) == 18


@case(45, "SIGKILL of broker, brain and edge at random moments", "lock closed, next visit works")
@pytest.mark.slow
@pytest.mark.timeout(90 + 30 * KILLS)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_a_kill_at_any_moment_leaves_the_lock_closed_and_the_next_visit_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], note: Note
) -> None:
    door = {
        "visit": {"absence_s": 1.0, "refusal_s": 0.5, "attempts": 10},
        "lock": {"kind": "simulated", "hold_s": HOLD_S},
    }
    observer = Observer()
    with Stage(tmp_path, {DOOR: door}, {"hold_s": HOLD_S}) as stage:
        try:
            site = LivingSite(stage, observer)
            site.watch()
            story = KillStory(site, tmp_path)
            story.enrol_resident()
            for moment in moments(KILLS, SEED):
                story.play(moment)
            ledger = story.judge_ledger()
        finally:
            observer.stop()

    with capsys.disabled():
        Console(width=120).print("", story.table())
    slowest = max(one.recovery_s for one in story.outcomes)
    note(f"{KILLS} kills, real eyes", unexplained=len(ledger), slowest_let_in_s=f"{slowest:.1f}")
    assert [(one.moment, one.wrong) for one in story.outcomes if one.wrong] == []
    assert ledger == []
