"""How does what was guessed outlive a restart? The throttle's counts, kept in the store."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from console.accounts import tables as t
from console.core.throttle import Failures, Key, Kind

OLD_S = 24 * 3600.0
"""Seconds after which a count says nothing any more."""


def load(connection: Connection, now: float) -> dict[Key, Failures]:
    """What an earlier run had counted, and what of it still matters."""
    connection.execute(delete(t.failures).where(t.failures.c.at < now - OLD_S))
    rows = connection.execute(select(t.failures))
    return {_read(row.key): Failures(row.failed, row.at) for row in rows}


def save(connection: Connection, changed: Mapping[Key, Failures | None]) -> None:
    """Write what changed."""
    for (kind, name), failures in changed.items():
        key = f"{kind.value} {name}"
        if failures is None:
            connection.execute(delete(t.failures).where(t.failures.c.key == key))
            continue
        values = {"failed": failures.count, "at": failures.at}
        connection.execute(
            insert(t.failures)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=[t.failures.c.key], set_=values)
        )


def _read(key: str) -> Key:
    kind, _, name = key.partition(" ")
    return Kind(kind), name
