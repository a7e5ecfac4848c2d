"""How are templates apart from those in force kept: former sets, and what visits gave?"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, insert, select

from brain.adapters import sql_tables as t
from brain.adapters.vault_rows import Seals, former, renewal
from brain.errors import VaultError
from brain.store_ports import Renewed, TemplateSet
from matching.gallery import Vectors

VECTOR = np.dtype("<f4")
"""How embeddings lie in their column, one after the other: float32, little-endian. All of a
resident's stand in one row, which makes a start with many residents several times faster."""


def packed(one: TemplateSet) -> dict[str, Any]:
    """The columns that a set of templates fills."""
    return {
        "encoder": one.encoder,
        "templates": len(one.vectors),
        "vectors": np.ascontiguousarray(one.vectors, VECTOR).tobytes(),
        "chosen": ",".join(str(index) for index in one.chosen) or None,
    }


def unpacked(blob: bytes, templates: int) -> Vectors:
    """Templates out of their column, shape (templates, dimensions), float32."""
    flat = np.frombuffer(blob, VECTOR).astype(np.float32, copy=False)
    return flat.reshape(templates, -1)


def numbers_of(text: str | None) -> tuple[int, ...]:
    """The frames' numbers out of their column."""
    return tuple(int(number) for number in text.split(",")) if text else ()


class SqlFormerTemplates:
    """The `FormerTemplates` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._do = connection
        self._seals = seals

    def keep(self, resident: str, old: TemplateSet, at: float) -> None:
        """Keep a set instead of an older one."""
        self.drop(resident)
        values = packed(old) | {"resident": resident, "enrolment": old.enrolment, "at": at}
        values["vectors"] = self._seals.seal(values["vectors"], former(resident, old.encoder))
        self._do.execute(insert(t.former).values(**values))

    def of(self, resident: str) -> TemplateSet | None:
        """The set that can be put back."""
        row = self._do.execute(select(t.former).where(t.former.c.resident == resident)).first()
        if row is None:
            return None
        return TemplateSet(
            encoder=row.encoder,
            vectors=unpacked(
                self._seals.open(row.vectors, former(resident, row.encoder)), row.templates
            ),
            chosen=numbers_of(row.chosen),
            enrolment=row.enrolment,
        )

    def drop(self, resident: str) -> None:
        """Give it up."""
        self._do.execute(delete(t.former).where(t.former.c.resident == resident))

    def enrolments(self) -> set[str]:
        """Enrolments whose sets are kept, and whose frames therefore are."""
        return set(self._do.execute(select(t.former.c.enrolment)).scalars())

    def forget_others(self, encoder: str) -> list[str]:
        """Give up the sets of other encoders; the enrolments that they were of."""
        others = t.former.c.encoder != encoder
        gone = list(self._do.execute(select(t.former.c.enrolment).where(others)).scalars())
        self._do.execute(delete(t.former).where(others))
        return gone


class SqlRenewals:
    """The `Renewals` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._do = connection
        self._seals = seals

    def all(self, encoder: str, damaged: set[str]) -> dict[str, Vectors]:
        """Each resident's, the oldest first; whose do not open is put into `damaged`."""
        rows = self._do.execute(
            select(t.renewal).where(t.renewal.c.encoder == encoder).order_by(t.renewal.c.id)
        )
        found: dict[str, list[Vectors]] = {}
        for row in rows:
            try:
                found.setdefault(row.resident, []).append(self._opened(row))
            except VaultError:
                damaged.add(row.resident)
        return {
            resident: np.concatenate(vectors)
            for resident, vectors in found.items()
            if resident not in damaged
        }

    def of(self, resident: str, encoder: str) -> list[Renewed]:
        """One resident's, the oldest first."""
        rows = self._do.execute(
            select(t.renewal)
            .where(t.renewal.c.resident == resident, t.renewal.c.encoder == encoder)
            .order_by(t.renewal.c.id)
        )
        return [Renewed(self._opened(row)[0], row.at, row.door, row.visit) for row in rows]

    def add(self, resident: str, encoder: str, new: Renewed, most: int) -> None:
        """Add one; the oldest beyond `most` go."""
        blob = np.ascontiguousarray(new.vector, VECTOR).tobytes()
        self._do.execute(
            insert(t.renewal).values(
                resident=resident,
                encoder=encoder,
                vector=self._seals.seal(blob, renewal(resident, encoder, new.door, new.visit)),
                at=new.at,
                door=new.door,
                visit=new.visit,
            )
        )
        newest_first = select(t.renewal.c.id).where(t.renewal.c.resident == resident)
        ids = list(self._do.execute(newest_first.order_by(t.renewal.c.id.desc())).scalars())
        for old in ids[most:]:
            self._do.execute(delete(t.renewal).where(t.renewal.c.id == old))

    def take_back(self, resident: str, since: float) -> int:
        """Delete those made since then, and say how many they were."""
        gone = self._do.execute(
            delete(t.renewal).where(t.renewal.c.resident == resident, t.renewal.c.at >= since)
        )
        return gone.rowcount

    def drop(self, resident: str) -> int:
        """Delete all of a resident's, and say how many they were."""
        return self.take_back(resident, -1.0)

    def forget_others(self, encoder: str) -> None:
        """Delete those of other encoders."""
        self._do.execute(delete(t.renewal).where(t.renewal.c.encoder != encoder))

    def _opened(self, row: Row[Any]) -> Vectors:
        place = renewal(row.resident, row.encoder, row.door, row.visit)
        return unpacked(self._seals.open(row.vector, place), 1)
