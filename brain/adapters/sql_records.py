"""How are doors, requests, events and the audit kept in the database?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from brain.adapters import sql_tables as t
from brain.adapters.sql_statistics import found
from brain.core.audit_chain import EMPTY, Checked, Head, Link, check, following
from brain.core.freshness import Mark
from brain.statistics_ports import Order, Wanted
from brain.store_ports import AuditEntry, DoorRecord, Remembered
from doorbus.messages import DoorEvent, Verdict

MOST_REASON = 200
"""Characters of a reason that are kept."""

AT_ONCE = 2000
"""Entries that are read at once."""


class SqlDoors:
    """The `DoorLedger` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def get(self, door: str) -> DoorRecord:
        """The record of a door; an empty one for a door that never spoke."""
        row = self._row(door)
        if row is None:
            return DoorRecord()
        if row.nonce is None:
            return DoorRecord(row.epoch)
        mark = Mark(row.visit_epoch, row.visit, row.nonce)
        return DoorRecord(row.epoch, mark, Verdict.model_validate_json(row.verdict))

    def key(self, door: str) -> str | None:
        """The fingerprint of the key that a door has; None for a door that is not known yet."""
        row = self._row(door)
        return None if row is None else row.key

    def names(self) -> list[str]:
        """Every door that was ever known, by name."""
        names = self._do.execute(select(t.door.c.name).order_by(t.door.c.name))
        return list(names.scalars())

    def use_key(self, door: str, fingerprint: str) -> None:
        """Note which key a door has; with another key its epochs and visits begin anew."""
        row = self._row(door)
        if row is None:
            self._add(door, fingerprint)
        elif row.key != fingerprint:
            anew = dict.fromkeys(("epoch", "visit_epoch", "visit", "nonce", "verdict"))
            self._set(door, key=fingerprint, **anew)

    def heard(self, door: str, epoch: int) -> None:
        """Keep the highest epoch."""
        row = self._known(door)
        if row.epoch is None or row.epoch < epoch:
            self._set(door, epoch=epoch)

    def decided(self, door: str, mark: Mark, verdict: Verdict) -> None:
        """Keep the newest visit with its verdict."""
        self._known(door)
        self._set(
            door,
            visit_epoch=mark.epoch,
            visit=mark.visit,
            nonce=mark.nonce,
            verdict=verdict.model_dump_json(),
        )

    def next_number(self, door: str) -> int:
        """A command number above all before."""
        number: int = self._known(door).command_number + 1
        self._set(door, command_number=number)
        return number

    def _known(self, door: str) -> Row[Any]:
        row = self._row(door)
        if row is None:
            self._add(door, "")
            row = self._row(door)
        assert row is not None  # noqa: S101  # just added, for the type checker
        return row

    def _row(self, door: str) -> Row[Any] | None:
        return self._do.execute(select(t.door).where(t.door.c.name == door)).first()

    def _add(self, door: str, key: str) -> None:
        self._do.execute(insert(t.door).values(name=door, key=key, command_number=0))

    def _set(self, door: str, **values: Any) -> None:
        self._do.execute(update(t.door).where(t.door.c.name == door).values(**values))


class SqlTransactions:
    """The `Transactions` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def find(self, principal: str, transaction: str) -> Remembered | None:
        """What is known of a transaction."""
        row = self._do.execute(
            select(t.request.c.digest, t.request.c.response).where(
                t.request.c.principal == principal, t.request.c.transaction == transaction
            )
        ).first()
        return None if row is None else Remembered(row.digest, row.response)

    def begin(self, principal: str, transaction: str, digest: str, at: float) -> None:
        """Note a new one, not answered yet."""
        self._do.execute(
            insert(t.request).values(
                principal=principal, transaction=transaction, digest=digest, at=at
            )
        )

    def answer(self, principal: str, transaction: str, response: str) -> None:
        """Keep the answer."""
        self._do.execute(
            update(t.request)
            .where(t.request.c.principal == principal, t.request.c.transaction == transaction)
            .values(response=response)
        )

    def pending(self) -> list[tuple[str, str]]:
        """Principal and transaction of all that are not answered."""
        rows = self._do.execute(
            select(t.request.c.principal, t.request.c.transaction).where(
                t.request.c.response.is_(None)
            )
        )
        return [(row.principal, row.transaction) for row in rows]


class SqlEvents:
    """The `Events` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def store(self, door: str, event: DoorEvent, at: float) -> bool:
        """Keep an event; False where its id was kept before."""
        known = select(t.event.c.id).where(t.event.c.door == door, t.event.c.id == event.id)
        if self._do.execute(known).first() is not None:
            return False
        self._do.execute(
            insert(t.event).values(
                door=door,
                id=event.id,
                kind=event.kind.value,
                at=event.at,
                visit=event.visit,
                detail=event.detail,
                received=at,
            )
        )
        return True

    def forget_before(self, at: float) -> int:
        """Delete those that came before a time, and say how many they were."""
        return self._do.execute(delete(t.event).where(t.event.c.received < at)).rowcount


class SqlAudit:
    """The `AuditLog` port within one database transaction.

    Args of the constructor:
        key: what chains the entries; see `brain.core.audit_chain`.
    """

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._do = connection
        self._key = key

    def append(self, entry: AuditEntry) -> None:
        """Add a line."""
        entry = replace(entry, at=float(entry.at), reason=entry.reason[:MOST_REASON])
        # Brains that share a database add one after the other; SQLite has but one writer anyway.
        self._do.execute(select(t.site.c.id).with_for_update())
        head = following(self._key, self.head(), entry)
        self._do.execute(
            insert(t.audit).values(
                id=head.entries,
                at=entry.at,
                actor=entry.actor,
                what=entry.what,
                resident=entry.resident,
                door=entry.door,
                reason=entry.reason,
                mac=head.code,
            )
        )

    def about(self, resident: str, limit: int) -> list[AuditEntry]:
        """The last lines about one resident, the newest first."""
        rows = self._do.execute(
            select(t.audit)
            .where(t.audit.c.resident == resident)
            .order_by(t.audit.c.id.desc())
            .limit(limit)
        )
        return [_line(row) for row in rows]

    def count_about(self, resident: str) -> int:
        """How many lines there are about one resident."""
        return self._do.execute(
            select(func.count()).select_from(t.audit).where(t.audit.c.resident == resident)
        ).scalar_one()

    def head(self) -> Head:
        """The end of the chain."""
        last = self._do.execute(
            select(t.audit.c.id, t.audit.c.mac).order_by(t.audit.c.id.desc()).limit(1)
        ).first()
        return EMPTY if last is None else Head(last.id, last.mac)

    def check(self, noted: Head | None = None) -> Checked:
        """Go through the whole chain; `noted` is a head of it that was noted elsewhere."""
        rows = self._do.execution_options(yield_per=AT_ONCE).execute(
            select(t.audit).order_by(t.audit.c.id)
        )
        return check(self._key, (Link(row.id, _line(row), row.mac) for row in rows), noted)

    def find(
        self, wanted: Wanted, limit: int, order: Order = Order.NEWEST
    ) -> list[tuple[int, AuditEntry]]:
        """Some of those that are looked for, each with its number."""
        rows = self._do.execute(found(wanted, limit, order))
        return [(row.id, _line(row)) for row in rows]

    def latest(self, limit: int) -> list[AuditEntry]:
        """The last lines, the newest first."""
        rows = self._do.execute(select(t.audit).order_by(t.audit.c.id.desc()).limit(limit))
        return [_line(row) for row in rows]


def _line(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.at, row.actor, row.what, row.resident, row.door, row.reason)
