"""The date jumps by a day, forth and back, in every process of a site: in visits, holds, orders.

No test may set the machine's clock. So each process begins with a module that gives every reading
of the wall clock in Python an offset from a file, which the test changes while they run. What the
kernel is asked elsewhere (certificates' dates in OpenSSL, the files' own) stays as it is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from cases import case
from extent import many
from fault_table import Note
from kill_load import RESIDENT, enrol_resident, walks_up
from kill_story import VISITS
from ledger import held_too_long
from living_site import DOOR, LivingSite
from test_random_kills import MISSING

from demo.observer import Observer
from demo.stage import Stage
from doorbus import messages as m
from doorctl.conversation import new_transaction

DAY_S: Final = 86_400.0
HOLD_S: Final = 1.0
JUMPS: Final = (DAY_S, 0.0, -DAY_S, DAY_S, -2 * DAY_S)[: many(2, 5)]
"""Where the clock stands after each jump, seconds from the truth."""

CLOCK: Final = """
import datetime
import pathlib
import time

_offset = pathlib.Path({offset!r})
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime


def _ahead():
    try:
        return float(_offset.read_text())
    except (OSError, ValueError):
        return 0.0


class _Jumping(_datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)


time.time = lambda: _time() + _ahead()
time.time_ns = lambda: _time_ns() + int(_ahead() * 1e9)
datetime.datetime = _Jumping
"""


@case(35, "clock jumps of a day, forth and back, in a visit and a hold", "visits and holds as ever")
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}")
def test_a_day_more_or_less_in_every_process_changes_no_visit_and_no_hold(
    tmp_path: Path, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, offset = tmp_path / "clock", tmp_path / "offset"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(CLOCK.format(offset=str(offset)))
    root = str(Path(__file__).resolve().parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(clock), root)))
    door = {
        "visit": {"absence_s": 0.5, "refusal_s": 0.5, "attempts": 10},
        "lock": {"kind": "simulated", "hold_s": HOLD_S},
    }
    observer = Observer()
    with Stage(tmp_path / "site", {DOOR: door}, {"hold_s": HOLD_S}) as stage:
        try:
            site = LivingSite(stage, observer)
            site.watch()
            enrol_resident(site)
            for number, jump in enumerate(JUMPS):
                before = len(site.openings())
                site.comes(walks_up(VISITS, number))
                time.sleep(0.7)
                offset.write_text(str(jump))
                site.wait_opened(before, 30, "let in, whatever the date says")
                site.goes()
                site.wait_locked(HOLD_S + 2)
                site.ask(
                    m.Unlock(op="unlock", transaction=new_transaction(), door=DOOR, hold_s=HOLD_S)
                )
                site.wait_opened(before + 1, 10, "opened by order")
                offset.write_text(str(-jump))
                site.wait_locked(HOLD_S + 2)
            shown = site.ask(m.Show(op="show", card=RESIDENT))
            moves = stage.ledger(DOOR)
        finally:
            observer.stop()
    database = tmp_path / "site" / "site" / "brain" / "data" / "doorward.sqlite"
    with closing(sqlite3.connect(database)) as opened:
        query = "SELECT count(*), max(at) - min(at) FROM audit WHERE what IN ('grant', 'unlock')"
        [(causes, span)] = opened.execute(query)
    openings = sum(move.state == "UNLOCKED" for move in moves)
    late = held_too_long(moves, HOLD_S)

    note(f"{2 * len(JUMPS)} jumps of real processes, up to {max(map(abs, JUMPS)) / DAY_S:.0f} days")
    note(openings=openings, unexplained=abs(openings - causes), held_too_long=len(late))
    assert shown["card"] == RESIDENT
    assert span > DAY_S / 2, "the clocks did not jump"
    assert openings == causes == 2 * len(JUMPS)
    assert late == []
