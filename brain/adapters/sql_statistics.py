"""How are counts of scores kept in the database?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from brain.adapters import sql_tables as t
from brain.core.scores import ScoreKind
from brain.statistics_ports import ScoreCount


class SqlScores:
    """The `Scores` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def add(self, counts: Iterable[ScoreCount]) -> None:
        """Add these to what is counted."""
        for one in counts:
            key = {
                "day": one.day.isoformat(),
                "encoder": one.encoder,
                "kind": one.kind.value,
                "place": one.place,
            }
            there = [t.score.c[name] == value for name, value in key.items()]
            more = update(t.score).where(*there).values(visits=t.score.c.visits + one.visits)
            if self._do.execute(more).rowcount == 0:
                self._do.execute(insert(t.score).values(**key, visits=one.visits))

    def since(self, day: date) -> list[ScoreCount]:
        """Everything from that day on."""
        rows = self._do.execute(
            select(t.score).where(t.score.c.day >= day.isoformat()).order_by(*t.score.primary_key)
        )
        return [
            ScoreCount(
                date.fromisoformat(row.day), row.encoder, ScoreKind(row.kind), row.place, row.visits
            )
            for row in rows
        ]

    def forget_before(self, day: date) -> None:
        """Delete what is older."""
        self._do.execute(delete(t.score).where(t.score.c.day < day.isoformat()))
