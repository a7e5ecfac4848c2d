"""How are residents and their templates kept in the database?"""

from __future__ import annotations

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from brain.adapters import sql_tables as t
from brain.core.access import Resident
from brain.core.gallery import Vectors
from doorbus.messages import EnrolmentState

VECTOR = np.dtype("<f4")
"""How embeddings lie in their column, one after the other: float32, little-endian. All of a
resident's stand in one row, which makes a start with many residents several times faster."""

AT_ONCE = 2000
"""Residents that are read at once."""


class SqlResidents:
    """The `Residents` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def add(self, resident: Resident) -> None:
        """Make somebody known."""
        self._do.execute(
            insert(t.resident).values(
                id=resident.id, name=resident.name, card=resident.card, enabled=resident.enabled
            )
        )

    def by_card(self, card: str) -> Resident | None:
        """Who has this card."""
        return self._one(t.resident.c.card == card)

    def by_id(self, resident: str) -> Resident | None:
        """Who has this opaque id."""
        return self._one(t.resident.c.id == resident)

    def page(self, offset: int, limit: int) -> list[tuple[Resident, EnrolmentState | None]]:
        """Some of them by name, each with the state of the latest enrolment."""
        state = (
            select(t.enrolment.c.state)
            .where(t.enrolment.c.resident == t.resident.c.id)
            .order_by(t.enrolment.c.serial.desc())
            .limit(1)
            .scalar_subquery()
        )
        rows = self._do.execute(
            select(t.resident, state.label("state"))
            .order_by(t.resident.c.name, t.resident.c.id)
            .offset(offset)
            .limit(limit)
        )
        return [
            (_resident(row), EnrolmentState(row.state) if row.state is not None else None)
            for row in rows
        ]

    def count(self) -> int:
        """How many there are."""
        return self._do.execute(select(func.count()).select_from(t.resident)).scalar_one()

    def set_enabled(self, resident: str, *, enabled: bool) -> None:
        """Let somebody in, or keep them out."""
        self._do.execute(
            update(t.resident).where(t.resident.c.id == resident).values(enabled=enabled)
        )

    def erase(self, resident: str) -> None:
        """Delete the person; templates, enrolments and frames go with them."""
        self._do.execute(delete(t.resident).where(t.resident.c.id == resident))

    def _one(self, which: ColumnElement[bool]) -> Resident | None:
        row = self._do.execute(select(t.resident).where(which)).first()
        return None if row is None else _resident(row)


class SqlTemplates:
    """The `Templates` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def all(self, encoder: str) -> dict[str, Vectors]:
        """Each resident's templates made by this encoder, shape (n, dimensions), float32."""
        found = self._do.execute(
            select(t.template.c.resident, t.template.c.templates, t.template.c.vectors)
            .where(t.template.c.encoder == encoder)
            .order_by(t.template.c.id)
        )
        vectors: dict[str, Vectors] = {}
        # Straight from the driver: making a row object of each would take most of a start's time.
        while rows := found.cursor.fetchmany(AT_ONCE):
            every = np.frombuffer(b"".join(row[2] for row in rows), VECTOR)
            every = every.astype(np.float32, copy=False)
            first = 0
            for resident, templates, blob in rows:
                last = first + len(blob) // VECTOR.itemsize
                vectors[resident] = every[first:last].reshape(templates, -1)
                first = last
        found.close()
        return vectors

    def count(self, resident: str) -> int:
        """How many one resident has, of whatever encoder."""
        counted: int = self._do.execute(
            select(func.coalesce(func.sum(t.template.c.templates), 0)).where(
                t.template.c.resident == resident
            )
        ).scalar_one()
        return counted

    def replace(self, resident: str, encoder: str, vectors: Vectors) -> None:
        """Set one resident's templates of one encoder."""
        self._do.execute(
            delete(t.template).where(
                t.template.c.resident == resident, t.template.c.encoder == encoder
            )
        )
        if len(vectors):
            self._do.execute(
                insert(t.template).values(
                    resident=resident,
                    encoder=encoder,
                    templates=len(vectors),
                    vectors=np.ascontiguousarray(vectors, VECTOR).tobytes(),
                )
            )

    def version(self) -> int:
        """Version of the gallery."""
        version: int = self._do.execute(select(t.gallery.c.version)).scalar_one()
        return version

    def next_version(self) -> int:
        """Raise the version and return it."""
        self._do.execute(update(t.gallery).values(version=t.gallery.c.version + 1))
        return self.version()


def _resident(row: Row[tuple[object, ...]]) -> Resident:
    return Resident(row.id, row.name, row.card, row.enabled)
