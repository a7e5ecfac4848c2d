"""Where are accounts and sessions kept? In one SQLite file that only the console may read.

The console and `python -m console account ...` may use it at the same time.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from console.accounts import tables as t
from console.errors import AccountStoreError

FILE: Final = "accounts.sqlite"

_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    # A session that was ended must not come back when the power fails.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Hashes of former passwords must not be readable in the file's free pages.
    "PRAGMA secure_delete = ON",
)


class AccountStore:
    """The file; usable from any thread.

    Args:
        folder: where it lies; made where it is missing, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._engine: Engine | None = None

    def open(self) -> None:
        """Open the file, and make its tables where there are none.

        Raises:
            AccountStoreError: it cannot be opened, or a newer Doorward wrote it.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_strangers()
            # The mode is given before anything is written; WAL files take that of the database.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self.path.chmod(0o600)
        except OSError as error:
            raise AccountStoreError(
                f"{self.path}: cannot be written ({error.strerror}); look at the rights of the "
                "folder, or name another with the key `data_dir` in console.yaml"
            ) from None
        # An error's text holds the statement's values otherwise: names and hashes.
        engine = create_engine(URL.create("sqlite", database=str(self.path)), hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        self._engine = engine
        try:
            with self.change() as connection:
                self._bring_up_to_date(connection)
        except AccountStoreError:
            self.close()
            raise

    def _refuse_strangers(self) -> None:
        """Files that another user makes here, root even, could keep the console out later."""
        owner = (self.path if self.path.exists() else self.path.parent).stat().st_uid
        if owner != os.geteuid():
            raise AccountStoreError(
                f"{self.path}: belongs to another user; run this as `{_called(owner)}`: "
                f"sudo -u {_called(owner)} ..."
            )

    def close(self) -> None:
        """Close the file. Twice is harmless."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextlib.contextmanager
    def change(self) -> Iterator[Connection]:
        """Do something all or nothing; nobody else changes anything meanwhile.

        Raises:
            AccountStoreError: the file cannot be used.
        """
        with self._begun(writes=True) as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Look at everything as it was at one moment; waits for nobody.

        Raises:
            AccountStoreError: the file cannot be used.
        """
        with self._begun(writes=False) as connection:
            yield connection

    @contextlib.contextmanager
    def _begun(self, *, writes: bool) -> Iterator[Connection]:
        if self._engine is None:
            raise AccountStoreError(f"{self.path}: is not open; call `open` first")
        try:
            with self._engine.connect() as idle:
                connection = idle.execution_options(doorward_writes=writes)
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            raise AccountStoreError(
                f"{self.path}: cannot be used ({_why(error)}); look at the disk's space and "
                "rights, and restore the file from a backup if it is damaged"
            ) from None

    def _bring_up_to_date(self, connection: Connection) -> None:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version > t.VERSION:
            raise AccountStoreError(
                f"{self.path}: was written by a newer Doorward (version {version} of its tables, "
                f"this one knows {t.VERSION}); start that one"
            )
        if version == 0:
            t.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {t.VERSION}")


def _called(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _why(error: SQLAlchemyError) -> str:
    cause = error.__cause__ or getattr(error, "orig", None)
    return str(cause or type(error).__name__)


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    # SQLAlchemy's own BEGIN below says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("doorward_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
