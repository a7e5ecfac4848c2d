"""Figures are counted in stretches, between which others have their turn, and are complete."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from vault_keys import KEYS

from brain import counting
from brain.adapters.store_sql import SqlStore
from brain.asking import Asker
from brain.core.visit_counts import LET_IN, VERDICTS
from brain.counting import Counting
from brain.errors import RequestRefused
from brain.store_ports import AuditEntry
from doorbus.messages import DoorEvent, ErrorResponse, EventKind, OkResponse, ReadFigures, Role

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 29, 10, 30, tzinfo=UTC).timestamp()
ALICE = Asker("admin.alice", Role.ADMINISTRATOR)
DAY_S = 86_400.0


class Clock:
    def monotonic(self) -> float:
        return 0.0

    def wall(self) -> float:
        return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    yield store
    store.stop()


class Desk:
    """Counts in a zone of half hours, one step at a time."""

    def __init__(self, store: SqlStore) -> None:
        self.steps: deque[Callable[[], None]] = deque()
        self.full = False
        self.answers: list[tuple[str, OkResponse | ErrorResponse]] = []
        self.counting = Counting(
            store=store, clock=Clock(), zone=KOLKATA, later=self._later, answer=self._answer
        )

    def _later(self, step: Callable[[], None]) -> bool:
        if not self.full:
            self.steps.append(step)
        return not self.full

    def _answer(self, principal: str, response: OkResponse | ErrorResponse) -> None:
        self.answers.append((principal, response))

    def ask(self, **wanted: object) -> None:
        self.counting.begin(ALICE, ReadFigures.model_validate({"op": "figures"} | wanted))

    def run(self) -> int:
        done = 0
        while self.steps:
            self.steps.popleft()()
            done += 1
        return done

    @property
    def data(self) -> dict[str, object]:
        (_, response) = self.answers[-1]
        assert isinstance(response, OkResponse), response
        return response.data


def kept(store: SqlStore, entries: list[AuditEntry]) -> None:
    with store.work() as work:
        for entry in entries:
            work.audit.append(entry)


def made_up(number: int, days: float, seed: int) -> list[AuditEntry]:
    draw = random.Random(seed)
    return [
        AuditEntry(
            NOW - draw.random() * days * DAY_S,
            "door:front",
            draw.choice((*VERDICTS, "life", "unlock")),
            None,
            draw.choice(("front", "back", None)),
            draw.choice(("unknown", "no_life")),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_every_verdict_is_counted_once_in_its_own_hour_and_day(store: SqlStore, seed: int) -> None:
    entries = made_up(400, 20, seed)
    kept(store, entries)
    desk = Desk(store)

    desk.ask(since=NOW - 10 * DAY_S, until=NOW - 2 * DAY_S)
    desk.run()

    hours: Counter[tuple[int, bool]] = Counter()
    days: Counter[tuple[str, bool]] = Counter()
    for one in entries:
        if one.what in VERDICTS and NOW - 10 * DAY_S <= one.at < NOW - 2 * DAY_S:
            local = datetime.fromtimestamp(one.at, KOLKATA)
            hours[local.hour, one.what in LET_IN] += 1
            days[local.date().isoformat(), one.what in LET_IN] += 1
    assert desk.data["hours"] == [
        {"granted": hours[hour, True], "refused": hours[hour, False]} for hour in range(24)
    ]
    first = datetime.fromtimestamp(NOW - 10 * DAY_S, KOLKATA).date()
    every = [(first + timedelta(day)).isoformat() for day in range(9)]
    assert desk.data["days"] == [
        {"date": day, "granted": days[day, True], "refused": days[day, False]} for day in every
    ]


def test_others_have_their_turn_between_stretches_and_who_asked_first_is_answered_first(
    store: SqlStore,
) -> None:
    desk = Desk(store)
    desk.ask(transaction="one")
    desk.ask(transaction="two")

    assert len(desk.steps) == 1
    desk.steps.popleft()()
    assert (len(desk.steps), desk.answers) == (1, [])
    desk.run()

    assert [one.transaction for _, one in desk.answers] == ["one", "two"]
    assert {principal for principal, _ in desk.answers} == {"admin.alice"}


def test_a_quiet_quarter_takes_few_steps_and_a_busy_day_more(store: SqlStore) -> None:
    desk = Desk(store)
    desk.ask(since=0.0)
    quiet = desk.run()
    kept(store, made_up(6000, 1, 1))

    desk.ask(since=NOW - DAY_S)
    busy = desk.run()

    assert quiet < 15
    assert busy > 3


def test_too_many_who_wait_are_asked_to_come_again(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_WAITING", 2)
    desk = Desk(store)
    desk.ask()
    desk.ask()

    with pytest.raises(RequestRefused, match="being counted for others"):
        desk.ask()
    desk.run()
    desk.ask()
    desk.run()

    assert len(desk.answers) == 3


def test_where_no_turn_is_to_be_had_nobody_waits_for_ever(store: SqlStore) -> None:
    desk = Desk(store)
    desk.full = True

    with pytest.raises(RequestRefused):
        desk.ask()
    desk.full = False
    desk.ask()
    desk.run()

    assert len(desk.answers) == 1


def test_a_database_that_fails_is_said_and_the_next_one_is_counted_for(store: SqlStore) -> None:
    desk = Desk(store)
    desk.ask()
    store.stop()

    desk.run()

    assert isinstance(desk.answers[0][1], ErrorResponse)
    store.start()
    desk.ask()
    desk.run()
    assert isinstance(desk.answers[1][1], OkResponse)


def test_what_doors_told_is_counted_by_kind(store: SqlStore) -> None:
    with store.work() as work:
        for number, kind in enumerate((EventKind.SPOOF, EventKind.SPOOF, EventKind.WOKE)):
            event = DoorEvent(id=f"1-{number}", kind=kind, at=NOW - 60)
            work.events.store("front", event, NOW)
    desk = Desk(store)

    desk.ask()
    desk.run()

    assert desk.data["told"] == {"spoof": 2}
