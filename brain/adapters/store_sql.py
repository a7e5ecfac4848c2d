"""How does the brain open its database, and do something in it all or nothing?"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    create_engine,
    event,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from brain import migrations
from brain.adapters import sql_tables as t
from brain.adapters.sql_access import SqlAccess
from brain.adapters.sql_audit import SqlAudit
from brain.adapters.sql_codes import SqlPasses, SqlPins
from brain.adapters.sql_enrolments import SqlEnrolments
from brain.adapters.sql_erasures import SqlErasures
from brain.adapters.sql_events import SqlEvents
from brain.adapters.sql_marks import SqlMarks
from brain.adapters.sql_people import SqlResidents, SqlTemplates
from brain.adapters.sql_records import SqlDoors, SqlTransactions
from brain.adapters.sql_site_orders import SqlSiteOrders
from brain.adapters.sql_statistics import SqlScores
from brain.adapters.sql_template_sets import SqlFormerTemplates, SqlRenewals
from brain.adapters.vault_aesgcm import Key
from brain.adapters.vault_names import NameOrder
from brain.adapters.vault_rows import Seals
from brain.adapters.vault_site import SiteKeys
from brain.errors import StoreError, VaultError

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    # Committed means written to the disk, or an acknowledged frame could be lost.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Who was removed must not be readable in the file's free pages.
    "PRAGMA secure_delete = ON",
)

_READS = "doorward_reads"
"""Execution option of a connection that writes nothing."""


class SqlWork:
    """One database transaction; see `brain.ports.Work`."""

    def __init__(self, connection: Connection, keys: SiteKeys, order: NameOrder) -> None:
        seals = Seals(connection, keys)
        self.residents = SqlResidents(connection, seals, order)
        self.enrolments = SqlEnrolments(connection)
        self.templates = SqlTemplates(connection, seals)
        self.former = SqlFormerTemplates(connection, seals)
        self.renewals = SqlRenewals(connection, seals)
        self.marks = SqlMarks(connection)
        self.doors = SqlDoors(connection)
        self.site_orders = SqlSiteOrders(connection)
        self.transactions = SqlTransactions(connection)
        self.audit = SqlAudit(connection, keys.audit)
        self.events = SqlEvents(connection)
        self.scores = SqlScores(connection)
        self.erasures = SqlErasures(connection)
        self.access = SqlAccess(connection, seals)
        self.pins = SqlPins(connection, seals, keys)
        self.passes = SqlPasses(connection, keys)


class SqlStore:
    """The `PeopleStore` port on SQLite or PostgreSQL.

    Args:
        url: an SQLAlchemy address, such as `sqlite:////var/lib/doorward/doorward.sqlite`.
        keys: of the site; a database of another site is refused.
    """

    def __init__(self, url: str, keys: SiteKeys) -> None:
        self._url = url
        self._keys = keys
        self._order = NameOrder()
        self._engine: Engine | None = None

    def start(self, *, upgrade: bool = True) -> None:
        """Open the database and bring its tables up to date.

        Args:
            upgrade: False to change nothing, while a brain may be running.

        Raises:
            StoreError: it cannot be opened, or a newer Doorward or another site wrote it.
        """
        try:
            url = make_url(self._url)
            if url.get_backend_name() == "sqlite" and url.database:
                if not upgrade and not Path(url.database).is_file():
                    raise StoreError(
                        f"{self._shown}: no database there; name the brain's own configuration"
                    )
                Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                Path(url.database).touch(mode=0o600)
            # An error's text holds the statement's values otherwise: names, cards, faces.
            engine = create_engine(url, hide_parameters=True)
            mover = create_engine(url, hide_parameters=True, poolclass=NullPool)
        except OSError as error:
            raise StoreError(
                f"{self._shown}: the database cannot be written ({error}); look at the disk's "
                "space and rights, or name another place with the key `data_dir` or `database`"
            ) from None
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(
                f"{self._shown}: the database cannot be opened ({error}); mend the key `database` "
                "in the brain's configuration, or leave it empty for SQLite in `data_dir`"
            ) from None
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            event.listen(mover, "connect", _prepare_sqlite)
            event.listen(mover, "connect", _let_tables_be_remade)
            event.listen(mover, "begin", _begin_sqlite)
        try:
            with mover.begin() as connection:
                if upgrade:
                    migrations.upgrade(connection, self._shown, self._keys)
                else:
                    migrations.refuse_older(connection, self._shown)
                clean = self._check_site(connection)
            if upgrade and not clean:
                self._leave_nothing_plain(mover)
        except SQLAlchemyError as error:
            engine.dispose()
            raise self._broken(error) from error
        except StoreError:
            engine.dispose()
            raise
        self._engine = engine

    def stop(self) -> None:
        """Close the database. Twice is harmless."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextlib.contextmanager
    def work(self) -> Iterator[SqlWork]:
        """Do something all or nothing; durable once the block ended.

        Raises:
            StoreError: the database is not open, or cannot do it.
            VaultError: something in it that is sealed does not open.
        """
        if self._engine is None:
            raise StoreError(f"{self._shown}: the database is not open")
        try:
            with self._engine.begin() as connection:
                yield SqlWork(connection, self._keys, self._order)
        except VaultError as error:
            raise VaultError(f"{self._shown}: {error}; restore a backup") from None
        except SQLAlchemyError as error:
            raise self._broken(error) from error

    def enrolment_key(self, enrolment: str) -> tuple[str, Key] | None:
        """Whose enrolment this is, and their key; from any thread, also within `work`.

        Raises:
            StoreError: the database is not open, or cannot say.
            VaultError: the key cannot be unwrapped.
        """
        if self._engine is None:
            raise StoreError(f"{self._shown}: the database is not open")
        try:
            with self._engine.connect().execution_options(**{_READS: True}) as connection:
                row = connection.execute(
                    select(t.resident.c.id, t.resident.c.key)
                    .join(t.enrolment)
                    .where(t.enrolment.c.id == enrolment)
                ).first()
        except SQLAlchemyError as error:
            raise self._broken(error) from error
        return None if row is None else (row.id, self._keys.key(row.id, row.key))

    def size(self) -> int:
        """Bytes that it takes: SQLite's file with its log, or what PostgreSQL says.

        Raises:
            StoreError: the database is not open, or cannot say.
        """
        if self._engine is None:
            raise StoreError(f"{self._shown}: the database is not open")
        name = self._engine.url.database
        try:
            if self._engine.dialect.name == "sqlite":
                files = [Path(f"{name}{end}") for end in ("", "-wal")] if name else []
                return sum(file.stat().st_size for file in files if file.exists())
            with self._engine.connect() as connection:
                query = text("SELECT pg_database_size(current_database())")
                return int(connection.execute(query).scalar_one())
        except (OSError, SQLAlchemyError) as error:
            raise StoreError(f"{self._shown}: its size cannot be told ({error})") from None

    def scrub(self) -> None:
        """Empty SQLite's write-ahead log, which still holds pages as they were before."""
        if self._engine is None or self._engine.dialect.name != "sqlite":
            return
        try:
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise StoreError(
                f"{self._shown}: the write-ahead log cannot be emptied ({error}); it still holds "
                "what was removed until the next start"
            ) from error

    def _check_site(self, connection: Connection) -> bool:
        """Refuse another site's database; whether nothing plain is left in this one."""
        row = connection.execute(select(t.site)).one()
        if row.site_id != self._keys.site_id:
            raise StoreError(
                f"{self._shown}: the database of another site ({row.site_id}); the site key here "
                f"is of {self._keys.site_id}. Put that site's key file back, or name this site's "
                "own `data_dir` or `database`"
            )
        if row.audit_id != self._keys.audit_id:
            raise StoreError(
                f"{self._shown}: its audit is chained under another key ({row.audit_id}); the "
                f"audit key here is {self._keys.audit_id}. Put the key file of this audit back"
            )
        return bool(row.clean)

    def _leave_nothing_plain(self, mover: Engine) -> None:
        """Rewrite the file, for its free pages and its log hold what an older release kept plain.

        A start that is killed before the mark does it once more.
        """
        if mover.dialect.name == "sqlite":
            raw = mover.raw_connection()
            try:
                raw.cursor().execute("VACUUM")
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise StoreError(
                    f"{self._shown}: cannot be rewritten ({error}), so that names and faces of an "
                    "older release may still be read in it; make room for a second copy on the "
                    "disk, and start again"
                ) from error
            finally:
                raw.close()
        with mover.begin() as connection:
            connection.execute(update(t.site).values(clean=True))

    @property
    def _shown(self) -> str:
        """The address without its password."""
        try:
            return make_url(self._url).render_as_string(hide_password=True)
        except ArgumentError:
            return "database"

    def _broken(self, error: SQLAlchemyError) -> StoreError:
        # The driver's own words, without the statement's values: those are names and cards.
        cause = getattr(error, "orig", None) or type(error).__name__
        return StoreError(
            f"{self._shown}: the database failed ({cause}); look at the disk's space and rights, "
            "or restore a backup"
        )


def knows_keys(url: str) -> bool:
    """Whether this database was ever opened with keys of a site.

    False also where there is none, or none that can be opened: `SqlStore.start` says why.

    Args:
        url: as for `SqlStore`.
    """
    try:
        where = make_url(url)
        file = where.database if where.get_backend_name() == "sqlite" else None
        if file and not Path(file).exists():
            return False  # looking would make it
        engine = create_engine(where, hide_parameters=True, poolclass=NullPool)
        with engine.connect() as connection:
            return connection.execute(select(t.site.c.id)).first() is not None
    except (ArgumentError, NoSuchModuleError, ImportError, SQLAlchemyError):
        return False


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Python's own transaction control begins too late and ends too early: take it over.
    raw: sqlite3.Connection = connection
    raw.isolation_level = None
    for pragma in PRAGMAS:
        raw.execute(pragma)


def _let_tables_be_remade(connection: Any, _: object) -> None:
    # A migration may make a table anew; dropping the old one must not take along what refers to it.
    connection.execute("PRAGMA foreign_keys = OFF")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_READS):
        # A reader sees what is committed, whoever is writing.
        connection.exec_driver_sql("BEGIN")
    else:
        # IMMEDIATE: a transaction that reads first and writes later must not fail half way.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
