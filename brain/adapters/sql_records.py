"""How are doors and administrators' requests kept in the database?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from brain.adapters import sql_tables as t
from brain.core.freshness import Mark
from brain.store_ports import DoorRecord, Remembered
from doorbus.messages import Verdict


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
