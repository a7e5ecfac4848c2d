"""How is kept which doors have yet to erase whom?"""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select

from brain.adapters import sql_tables as t
from brain.store_ports import Erasure


class SqlErasures:
    """The `Erasures` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def begin(self, erasure: Erasure) -> None:
        """Note that a door has to erase somebody."""
        self._do.execute(
            insert(t.erasure).values(
                resident=erasure.resident,
                door=erasure.door,
                enrolments=json.dumps(erasure.enrolments),
                at=erasure.at,
            )
        )

    def open(self, door: str | None = None) -> list[Erasure]:
        """Those that are not confirmed, of one door or of all, the oldest first."""
        query = select(t.erasure).order_by(t.erasure.c.at, t.erasure.c.resident, t.erasure.c.door)
        if door is not None:
            query = query.where(t.erasure.c.door == door)
        return [
            Erasure(row.resident, row.door, tuple(json.loads(row.enrolments)), row.at)
            for row in self._do.execute(query)
        ]

    def confirm(self, resident: str, door: str) -> bool:
        """A door has erased somebody; False where that was not waited for."""
        done = self._do.execute(
            delete(t.erasure).where(t.erasure.c.resident == resident, t.erasure.c.door == door)
        )
        return done.rowcount > 0
