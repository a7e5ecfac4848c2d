"""How does the brain open its database, and do something in it all or nothing?"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from brain.adapters.sql_enrolments import SqlEnrolments
from brain.adapters.sql_people import SqlResidents, SqlTemplates
from brain.adapters.sql_records import SqlAudit, SqlDoors, SqlEvents, SqlTransactions
from brain.adapters.sql_template_sets import SqlFormerTemplates, SqlRenewals
from brain.errors import StoreError
from brain.migrations import upgrade

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    # Committed means written to the disk, or an acknowledged frame could be lost.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Who was removed must not be readable in the file's free pages.
    "PRAGMA secure_delete = ON",
)


class SqlWork:
    """One database transaction; see `brain.ports.Work`."""

    def __init__(self, connection: Connection) -> None:
        self.residents = SqlResidents(connection)
        self.enrolments = SqlEnrolments(connection)
        self.templates = SqlTemplates(connection)
        self.former = SqlFormerTemplates(connection)
        self.renewals = SqlRenewals(connection)
        self.doors = SqlDoors(connection)
        self.transactions = SqlTransactions(connection)
        self.audit = SqlAudit(connection)
        self.events = SqlEvents(connection)


class SqlStore:
    """The `PeopleStore` port on SQLite or PostgreSQL.

    Args:
        url: an SQLAlchemy address, such as `sqlite:////var/lib/doorward/doorward.sqlite`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    def start(self) -> None:
        """Open the database and bring its tables up to date.

        Raises:
            StoreError: it cannot be opened, or a newer Doorward wrote it.
        """
        try:
            url = make_url(self._url)
            if url.get_backend_name() == "sqlite" and url.database:
                Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                Path(url.database).touch(mode=0o600)
            # An error's text holds the statement's values otherwise: names, cards, faces.
            engine = create_engine(url, hide_parameters=True)
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            raise StoreError(
                f"{self._shown}: the database cannot be opened ({error}); mend the key `database` "
                "in the brain's configuration, or leave it empty for SQLite in `data_dir`"
            ) from None
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        try:
            with engine.begin() as connection:
                upgrade(connection, self._shown)
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
        """
        if self._engine is None:
            raise StoreError(f"{self._shown}: the database is not open")
        try:
            with self._engine.begin() as connection:
                yield SqlWork(connection)
        except SQLAlchemyError as error:
            raise self._broken(error) from error

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


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Python's own transaction control begins too late and ends too early: take it over.
    raw: sqlite3.Connection = connection
    raw.isolation_level = None
    for pragma in PRAGMAS:
        raw.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later must not fail half way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
