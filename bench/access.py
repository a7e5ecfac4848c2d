"""What do access rules add to a verdict, at a large site?

`python -m bench.access`: 10,000 residents in 40 groups, 1,000 rules with 60 schedules, on SQLite.
Half of the rules are about everybody and everywhere, so that whoever no other rule lets in meets
hundreds of them; that is worse than any real site. Processor time of one thread; the limit is a
millisecond. Beside it, in the same run, the audit's own two lines, which every verdict writes. Exit
code 1 where a limit is passed.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import create_engine, insert

from bench.recognition.goals import Goal
from brain.adapters import sql_tables
from brain.adapters.store_sql import SqlStore
from brain.adapters.vault_rows import Seals
from brain.adapters.vault_site import SiteKeys
from brain.core.access import (
    Book,
    Default,
    Effect,
    Facts,
    Mode,
    Passback,
    Resident,
    Rule,
    ruling,
)
from brain.rules_admission import Admission
from brain.store_ports import AuditEntry, Work
from doorbus.messages import Day, Schedule, Window
from doorbus.messages.schedules import WEEK

RESIDENTS, RULES, GROUPS, SCHEDULES, DOORS = 10_000, 1_000, 40, 60, 50
DECISIONS = 2_000
LIMIT_MS = 1.0
KEYS = SiteKeys(bytes(32), bytes(32))
ZONE = ZoneInfo("Europe/Berlin")
MOMENT = 1_767_600_000.0
"""A Monday morning of January 2026."""


class StoppedClock:
    """The same moment always, so that every decision is asked the same."""

    def monotonic(self) -> float:
        """Of no matter here."""
        return 0.0

    def wall(self) -> float:
        """Seconds since 1970."""
        return MOMENT


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of many calls, milliseconds."""

    median: float
    most: float


def main() -> int:
    """Print what a decision costs; 1 where it is too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chance = random.Random(1)  # noqa: S311  # drawn alike in every run
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder, 'bench.sqlite')}", KEYS)
        store.start()
        people = _make_site(store, Path(folder, "bench.sqlite"), chance)
        admission = Admission(StoppedClock(), ZONE, Default.NOBODY)
        began = time.process_time()
        with store.work() as work:
            book = admission.book(work)
        loading = (time.process_time() - began) * 1e3
        with store.work() as work:
            facts = [Facts(groups=work.access.groups_of(one.id)) for one in people]
            doors = [f"door-{chance.randrange(DOORS)}" for _ in people]
            asked = list(zip(people, doors, facts, strict=True))
            alone = _cost([_deciding(book, *one) for one in asked])
            admitting = [_admitting(admission, work, *one[:2]) for one in asked]
            first, whole = _cost(admitting), _cost(admitting)
            audit = _cost([_noting(work, one) for one in people])
        store.stop()
    print(f"{RESIDENTS} residents, {RULES} rules, {GROUPS} groups, {SCHEDULES} schedules")
    print("milliseconds of processor time       median   99 of 100")
    for name, cost in (
        ("the decision alone", alone),
        ("with facts from the database, noted", whole),
        ("the same, first of their groups today", first),
        ("beside: a verdict's two audit lines", audit),
    ):
        print(f"{name:36} {cost.median:6.3f}   {cost.most:8.3f}")
    print(f"reading all rules anew after a change {loading:6.1f}")
    goals = [
        Goal("the decision alone, ms, 99 of 100", alone.most, LIMIT_MS),
        Goal("with facts, noted, ms, median", whole.median, LIMIT_MS),
    ]
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _deciding(book: Book, resident: Resident, door: str, facts: Facts) -> Callable[[], object]:
    now = book.local(MOMENT)
    return lambda: ruling(resident, door, now, facts, book)


def _admitting(
    admission: Admission, work: Work, resident: Resident, door: str
) -> Callable[[], object]:
    return lambda: admission.admit(work, resident, door)


def _noting(work: Work, resident: Resident) -> Callable[[], object]:
    lines = [
        AuditEntry(at=MOMENT, actor="door:door-1", what=what, resident=resident.id)
        for what in ("grant", "life")
    ]

    def note() -> None:
        for line in lines:
            work.audit.append(line)

    return note


def _cost(calls: list[Callable[[], object]]) -> Cost:
    took = []
    for call in calls:
        began = time.thread_time()
        call()
        took.append((time.thread_time() - began) * 1e3)
    took.sort()
    return Cost(took[len(took) // 2], took[len(took) * 99 // 100])


def _make_site(store: SqlStore, path: Path, chance: random.Random) -> list[Resident]:
    """A large site; some of its residents, to ask about."""
    residents = [Resident(f"r-{n:08}", f"Resident {n}", f"{n:012}") for n in range(RESIDENTS)]
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as do:
        seals = Seals(do, KEYS)
        do.execute(
            insert(sql_tables.resident),
            [{"id": one.id, "enabled": True, **seals.begin(one)} for one in residents],
        )
        groups = [f"group-{n}" for n in range(GROUPS)]
        do.execute(insert(sql_tables.resident_group), [{"name": name} for name in groups])
        do.execute(
            insert(sql_tables.member),
            [
                {"resident_group": group, "resident": one.id}
                for one in residents
                for group in chance.sample(groups, 3)
            ],
        )
    engine.dispose()
    with store.work() as work:
        for number in range(SCHEDULES):
            work.access.set_schedule(_schedule(number, chance))
        for number in range(10):
            doors = [f"door-{n}" for n in range(number * 5, number * 5 + 5)]
            work.access.set_doors(f"doors-{number}", doors)
        for number in range(RULES):
            work.access.add_rule(_rule(number, chance))
        for number in range(5):
            inside, outside = f"door-{2 * number}", f"door-{2 * number + 1}"
            work.access.set_passback(
                Passback(
                    f"area-{number}",
                    frozenset({inside}),
                    frozenset({outside}),
                    Mode.SOFT,
                    12 * 3600.0,
                )
            )
        work.access.changed()
    return chance.sample(residents, DECISIONS)


def _schedule(number: int, chance: random.Random) -> Schedule:
    """Of the afternoon and night, so that at the moment asked for hardly any holds."""
    windows = []
    for _ in range(4):
        days: list[Day] = chance.sample(list(WEEK), 3)
        start = chance.randrange(13, 23)
        windows.append(Window(days=tuple(days), start=f"{start:02}:00", end="02:00", next_day=True))
    return Schedule(name=f"schedule-{number}", windows=tuple(windows))


def _rule(number: int, chance: random.Random) -> Rule:
    schedule = f"schedule-{chance.randrange(SCHEDULES)}"
    effect = Effect.FORBID if number % 4 == 0 else Effect.PERMIT
    if number % 2:
        return Rule(
            0, effect, schedule=schedule, after="group-0" if effect is Effect.PERMIT else None
        )
    return Rule(
        0,
        effect,
        group=f"group-{chance.randrange(GROUPS)}",
        doors=f"doors-{chance.randrange(10)}",
        schedule=None if number % 10 == 2 else schedule,
        valid_from="2026-01-01",
    )


if __name__ == "__main__":
    sys.exit(main())
