"""The database finds what doors told and what the audit tells page by page, and forgets in time."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from vault_keys import KEYS

from brain import migrations
from brain.adapters.store_sql import SqlStore
from brain.statistics_ports import Wanted
from brain.store_ports import (
    AuditEntry,
    EventPlace,
    EventsWanted,
    KeptEvent,
    Numbered,
    SeenVisit,
)
from doorbus.messages import DoorEvent, DoorPrompt, EventKind

NOW = 1_767_225_600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    yield store
    store.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """One for many examples: making the tables takes longer than all of an example."""
    store = SqlStore(f"sqlite:///{tmp_path_factory.mktemp('log') / 'doorward.sqlite'}", KEYS)
    store.start()
    yield store
    store.stop()


_example = itertools.count(1)


# --- the audit -----------------------------------------------------------------------------------


def entry(number: int, what: str = "grant", resident: str | None = "r-1") -> AuditEntry:
    return AuditEntry(NOW + number, "door:front", what, resident, "front", "match")


def test_what_is_kept_beside_an_entry_is_read_with_it_and_chains_nothing(store: SqlStore) -> None:
    with store.work() as work:
        work.audit.append(entry(1), SeenVisit(7, "{}"))
        work.audit.append(entry(2))
        before = work.audit.head()

        page = work.audit.page(Wanted(), 10, 100)

        assert [(one.number, one.seen) for one in page.lines] == [
            (2, None),
            (1, SeenVisit(7, "{}")),
        ]
        assert page.before is None
        assert work.audit.forget_seen_before(NOW + 10) == 1
        assert (work.audit.head(), work.audit.check().broken) == (before, None)
        assert [one.seen for one in work.audit.page(Wanted(), 10, 100).lines] == [None, None]


def test_what_is_kept_goes_by_time_and_with_the_resident(store: SqlStore) -> None:
    with store.work() as work:
        for number in range(4):
            work.audit.append(entry(number, resident=f"r-{number % 2}"), SeenVisit(number))

        assert work.audit.forget_seen_before(NOW + 1) == 1
        assert work.audit.forget_seen_of("r-1") == 2

        left = [one.seen for one in work.audit.page(Wanted(), 10, 100).lines]
        assert left == [None, SeenVisit(2), None, None]


WHATS = st.sampled_from(["grant", "deny", "unlock"])


@settings(max_examples=60, deadline=None)
@given(
    whats=st.lists(WHATS, max_size=40),
    wanted=st.none() | WHATS,
    limit=st.integers(1, 7),
    within=st.integers(1, 9),
)
def test_pages_of_the_audit_hold_what_is_looked_for_once_and_in_order(
    shared: SqlStore, whats: list[str], wanted: str | None, limit: int, within: int
) -> None:
    begins = 1000 * next(_example)
    with shared.work() as work:
        first = work.audit.head().entries + 1
        for number, what in enumerate(whats):
            work.audit.append(entry(begins + number, what))
        found: list[Numbered] = []
        before, pages = None, 0
        while True:
            asked = Wanted(
                since=NOW + begins, what=() if wanted is None else (wanted,), before=before
            )
            page = work.audit.page(asked, limit, within)
            assert len(page.lines) <= limit
            found += page.lines
            pages += 1
            if page.before is None:
                break
            assert before is None or page.before < before
            before = page.before

    expected = [n for n, what in enumerate(whats, first) if wanted in {None, what}]
    assert [one.number for one in found] == expected[::-1]
    assert pages <= len(whats) + 1


# --- what doors told -----------------------------------------------------------------------------


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["front", "back"]),
        st.sampled_from([EventKind.WOKE, EventKind.SPOOF]),
        st.integers(0, 5).map(float),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(
    told=EVENTS,
    door=st.sampled_from([None, "front"]),
    kinds=st.sampled_from([(), (EventKind.SPOOF,)]),
    since=st.sampled_from([None, NOW + 2]),
    limit=st.integers(1, 7),
    within=st.integers(1, 9),
)
def test_pages_of_events_hold_what_is_looked_for_once_and_in_order(
    shared: SqlStore,
    *,
    told: list[tuple[str, EventKind, float]],
    door: str | None,
    kinds: tuple[EventKind, ...],
    since: float | None,
    limit: int,
    within: int,
) -> None:
    with shared.work() as work:
        work.events.forget_before(NOW + 1000)
        for number, (where, kind, after) in enumerate(told):
            event = DoorEvent(id=f"1-{number}", kind=kind, at=NOW + after)
            work.events.store(where, event, NOW + 100)
        found: list[KeptEvent] = []
        before: EventPlace | None = None
        while True:
            asked = EventsWanted(door, kinds, since, before=before)
            page = work.events.page(asked, limit, within)
            assert len(page.events) <= limit
            found += page.events
            if page.before is None:
                break
            before = page.before

    expected = sorted(
        (
            EventPlace(NOW + after, where, f"1-{number}")
            for number, (where, kind, after) in enumerate(told)
            if door in {None, where}
            and (not kinds or kind in kinds)
            and (since is None or NOW + after >= since)
        ),
        reverse=True,
    )
    assert [one.place for one in found] == expected


@pytest.mark.parametrize(
    ("at", "happened"),
    [
        (NOW - 5, NOW - 5),
        (NOW - 300 * 86_400, NOW - 300 * 86_400),
        (7.0, NOW),
        (NOW + 60, NOW),
    ],
)
def test_an_event_happened_when_the_door_says_where_its_clock_may_be_right(
    store: SqlStore, at: float, happened: float
) -> None:
    event = DoorEvent(id="1-1", kind=EventKind.NO_BLINK, at=at, visit=3, prompt=DoorPrompt.BLINK)
    with store.work() as work:
        work.events.store("front", event, NOW)

        (kept,) = work.events.page(EventsWanted(), 10, 10).events

    assert kept == KeptEvent(happened, "front", event)


def test_events_of_a_release_before_have_their_time_and_no_prompt(
    store: SqlStore, tmp_path: Path
) -> None:
    store.stop()
    engine = create_engine(f"sqlite:///{tmp_path / 'doorward.sqlite'}")
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "keys": KEYS}
        command.downgrade(config, "0008")
    engine.dispose()
    with sqlite3.connect(tmp_path / "doorward.sqlite") as database:
        for number, at in enumerate((NOW - 5, 7.0)):
            database.execute(
                "INSERT INTO event (door, id, kind, at, visit, detail, received) "
                "VALUES ('front', ?, 'woke', ?, 3, '', ?)",
                (f"1-{number}", at, NOW),
            )
    database.close()

    store.start()

    with store.work() as work:
        events = work.events.page(EventsWanted(), 10, 10).events
    assert [(one.at, one.event.at, one.event.prompt) for one in events] == [
        (NOW, 7.0, None),
        (NOW - 5, NOW - 5, None),
    ]
