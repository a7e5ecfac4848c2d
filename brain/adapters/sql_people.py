"""How are residents and their templates kept in the database?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from brain.adapters import sql_tables as t
from brain.adapters.sql_template_sets import VECTOR, numbers_of, packed, unpacked
from brain.adapters.vault_names import NameOrder
from brain.adapters.vault_rows import Seals, templates
from brain.core.access import Resident
from brain.errors import VaultError
from brain.store_ports import EVERYBODY, Selection, TemplateSet
from doorbus.messages import EnrolmentState
from matching.gallery import Vectors

AT_ONCE = 2000
"""Residents that are read at once."""


class SqlResidents:
    """The `Residents` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals, order: NameOrder) -> None:
        self._do = connection
        self._seals = seals
        self._order = order

    def add(self, resident: Resident) -> None:
        """Make somebody known."""
        self._do.execute(
            insert(t.resident).values(
                id=resident.id, enabled=resident.enabled, **self._seals.begin(resident)
            )
        )

    def by_card(self, card: str) -> Resident | None:
        """Who has this card; one whose row is damaged can be removed by it all the same."""
        row = self._do.execute(
            select(t.resident).where(t.resident.c.card_code == self._seals.card_code(card))
        ).first()
        return None if row is None else self._seals.resident_or_damaged(row, card)

    def by_id(self, resident: str) -> Resident | None:
        """Who has this opaque id."""
        return self._one(t.resident.c.id == resident)

    def page(
        self, offset: int, limit: int, which: Selection = EVERYBODY
    ) -> list[tuple[Resident, EnrolmentState | None]]:
        """Some of them by name, each with the state of the latest enrolment."""
        state = (
            select(t.enrolment.c.state)
            .where(t.enrolment.c.resident == t.resident.c.id)
            .order_by(t.enrolment.c.serial.desc())
            .limit(1)
            .scalar_subquery()
        )
        ids = self._selected(which)[offset : offset + limit]
        people = {resident.id: resident for resident in self._seals.residents(ids)}
        query = select(t.resident.c.id, state.label("state")).where(t.resident.c.id.in_(ids))
        states = {row.id: row.state for row in self._do.execute(query)}
        return [(people[one], EnrolmentState(states[one]) if states[one] else None) for one in ids]

    def count(self, which: Selection = EVERYBODY) -> int:
        """How many there are."""
        if which != EVERYBODY:
            return len(self._selected(which))
        return self._do.execute(select(func.count()).select_from(t.resident)).scalar_one()

    def rename(self, resident: str, name: str, card: str) -> None:
        """Give somebody this name and card."""
        self._do.execute(
            update(t.resident)
            .where(t.resident.c.id == resident)
            .values(**self._seals.identity(resident, name, card))
        )

    def enabled(self) -> frozenset[str]:
        """Opaque ids of all who are let in somewhere."""
        rows = self._do.execute(select(t.resident.c.id).where(t.resident.c.enabled.is_(True)))
        return frozenset(rows.scalars())

    def set_enabled(self, resident: str, *, enabled: bool) -> None:
        """Let somebody in, or keep them out."""
        self._do.execute(
            update(t.resident).where(t.resident.c.id == resident).values(enabled=enabled)
        )

    def erase(self, resident: str) -> None:
        """Delete the person; all that is kept of them goes too, memberships and rules as well."""
        self._do.execute(delete(t.resident).where(t.resident.c.id == resident))
        # Rules about the person went too, and are forgotten by whoever has them in memory.
        self._do.execute(update(t.access).values(version=t.access.c.version + 1))

    def _selected(self, which: Selection) -> list[str]:
        ids = self._order.ids(self._do, self._seals, which.name or "", which.card or "")
        if which.enabled is not None:
            rows = self._do.execute(
                select(t.resident.c.id).where(t.resident.c.enabled.is_(which.enabled))
            )
            allowed = {row.id for row in rows}
            ids = [one for one in ids if one in allowed]
        return [
            one
            for one in ids
            if one not in which.outside and (which.among is None or one in which.among)
        ]

    def _one(self, which: ColumnElement[bool]) -> Resident | None:
        row = self._do.execute(select(t.resident).where(which)).first()
        return None if row is None else self._seals.resident(row)


class SqlTemplates:
    """The `Templates` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._do = connection
        self._seals = seals

    def all(self, encoder: str) -> dict[str, Vectors]:
        """Each resident's templates made by this encoder, shape (n, dimensions), float32."""
        parts = self.parts(encoder, set())
        return {name: vectors for part in parts for name, vectors in part.items()}

    def parts(self, encoder: str, damaged: set[str]) -> Iterator[dict[str, Vectors]]:
        """The same, some residents at a time; whose do not open is put into `damaged`."""
        found = self._do.execute(
            select(
                t.template.c.resident,
                t.template.c.templates,
                t.template.c.vectors,
                t.resident.c.key,
            )
            .join(t.resident)
            .where(t.template.c.encoder == encoder)
            .order_by(t.template.c.id)
        )
        unwrapped = self._seals.unwrapped
        # Straight from the driver: making a row object of each would take most of a start's time.
        while rows := found.cursor.fetchmany(AT_ONCE):
            opened: list[tuple[str, int, bytes]] = []
            for resident, number, sealed, key in rows:
                try:
                    blob = unwrapped(resident, key).open(sealed, templates(resident, encoder))
                except VaultError:
                    damaged.add(resident)
                    continue
                if number < 1 or not blob or len(blob) % (number * VECTOR.itemsize):
                    damaged.add(resident)
                    continue
                opened.append((resident, number, blob))
            blobs = [blob for _, _, blob in opened]
            every = np.frombuffer(b"".join(blobs), VECTOR).astype(np.float32, copy=False)
            first = 0
            vectors: dict[str, Vectors] = {}
            for resident, number, blob in opened:
                last = first + len(blob) // VECTOR.itemsize
                vectors[resident] = every[first:last].reshape(number, -1)
                first = last
            yield vectors
        found.close()

    def of(self, resident: str, encoder: str) -> TemplateSet | None:
        """One resident's templates made by this encoder."""
        row = self._do.execute(
            select(t.template).where(
                t.template.c.resident == resident, t.template.c.encoder == encoder
            )
        ).first()
        if row is None:
            return None
        blob = self._seals.open(row.vectors, templates(resident, encoder))
        return TemplateSet(encoder, unpacked(blob, row.templates), numbers_of(row.chosen))

    def count(self, resident: str, encoder: str | None = None) -> int:
        """How many one resident has; without `encoder`, of the one that has most."""
        which = t.template.c.resident == resident
        if encoder is not None:
            which &= t.template.c.encoder == encoder
        counted: int = self._do.execute(
            select(func.coalesce(func.max(t.template.c.templates), 0)).where(which)
        ).scalar_one()
        return counted

    def replace(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates; those of other encoders are of older frames, and go."""
        self._do.execute(delete(t.template).where(t.template.c.resident == resident))
        self.add(resident, new)

    def add(self, resident: str, new: TemplateSet) -> None:
        """Set one resident's templates of one encoder, beside those of others."""
        self._do.execute(
            delete(t.template).where(
                t.template.c.resident == resident, t.template.c.encoder == new.encoder
            )
        )
        values = packed(new)
        values["vectors"] = self._seals.seal(values["vectors"], templates(resident, new.encoder))
        self._do.execute(insert(t.template).values(resident=resident, **values))

    def chosen(self, resident: str) -> tuple[int, ...]:
        """The frames that the resident's templates are of; empty where that is unknown."""
        kept = self._do.execute(
            select(t.template.c.chosen).where(
                t.template.c.resident == resident, t.template.c.chosen.is_not(None)
            )
        ).scalar()
        return numbers_of(kept)

    def holders(self, encoder: str) -> int:
        """How many residents have templates made by this encoder."""
        return self._do.execute(
            select(func.count()).select_from(t.template).where(t.template.c.encoder == encoder)
        ).scalar_one()

    def enrolled(self, encoder: str) -> frozenset[str]:
        """Who has templates made by this encoder."""
        rows = self._do.execute(
            select(t.template.c.resident).where(t.template.c.encoder == encoder)
        )
        return frozenset(row.resident for row in rows)

    def residents(self, *, without: str) -> list[str]:
        """Who has templates, but none made by this encoder."""
        theirs = select(t.template.c.resident).where(t.template.c.encoder == without)
        rows = self._do.execute(
            select(t.template.c.resident)
            .where(t.template.c.resident.not_in(theirs))
            .distinct()
            .order_by(t.template.c.resident)
        )
        return [row.resident for row in rows]

    def encoder(self) -> str | None:
        """Which encoder the gallery is of; None before it was first written down."""
        kept: str | None = self._do.execute(select(t.gallery.c.encoder)).scalar_one()
        return kept

    def set_encoder(self, encoder: str, recipe: str) -> None:
        """Have the gallery be of this encoder, and keep how to make that encoder again."""
        self._do.execute(delete(t.encoder).where(t.encoder.c.identity == encoder))
        self._do.execute(insert(t.encoder).values(identity=encoder, recipe=recipe))
        self._do.execute(update(t.gallery).values(encoder=encoder))

    def recipe(self, encoder: str) -> str | None:
        """How to make an encoder again."""
        kept: str | None = self._do.execute(
            select(t.encoder.c.recipe).where(t.encoder.c.identity == encoder)
        ).scalar()
        return kept

    def adopt(self, name: str, encoder: str) -> None:
        """Call templates that bear a name by this encoder's identity from now on."""
        rows = self._do.execute(
            select(t.template.c.id, t.template.c.resident, t.template.c.vectors).where(
                t.template.c.encoder == name
            )
        ).all()
        for row in rows:
            # Sealed for their encoder, so sealed anew for the other name of it.
            try:
                blob = self._seals.open(row.vectors, templates(row.resident, name))
            except VaultError:
                continue  # it keeps its old name, and is made anew from its frames
            sealed = self._seals.seal(blob, templates(row.resident, encoder))
            self._do.execute(
                update(t.template)
                .where(t.template.c.id == row.id)
                .values(encoder=encoder, vectors=sealed)
            )

    def forget_others(self, encoder: str) -> None:
        """Delete other encoders' templates of everybody who has some of this one."""
        theirs = select(t.template.c.resident).where(t.template.c.encoder == encoder)
        self._do.execute(
            delete(t.template).where(
                t.template.c.encoder != encoder, t.template.c.resident.in_(theirs)
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
