"""Broker, brain and edge are killed at random moments: the lock closes, and life goes on.

Case 45 plays moments of a story (DOORWARD_KILLS of them, six in `make test`; DOORWARD_SEED gives
others); case 46 kills under load, each 20 times, then at random for ten minutes.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import kill_load as load
import pytest
from cases import case
from extent import many
from fault_table import Note
from kill_story import HOLD_S, KillStory, Phase, Victim, moments
from living_site import DOOR, LivingSite
from rich.console import Console

from demo.observer import Observer
from demo.stage import EMPTY, Stage
from faces import models

KILLS = int(os.environ.get("DOORWARD_KILLS", str(many(6, 12))))
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


EACH = many(1, 20)
AT_RANDOM_S = many(5, 600)
ALL_AT_ONCE = 0.2
"""Share of the random kills that hit all three."""


@case(
    46,
    "SIGKILL of broker, brain and edge under load, each by itself, then at random",
    "0 unexplained, 0 acknowledged lost, healed within 10 s",
)
@pytest.mark.slow
@pytest.mark.timeout(180 + 60 * EACH + 2 * AT_RANDOM_S)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_kills_under_load_open_nothing_and_lose_nothing(tmp_path: Path, note: Note) -> None:
    settings = {
        "visit": {"absence_s": 0.5, "refusal_s": 0.5, "attempts": 10},
        "lock": {"kind": "simulated", "hold_s": load.HOLD_S},
    }
    chance = random.Random(SEED)
    observer = Observer()
    with Stage(tmp_path, dict.fromkeys(load.DOORS, settings), {"hold_s": load.HOLD_S}) as stage:
        site, books = LivingSite(stage, observer), None
        try:
            site.watch()
            load.enrol_resident(site)
            work, killer = load.Load(site, SEED), load.Killer(site)
            books = load.Books(site, tmp_path)
            work.start()
            victims = [*Victim] * EACH
            chance.shuffle(victims)
            for victim in victims:
                time.sleep(chance.uniform(0.3, 2))
                killer.kill(victim)
            begun, alone = time.monotonic(), len(victims)
            while time.monotonic() - begun < AT_RANDOM_S:
                time.sleep(chance.uniform(0.2, 6))
                together = chance.random() < ALL_AT_ONCE
                killer.kill(*([*Victim] if together else [chance.choice([*Victim])]))
            lasted = time.monotonic() - begun
            work.stop()
            stage.show(EMPTY, "back")
            site.goes()
            events_lost = books.missing_events(60)
            lost = books.missing_residents(work.added)
            time.sleep(load.HOLD_S + 1)
            causeless, late = books.unexplained(), books.held_too_long()
        finally:
            observer.stop()

    more = sum(killer.kills.values()) - alone
    note(f"{alone} kills one by one, {more} in {lasted:.0f} s at random")
    note(f"{work.visits} visits at 2 doors, {len(work.added)} additions, {work.orders} orders")
    note(**{f"{victim.value}_killed": count for victim, count in killer.kills.items()})
    note(openings=books.openings(), unexplained=len(causeless), held_too_long=len(late))
    note(events_stored=books.events(), acknowledged_lost=len(lost) + len(events_lost))
    note(slowest_healed_s=f"{max(killer.healed_s):.1f}", not_healed_in_10_s=len(killer.unhealed))
    assert (causeless, late, lost, events_lost) == ([], [], [], [])
    assert killer.unhealed == []
