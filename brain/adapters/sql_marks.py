"""What tells one state of a resident's templates from another, without reading the templates?

The beginning of the sealed column: it is drawn at random whenever something is sealed, so that
every change shows, also one that puts back what was there before.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from brain.adapters import sql_tables as t

BYTES = 16


class SqlMarks:
    """The `Marks` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def all(self, encoder: str) -> dict[str, bytes]:
        """A mark for each resident with templates made by this encoder.

        It is another one after every change, also of what visits gave.
        """
        enrolled = self._do.execute(
            select(t.template.c.resident, func.substr(t.template.c.vectors, 1, BYTES)).where(
                t.template.c.encoder == encoder
            )
        )
        # Straight from the driver: making a row object of each would take most of the time.
        marks = {resident: bytes(mark) for resident, mark in enrolled.cursor.fetchall()}
        enrolled.close()
        learnt = self._do.execute(
            select(t.renewal.c.resident, func.substr(t.renewal.c.vector, 1, BYTES))
            .where(t.renewal.c.encoder == encoder)
            .order_by(t.renewal.c.id)
        )
        for resident, mark in learnt:
            if resident in marks:
                marks[resident] += bytes(mark)
        return marks
