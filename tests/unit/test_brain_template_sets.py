"""Former and learnt templates in the database, and the step to it from the first release."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from sqlalchemy import create_engine
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.core.enrolment import Enrolment
from brain.migrations import configuration
from brain.store_ports import Renewed, TemplateSet
from doorbus.messages import EnrolmentState

ANN = Resident("r-1", "Ann", "000000000001")
BEN = Resident("r-2", "Ben", "000000000002")


def vectors(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    with store.work() as work:
        work.residents.add(ANN)
        work.residents.add(BEN)
    yield store
    store.stop()


def test_one_former_set_is_kept_and_given_back_exactly(store: SqlStore) -> None:
    with store.work() as work:
        work.former.keep("r-1", TemplateSet("net", vectors(2), (1, 7), "e-1"), 1.0)
        work.former.keep("r-1", TemplateSet("net", vectors(3, 1), (4, 5, 6), "e-2"), 2.0)

    with store.work() as work:
        kept = work.former.of("r-1")
        assert (work.former.enrolments(), work.former.of("r-2")) == ({"e-2"}, None)
        work.former.drop("r-1")
        assert work.former.of("r-1") is None
    assert kept is not None
    assert (kept.encoder, kept.enrolment, kept.chosen) == ("net", "e-2", (4, 5, 6))
    assert np.array_equal(kept.vectors, vectors(3, 1))


def test_learnt_templates_are_a_ring_and_are_taken_back_by_time(store: SqlStore) -> None:
    rows = vectors(5)
    with store.work() as work:
        for place, row in enumerate(rows):
            work.renewals.add("r-1", "net", Renewed(row, float(place), "front", place), most=3)
        work.renewals.add("r-2", "net", Renewed(rows[0], 9.0, "front", 1), most=3)

    with store.work() as work:
        assert [one.visit for one in work.renewals.of("r-1", "net")] == [2, 3, 4]
        assert np.array_equal(work.renewals.all("net", set())["r-1"], rows[2:])
        assert work.renewals.of("r-1", "other") == []
        assert work.renewals.take_back("r-1", 3.0) == 2
        assert [one.visit for one in work.renewals.of("r-1", "net")] == [2]
        assert (work.renewals.drop("r-1"), work.renewals.drop("r-1")) == (1, 0)
        assert len(work.renewals.of("r-2", "net")) == 1


def test_another_encoder_takes_over_whom_it_knows(store: SqlStore) -> None:
    with store.work() as work:
        for resident in ("r-1", "r-2"):
            work.templates.replace(resident, TemplateSet("old", vectors(2)))
        work.templates.add("r-1", TemplateSet("new", vectors(3)))
        work.former.keep("r-1", TemplateSet("old", vectors(1), (), "e-1"), 1.0)
        work.renewals.add("r-1", "old", Renewed(vectors(1)[0], 1.0, "front", 1), most=3)
        assert work.templates.residents(without="new") == ["r-2"]
        assert (work.templates.holders("old"), work.templates.holders("new")) == (2, 1)

        work.templates.set_encoder("new", "how")
        work.templates.forget_others("new")
        gone = work.former.forget_others("new")
        work.renewals.forget_others("new")

        assert (work.templates.encoder(), work.templates.recipe("new")) == ("new", "how")
        assert work.templates.recipe("old") is None
        assert (set(work.templates.all("new")), set(work.templates.all("old"))) == (
            {"r-1"},
            {"r-2"},
        )
        assert (gone, work.renewals.of("r-1", "old")) == (["e-1"], [])


def test_new_templates_end_those_of_every_encoder(store: SqlStore) -> None:
    with store.work() as work:
        work.templates.add("r-1", TemplateSet("old", vectors(2)))
        work.templates.add("r-1", TemplateSet("new", vectors(3)))

        work.templates.replace("r-1", TemplateSet("new", vectors(4)))

        assert (work.templates.count("r-1", "old"), work.templates.count("r-1", "new")) == (0, 4)


def test_templates_are_called_by_their_encoders_identity(store: SqlStore) -> None:
    with store.work() as work:
        work.templates.replace("r-1", TemplateSet("net", vectors(2)))

        work.templates.adopt("net", "net+abc")

        assert set(work.templates.all("net+abc")) == {"r-1"}
        assert work.templates.all("net") == {}


def test_erasing_somebody_erases_every_set(store: SqlStore, tmp_path: Path) -> None:
    with store.work() as work:
        work.enrolments.add(Enrolment("e-1", "r-1", "front", 20))
        work.former.keep("r-1", TemplateSet("net", vectors(1), (), "e-1"), 1.0)
        work.renewals.add("r-1", "net", Renewed(vectors(1)[0], 1.0, "front", 1), most=3)
        work.residents.erase("r-1")

    database = sqlite3.connect(tmp_path / "doorward.sqlite")
    left = [
        database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # own names
        for table in ("former", "renewal")
    ]
    database.close()
    assert left == [0, 0]


# --- from release 0.1.0 ---------------------------------------------------------------------------


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database as 0001 made it, with people in it."""
    path = tmp_path / "first.sqlite"
    _step(path, "0001")
    database = sqlite3.connect(path)
    database.execute("INSERT INTO resident VALUES ('r-1', 'Ann', '000000000001', 1)")
    database.execute(
        "INSERT INTO enrolment VALUES ('e-1', 1, 'r-1', 'front', 20, 'trained', 1, '', 1.0)"
    )
    database.execute("INSERT INTO template VALUES (1, 'r-1', 'net', 2, ?)", (vectors(2).tobytes(),))
    database.execute("UPDATE gallery SET version = 7")
    database.commit()
    database.close()
    return path


def _step(path: Path, revision: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        now = connection.exec_driver_sql("PRAGMA user_version")
        now.close()
        if revision == "down":
            command.downgrade(config, "0001")
        else:
            command.upgrade(config, revision)
    engine.dispose()


def _rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    database = sqlite3.connect(path)
    found = database.execute(statement).fetchall()
    database.close()
    return found


def test_a_database_of_the_first_release_keeps_its_people(first: Path) -> None:
    _step(first, "0002")

    assert _rows(first, "SELECT resident, encoder, templates, vectors, chosen FROM template") == [
        ("r-1", "net", 2, vectors(2).tobytes(), None)
    ]
    assert _rows(first, "SELECT version, encoder FROM gallery") == [(7, None)]


def test_the_step_can_be_taken_back_with_what_the_first_release_knows(first: Path) -> None:
    before = _rows(first, "SELECT * FROM template")
    _step(first, "0002")
    database = sqlite3.connect(first)
    database.execute("UPDATE template SET encoder = 'net+abc', chosen = '1,2'")
    database.execute("INSERT INTO template VALUES (2, 'r-1', 'other+x', 1, x'00', NULL)")
    database.execute("INSERT INTO encoder VALUES ('net+abc', 'how')")
    database.execute("UPDATE gallery SET encoder = 'net+abc'")
    database.execute(
        "INSERT INTO enrolment VALUES ('e-0', 2, 'r-1', 'front', 20, 'replaced', 1, '', 1.0)"
    )
    database.commit()
    database.close()

    _step(first, "down")

    assert _rows(first, "SELECT * FROM template") == before
    assert _rows(first, "SELECT id, state FROM enrolment ORDER BY id") == [
        ("e-0", EnrolmentState.CANCELLED.value),
        ("e-1", EnrolmentState.TRAINED.value),
    ]
    assert _rows(first, "SELECT version FROM gallery") == [(7,)]
    _step(first, "0002")
    assert _rows(first, "SELECT encoder FROM template") == [("net",)]
