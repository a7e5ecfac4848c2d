"""What lies in the database's file: nothing that names or shows anybody, and a whole audit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from sqlalchemy import create_engine, text
from vault_keys import AUDIT_KEY, KEYS, SITE_KEY

from brain import migrations
from brain.adapters import store_sql
from brain.adapters.store_sql import SqlStore, knows_keys
from brain.adapters.vault_aesgcm import Key
from brain.adapters.vault_rows import DAMAGED
from brain.adapters.vault_site import SiteKeys
from brain.core.access import Resident
from brain.core.audit_chain import EMPTY, Head
from brain.core.enrolment import Enrolment
from brain.errors import StoreError, VaultError
from brain.store_ports import AuditEntry, Renewed, TemplateSet

ANN = Resident("r-1", "Zebedee Quill", "480000000017")
VECTORS = np.random.default_rng(3).normal(size=(5, 64)).astype(np.float32)
FORMER, LEARNT = VECTORS + 1, VECTORS[0] + 2
SET = TemplateSet("net+1", VECTORS, (1, 2, 3, 4, 5))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "doorward.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{path}", KEYS)
    store.start()
    yield store
    store.stop()


def fill(store: SqlStore) -> None:
    with store.work() as work:
        work.residents.add(ANN)
        work.enrolments.add(Enrolment("e-1", "r-1", "front", 20))
        work.templates.add("r-1", SET)
        work.former.keep("r-1", TemplateSet("net+1", FORMER, (), "e-0"), 1.0)
        work.renewals.add("r-1", "net+1", Renewed(LEARNT, 2.0, "front", 7), 5)
        for number in range(4):
            work.audit.append(AuditEntry(number / 3, "admin.a", "add", f"r-{number}", None, "x"))


def lying(path: Path) -> bytes:
    """Every byte of the database and what lies beside it."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())


def shown(data: bytes) -> list[str]:
    """What of Zebedee Quill can be read."""
    traces = {
        "name": ANN.name.encode(),
        "name as JSON": json.dumps(ANN.name).encode(),
        "card": ANN.card.encode(),
        "templates": VECTORS.tobytes()[:32],
        "former templates": FORMER.tobytes()[:32],
        "learnt template": LEARNT.tobytes()[:32],
    }
    return sorted(what for what, trace in traces.items() if trace in data)


EVERYTHING = [
    "card",
    "former templates",
    "learnt template",
    "name",
    "name as JSON",
    "templates",
]


COPY_THE_LAST = (
    "INSERT INTO audit SELECT 5, at, actor, what, resident, door, reason, mac FROM audit "
    "WHERE id = 4"
)


# --- at rest --------------------------------------------------------------------------------------


def test_nothing_in_the_file_names_or_shows_anybody(store: SqlStore, path: Path) -> None:
    fill(store)

    assert shown(lying(path)) == []
    store.stop()
    assert shown(lying(path)) == []


def test_all_of_it_would_be_found_were_it_not_sealed(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Key, "seal", lambda _, plain, place: plain)  # noqa: ARG005  # named so

    fill(store)

    assert shown(lying(path)) == EVERYTHING


def test_with_the_keys_everything_comes_back(store: SqlStore) -> None:
    fill(store)
    store.stop()
    store.start()

    with store.work() as work:
        assert work.residents.by_card(ANN.card) == ANN
        assert work.residents.by_id("r-1") == ANN
        found, former = work.templates.of("r-1", "net+1"), work.former.of("r-1")
        assert found is not None
        assert former is not None
        assert np.array_equal(found.vectors, VECTORS)
        assert np.array_equal(work.templates.all("net+1")["r-1"], VECTORS)
        assert np.array_equal(former.vectors, FORMER)
        assert np.array_equal(work.renewals.all("net+1", set())["r-1"], LEARNT[None])


def test_templates_that_are_called_by_another_name_still_open(store: SqlStore) -> None:
    fill(store)

    with store.work() as work:
        work.templates.adopt("net+1", "net+2")

    with store.work() as work:
        assert np.array_equal(work.templates.all("net+2")["r-1"], VECTORS)


def test_what_was_moved_to_another_resident_does_not_open(store: SqlStore, path: Path) -> None:
    fill(store)
    with store.work() as work:
        work.residents.add(Resident("r-2", "Other", "480000000018"))
    store.stop()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE template SET resident = 'r-2'")
    store.start()

    with store.work() as work, pytest.raises(VaultError, match=r"templates net\+1 of r-2"):
        work.templates.of("r-2", "net+1")


def test_removal_destroys_the_key_so_that_copies_kept_elsewhere_show_nothing(
    store: SqlStore, path: Path
) -> None:
    fill(store)
    store.scrub()
    with closing(sqlite3.connect(path)) as database:
        (wrapped,) = database.execute("SELECT key FROM resident").fetchone()
        (kept,) = database.execute("SELECT vectors FROM template").fetchone()
    assert wrapped in lying(path)
    assert kept in lying(path)

    with store.work() as work:
        work.residents.erase("r-1")
    store.scrub()

    assert wrapped not in lying(path)
    assert kept not in lying(path)
    assert store.enrolment_key("e-1") is None


def test_the_key_would_be_found_were_it_not_destroyed(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    insecure = tuple(one for one in store_sql.PRAGMAS if "secure_delete" not in one)
    monkeypatch.setattr(store_sql, "PRAGMAS", (*insecure, "PRAGMA secure_delete = OFF"))
    store.stop()
    store.start()
    fill(store)
    with closing(sqlite3.connect(path)) as database:
        (wrapped,) = database.execute("SELECT key FROM resident").fetchone()

    with store.work() as work:
        work.residents.erase("r-1")
    store.scrub()

    assert wrapped in lying(path)


def test_the_key_of_an_enrolment_is_found_from_within_a_transaction(store: SqlStore) -> None:
    fill(store)

    with store.work() as work:
        work.residents.set_enabled("r-1", enabled=False)
        found = store.enrolment_key("e-1")

    assert found is not None
    assert found[0] == "r-1"
    assert store.enrolment_key("e-9") is None


def test_the_order_by_name_follows_every_change(store: SqlStore) -> None:
    def names() -> list[str]:
        with store.work() as work:
            return [resident.name for resident, _ in work.residents.page(0, 9)]

    def add(name: str, card: str) -> None:
        with store.work() as work:
            work.residents.add(Resident(f"r-{card}", name, card))

    def add_and_fail() -> None:
        with store.work() as work:
            work.residents.add(Resident("r-9", "Aaron", "000000000009"))
            assert [one.name for one, _ in work.residents.page(0, 1)] == ["Aaron"]
            raise LookupError

    add("Mia", "000000000001")
    add("Ben", "000000000002")
    assert names() == ["Ben", "Mia"]
    with pytest.raises(LookupError):
        add_and_fail()
    assert names() == ["Ben", "Mia"]
    with store.work() as work:
        work.residents.erase("r-000000000002")
    add("Zoe", "000000000002")
    assert names() == ["Mia", "Zoe"]
    with store.work() as work:
        assert [one.name for one, _ in work.residents.page(1, 1)] == ["Zoe"]
        assert work.residents.page(2, 1) == []


# --- whose database -------------------------------------------------------------------------------


def test_a_database_of_another_site_is_refused_with_the_remedy(store: SqlStore, path: Path) -> None:
    store.stop()
    other = SiteKeys(bytes(32), AUDIT_KEY)

    with pytest.raises(
        StoreError, match=rf"doorward\.sqlite.*another site \({KEYS.site_id}\).*{other.site_id}"
    ):
        SqlStore(f"sqlite:///{path}", other).start()


def test_an_audit_under_another_key_is_refused_with_the_remedy(store: SqlStore, path: Path) -> None:
    store.stop()

    with pytest.raises(StoreError, match=r"doorward\.sqlite.*another key.*Put the key file"):
        SqlStore(f"sqlite:///{path}", SiteKeys(SITE_KEY, bytes(32))).start()


def test_a_database_knows_keys_once_it_was_opened_with_some(store: SqlStore, path: Path) -> None:
    store.stop()

    assert knows_keys(f"sqlite:///{path}")
    assert not knows_keys(f"sqlite:///{path.parent}/none.sqlite")
    assert not (path.parent / "none.sqlite").exists()
    assert not knows_keys("nonsense")


def test_a_look_changes_nothing_and_refuses_what_is_older_or_missing(path: Path) -> None:
    looking = SqlStore(f"sqlite:///{path}", KEYS)
    with pytest.raises(StoreError, match=r"doorward\.sqlite: no database there"):
        looking.start(upgrade=False)
    assert not path.exists()
    left_by("0002", path)

    with pytest.raises(StoreError, match=r"doorward\.sqlite.*another release \(0002\).*start"):
        looking.start(upgrade=False)

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
        assert database.execute("SELECT name FROM resident").fetchone() == (ANN.name,)


# --- the audit ------------------------------------------------------------------------------------


def tamper(path: Path, *statements: str) -> None:
    """What somebody does who can write the file, and takes the triggers away first."""
    with closing(sqlite3.connect(path)) as database, database:
        for verb in ("update", "delete"):
            database.execute(f"DROP TRIGGER audit_no_{verb}")
        for statement in statements:
            database.execute(statement)


def test_the_audit_is_whole_and_its_head_rises(store: SqlStore) -> None:
    with store.work() as work:
        assert work.audit.head() == EMPTY
    fill(store)

    with store.work() as work:
        found = work.audit.check()
        assert (found.broken, found.head.entries) == (None, 4)
        assert work.audit.head() == found.head
        work.audit.append(AuditEntry(5, "brain", "trained", reason="y" * 500))
        assert work.audit.check(found.head).broken is None
        assert work.audit.head().entries == 5


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE audit SET actor = 'admin.b' WHERE id = 2", 2),
        ("UPDATE audit SET at = at + 0.001 WHERE id = 3", 3),
        ("UPDATE audit SET resident = NULL WHERE id = 1", 1),
        ("UPDATE audit SET door = '' WHERE id = 4", 4),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 3", 3),
        (COPY_THE_LAST, 5),
        ("UPDATE audit SET mac = (SELECT mac FROM audit WHERE id = 1) WHERE id = 2", 2),
    ],
)
def test_whoever_writes_the_file_leaves_a_trace_at_that_entry(
    store: SqlStore, path: Path, statement: str, entry: int
) -> None:
    fill(store)
    tamper(path, statement)

    with store.work() as work:
        assert work.audit.check().broken == entry


def test_a_cut_end_shows_against_a_head_noted_before(store: SqlStore, path: Path) -> None:
    fill(store)
    with store.work() as work:
        noted = work.audit.head()
    tamper(path, "DELETE FROM audit WHERE id > 2")

    with store.work() as work:
        assert work.audit.check().broken is None
        assert work.audit.check(noted).broken == 3
        assert work.audit.check(Head(2, noted.code)).broken == 2


# --- what an older release left -------------------------------------------------------------------


def left_by(revision: str, path: Path) -> None:
    """A plain database as an older release wrote it."""
    path.parent.mkdir(exist_ok=True)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = migrations.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        who = {"name": ANN.name, "card": ANN.card}
        connection.execute(text("INSERT INTO resident VALUES ('r-1', :name, :card, 1)"), who)
        connection.execute(text("INSERT INTO resident VALUES ('r-2', 'Else', '480000000018', 0)"))
        connection.execute(
            text(
                "INSERT INTO enrolment VALUES ('e-1', 1, 'r-1', 'front', 20, 'trained', 0, '', 1.5)"
            )
        )
        connection.execute(
            text("INSERT INTO template (resident, encoder, templates, vectors) VALUES "
                 "('r-1', 'net+1', 5, :blob)"),
            {"blob": VECTORS.tobytes()},
        )  # fmt: skip
        for number in range(3):
            connection.execute(
                text(
                    "INSERT INTO audit (at, actor, what, resident, door, reason) "
                    "VALUES (:at, 'admin.a', 'add', 'r-1', NULL, 'as it was')"
                ),
                {"at": number + 0.25},
            )
        if revision != "0001":
            connection.execute(
                text("INSERT INTO former VALUES ('r-1', 'e-0', 'net+1', 5, :blob, NULL, 1.0)"),
                {"blob": FORMER.tobytes()},
            )
            connection.execute(
                text("INSERT INTO renewal VALUES (3, 'r-1', 'net+1', :blob, 2.0, 'front', 7)"),
                {"blob": LEARNT.tobytes()},
            )
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_plain_database_is_sealed_and_nothing_plain_is_left(path: Path, revision: str) -> None:
    left_by(revision, path)
    before = ["card", "name", "templates"]
    assert [what for what in shown(lying(path)) if what in before] == before
    store = SqlStore(f"sqlite:///{path}", KEYS)

    store.start()

    assert shown(lying(path)) == []
    with store.work() as work:
        assert work.residents.by_card(ANN.card) == ANN
        assert work.residents.page(0, 9)[0][0].name == "Else"
        assert np.array_equal(work.templates.all("net+1")["r-1"], VECTORS)
        assert [one.id for one in work.enrolments.of("r-1")] == ["e-1"]
        found = work.audit.check()
        assert (found.broken, found.head.entries) == (None, 3)
        assert work.audit.latest(1)[0] == AuditEntry(
            2.25, "admin.a", "add", "r-1", None, "as it was"
        )
        if revision == "0002":
            former = work.former.of("r-1")
            assert former is not None
            assert np.array_equal(former.vectors, FORMER)
            assert np.array_equal(work.renewals.all("net+1", set())["r-1"], LEARNT[None])
        work.residents.erase("r-1")
        assert work.templates.all("net+1") == {}
    store.stop()
    with closing(sqlite3.connect(path)) as database:
        for change in ("DELETE FROM audit", "UPDATE audit SET what = 'nothing'"):
            with pytest.raises(sqlite3.IntegrityError, match="grows only"):
                database.execute(change)


@pytest.mark.parametrize("step", ["upgrade", "_leave_nothing_plain"])
def test_a_start_that_is_killed_on_the_way_is_made_up_for_by_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    left_by("0002", path)
    real = migrations.upgrade

    def killed(*given: object) -> None:
        if step == "upgrade":
            real(*given)  # type: ignore[arg-type]  # as they were given
        raise KeyboardInterrupt

    store = SqlStore(f"sqlite:///{path}", KEYS)
    with monkeypatch.context() as patched:
        patched.setattr(migrations if step == "upgrade" else SqlStore, step, killed)
        with pytest.raises(KeyboardInterrupt):
            store.start()

    store.start()

    assert shown(lying(path)) == []
    with store.work() as work:
        assert work.residents.by_card(ANN.card) == ANN
        assert work.audit.check().head.entries == 3
    store.stop()


def test_a_damaged_row_is_shown_as_such_and_can_be_removed(store: SqlStore, path: Path) -> None:
    fill(store)
    with store.work() as work:
        work.residents.add(Resident("r-2", "Berta Quill", "480000000018"))
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE resident SET identity = zeroblob(60) WHERE id = 'r-1'")
        database.commit()

    with store.work() as work:
        names = [resident.name for resident, _ in work.residents.page(0, 10)]
        damaged = work.residents.by_card(ANN.card)
    assert names == [DAMAGED, "Berta Quill"]
    assert damaged == Resident("r-1", DAMAGED, ANN.card)
    with pytest.raises(VaultError), store.work() as work:
        work.residents.by_id("r-1")
    with store.work() as work:
        work.residents.erase("r-1")
        assert [resident.id for resident, _ in work.residents.page(0, 10)] == ["r-2"]


def test_what_was_sealed_is_not_laid_open_again_and_the_refusal_says_what_to_do(
    store: SqlStore, path: Path
) -> None:
    fill(store)
    store.stop()
    engine = create_engine(f"sqlite:///{path}")
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "keys": KEYS}
        with pytest.raises(StoreError, match="restore the backup"):
            command.downgrade(config, "0002")
    engine.dispose()

    assert shown(lying(path)) == []
