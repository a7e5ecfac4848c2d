"""The database: migrations, durability settings, and what each aggregate promises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from vault_keys import KEYS

from brain.adapters.sql_tables import metadata
from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.core.freshness import Mark
from brain.errors import StoreError
from brain.store_ports import AuditEntry, PeopleStore, TemplateSet
from doorbus.messages import (
    Decision,
    DoorEvent,
    EnrolmentState,
    EventKind,
    Reason,
    Verdict,
)

ANN = Resident("r-1", "Ann", "000000000001")
BEN = Resident("r-2", "Ben", "000000000002")
VERDICT = Verdict(visit=1, nonce="0" * 32, decision=Decision.DENY, reason=Reason.UNKNOWN, hold_s=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "doorward.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{path}", KEYS)
    store.start()
    yield store
    store.stop()


def count(path: Path, table: str) -> int:
    database = sqlite3.connect(path)
    (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # a test's own table name
    database.close()
    return int(rows)


# --- opening --------------------------------------------------------------------------------------


def test_the_store_is_what_the_port_asks(store: SqlStore) -> None:
    port: PeopleStore = store

    with port.work() as work:
        assert work.residents.count() == 0


def test_the_migrations_make_the_tables_that_the_code_knows(store: SqlStore) -> None:
    assert store._engine is not None
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_is_committed_is_on_the_disk(store: SqlStore) -> None:
    assert store._engine is not None
    with store._engine.connect() as connection:
        settings = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ]
    assert settings == ["wal", 2, 1, 1]


def test_only_the_owner_may_read_the_database(store: SqlStore, path: Path) -> None:
    assert store is not None
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_opening_again_keeps_everything(store: SqlStore) -> None:
    with store.work() as work:
        work.residents.add(ANN)
    store.stop()

    store.start()

    with store.work() as work:
        assert work.residents.by_id("r-1") == ANN


def test_stopping_twice_is_harmless_and_work_needs_a_start(store: SqlStore) -> None:
    store.stop()
    store.stop()

    with pytest.raises(StoreError, match="not open"), store.work():
        pass


def test_a_database_of_a_newer_release_is_refused_by_name_and_remedy(
    store: SqlStore, path: Path
) -> None:
    store.stop()
    database = sqlite3.connect(path)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()

    with pytest.raises(StoreError, match=r"doorward\.sqlite.*newer Doorward.*9999.*install"):
        SqlStore(f"sqlite:///{path}", KEYS).start()


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"not a database, whatever it says" * 10)

    with pytest.raises(StoreError, match=r"x\.sqlite"):
        SqlStore(f"sqlite:///{tmp_path}/x.sqlite", KEYS).start()


@pytest.mark.parametrize("url", ["nonsense", "oracleish://x/y", "sqlite:////proc/none/x.sqlite"])
def test_an_address_that_cannot_be_opened_names_the_key_to_mend(url: str) -> None:
    with pytest.raises(StoreError, match="database"):
        SqlStore(url, KEYS).start()


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore("unheard://brain:hunter2@db/doorward", KEYS).start()

    assert "hunter2" not in str(caught.value)


# --- all or nothing -------------------------------------------------------------------------------


def test_work_that_raises_changes_nothing(store: SqlStore) -> None:
    def half_done() -> None:
        with store.work() as work:
            work.residents.add(ANN)
            raise LookupError

    with pytest.raises(LookupError):
        half_done()

    with store.work() as work:
        assert work.residents.count() == 0


def test_a_taken_card_is_an_error_that_names_no_card(store: SqlStore) -> None:
    def twice() -> None:
        with store.work() as work:
            work.residents.add(ANN)
            work.residents.add(Resident("r-9", "Imp", ANN.card))

    with pytest.raises(StoreError) as caught:
        twice()

    assert ANN.card not in str(caught.value)
    with store.work() as work:
        assert work.residents.count() == 0


# --- people ---------------------------------------------------------------------------------------


def test_residents_come_by_card_by_id_and_by_page(store: SqlStore) -> None:
    with store.work() as work:
        work.residents.add(BEN)
        work.residents.add(ANN)
        work.enrolments.add(Enrolment("e-1", "r-2", "front", 20))
        work.enrolments.set_state("e-1", EnrolmentState.REFUSED, "dark")
        work.enrolments.add(Enrolment("e-2", "r-2", "front", 20))

    with store.work() as work:
        assert work.residents.by_card(BEN.card) == BEN
        assert work.residents.by_card("999999999999") is None
        assert work.residents.page(0, 10) == [(ANN, None), (BEN, EnrolmentState.CAPTURING)]
        assert work.residents.page(1, 1) == [(BEN, EnrolmentState.CAPTURING)]


def test_disabling_lasts(store: SqlStore) -> None:
    with store.work() as work:
        work.residents.add(ANN)
        work.residents.set_enabled("r-1", enabled=False)

    with store.work() as work:
        found = work.residents.by_id("r-1")
    assert found is not None
    assert not found.enabled


def test_erasing_a_resident_takes_everything_of_theirs_along(store: SqlStore, path: Path) -> None:
    with store.work() as work:
        work.residents.add(ANN)
        work.enrolments.add(Enrolment("e-1", "r-1", "front", 20))
        work.enrolments.frame_stored("e-1", 0)
        work.templates.replace("r-1", TemplateSet("net", np.eye(2, 4, dtype=np.float32)))

    with store.work() as work:
        work.residents.erase("r-1")

    assert [count(path, table) for table in ("resident", "enrolment", "frame", "template")] == [
        0
    ] * 4


def test_templates_come_back_exactly_by_encoder(store: SqlStore) -> None:
    vectors = np.random.default_rng(1).normal(size=(3, 128)).astype(np.float32)
    with store.work() as work:
        work.residents.add(ANN)
        work.templates.add("r-1", TemplateSet("net", vectors[:1]))
        work.templates.add("r-1", TemplateSet("net", vectors, chosen=(3, 0, 17)))
        work.templates.add("r-1", TemplateSet("other", vectors[:2]))

    with store.work() as work:
        assert np.array_equal(work.templates.all("net")["r-1"], vectors)
        kept = work.templates.of("r-1", "net")
        assert (work.templates.count("r-1"), work.templates.count("r-1", "other")) == (3, 2)
        assert work.templates.chosen("r-1") == (3, 0, 17)
        assert (work.templates.all("none"), work.templates.of("r-1", "none")) == ({}, None)
    assert kept is not None
    assert np.array_equal(kept.vectors, vectors)
    assert kept.chosen == (3, 0, 17)


def test_the_gallerys_version_rises(store: SqlStore) -> None:
    with store.work() as work:
        assert [work.templates.next_version(), work.templates.next_version()] == [1, 2]
    with store.work() as work:
        assert work.templates.version() == 2


# --- enrolments -----------------------------------------------------------------------------------


def test_enrolments_are_found_by_state_door_and_resident(store: SqlStore) -> None:
    first, second = Enrolment("e-1", "r-1", "front", 20), Enrolment("e-2", "r-1", "back", 30)
    with store.work() as work:
        work.residents.add(ANN)
        work.enrolments.add(first)
        work.enrolments.set_state("e-1", EnrolmentState.CANCELLED, "why")
        work.enrolments.add(second)

    with store.work() as work:
        assert work.enrolments.by_id("e-2") == second
        assert work.enrolments.by_id("none") is None
        assert work.enrolments.capturing_at("back") == second
        assert work.enrolments.capturing_at("front") is None
        assert [one.id for one in work.enrolments.of("r-1")] == ["e-2", "e-1"]
        cancelled = work.enrolments.in_state(EnrolmentState.CANCELLED)
        assert [(one.id, one.reason) for one in cancelled] == [("e-1", "why")]


def test_a_stored_frame_stays_stored_and_a_refused_one_may_be_mended(store: SqlStore) -> None:
    with store.work() as work:
        work.residents.add(ANN)
        work.enrolments.add(Enrolment("e-1", "r-1", "front", 20))
        work.enrolments.frame_stored("e-1", 0)
        work.enrolments.frame_refused("e-1", 0, "late")
        work.enrolments.frame_refused("e-1", 1, "bad")
        work.enrolments.frame_refused("e-1", 2, "bad")
        work.enrolments.frame_stored("e-1", 1)
        frames = work.enrolments.frames("e-1")
        work.enrolments.begin_round("e-1")
        after = work.enrolments.frames("e-1")
        one = work.enrolments.by_id("e-1")

    assert (frames.stored, frames.refused) == (frozenset({0, 1}), frozenset({2}))
    assert (after.stored, after.refused) == (frozenset({0, 1}), frozenset())
    assert one is not None
    assert one.rounds == 2


# --- doors, requests, events, audit ---------------------------------------------------------------


def test_a_door_keeps_its_highest_epoch_and_newest_verdict(store: SqlStore) -> None:
    mark = Mark(3, 1, "0" * 32)
    with store.work() as work:
        assert work.doors.get("front").epoch is None
        work.doors.heard("front", 3)
        work.doors.heard("front", 2)
        work.doors.decided("front", mark, VERDICT)

    with store.work() as work:
        record = work.doors.get("front")
    assert (record.epoch, record.last, record.verdict) == (3, mark, VERDICT)


def test_another_key_begins_a_doors_history_anew_but_not_its_command_numbers(
    store: SqlStore,
) -> None:
    with store.work() as work:
        work.doors.use_key("front", "key 1")
        work.doors.heard("front", 30)
        work.doors.decided("front", Mark(30, 1, "0" * 32), VERDICT)
        number = work.doors.next_number("front")
        work.doors.use_key("front", "key 1")
        kept = work.doors.get("front")

        work.doors.use_key("front", "key 2")

        assert kept.epoch == 30
        assert work.doors.get("front").epoch is None
        assert work.doors.get("front").last is None
        assert work.doors.next_number("front") == number + 1


def test_requests_wait_for_their_answer(store: SqlStore) -> None:
    with store.work() as work:
        assert work.transactions.find("admin.a", "t") is None
        work.transactions.begin("admin.a", "t", "digest", 1.0)
        waiting = work.transactions.find("admin.a", "t")
        pending = work.transactions.pending()
        work.transactions.answer("admin.a", "t", "{}")
        answered = work.transactions.find("admin.a", "t")

    assert waiting is not None
    assert (waiting.digest, waiting.response) == ("digest", None)
    assert pending == [("admin.a", "t")]
    assert answered is not None
    assert answered.response == "{}"


def test_an_event_is_kept_once_for_each_door(store: SqlStore, path: Path) -> None:
    event = DoorEvent(id="1-1", kind=EventKind.WOKE, at=1.0)
    with store.work() as work:
        fresh = [work.events.store(door, event, 2.0) for door in ("front", "front", "back")]

    assert fresh == [True, False, True]
    assert count(path, "event") == 2


def test_the_audit_grows_only(store: SqlStore, path: Path) -> None:
    entry = AuditEntry(1.0, "admin.a", "remove", "r-1", None, "x" * 500)
    with store.work() as work:
        work.audit.append(entry)
        work.audit.append(AuditEntry(2.0, "brain", "trained"))

    with store.work() as work:
        latest = work.audit.latest(10)
    assert [line.what for line in latest] == ["trained", "remove"]
    assert len(latest[1].reason) == 200
    database = sqlite3.connect(path)
    for change in ("DELETE FROM audit", "UPDATE audit SET what = 'nothing'"):
        with pytest.raises(sqlite3.IntegrityError, match="grows only"):
            database.execute(change)
    database.close()


def test_scrubbing_leaves_nothing_of_the_erased(store: SqlStore, path: Path) -> None:
    with store.work() as work:
        work.residents.add(Resident("r-1", "Zebedee Quill", "480000000017"))
    with store.work() as work:
        work.residents.erase("r-1")

    store.scrub()

    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Zebedee" not in left
    assert b"480000000017" not in left
