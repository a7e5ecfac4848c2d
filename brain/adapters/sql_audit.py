"""How is the audit kept in the database, with what is kept beside it, and read?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)

from brain.adapters import sql_tables as t
from brain.core.audit_chain import EMPTY, Checked, Head, Link, check, following
from brain.statistics_ports import Order, Wanted
from brain.store_ports import AuditEntry, AuditPage, Numbered, SeenVisit, Tally

MOST_REASON = 200
"""Characters of a reason that are kept."""

AT_ONCE = 2000
"""Entries that are read at once."""

SLOT_S = 900
"""Seconds of a quarter of an hour: no time zone's hours or days begin within one."""


class SqlAudit:
    """The `AuditLog` port within one database transaction.

    Args of the constructor:
        key: what chains the entries; see `brain.core.audit_chain`.
    """

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._do = connection
        self._key = key

    def append(self, entry: AuditEntry, seen: SeenVisit | None = None) -> None:
        """Add a line, and what is kept beside it."""
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
        if seen is not None:
            self._do.execute(
                insert(t.seen_visit).values(
                    entry=head.entries, at=entry.at, visit=seen.visit, evidence=seen.evidence
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
        by = t.audit.c.id.asc() if order is Order.OLDEST else t.audit.c.id.desc()
        query = select(t.audit).where(*_conditions(wanted)).order_by(by).limit(limit)
        return [(row.id, _line(row)) for row in self._do.execute(query)]

    def page(self, wanted: Wanted, limit: int, within: int) -> AuditPage:
        """Some of those that are looked for, the newest first; `within` bounds the search."""
        every = _conditions(wanted)
        # What has an index of its own, or is in the order of the numbers.
        quick = _conditions(
            Wanted(
                since=wanted.since,
                until=wanted.until,
                resident=wanted.resident,
                before=wanted.before,
            )
        )
        beside = select(t.audit, t.seen_visit.c.visit, t.seen_visit.c.evidence).select_from(
            t.audit.outerjoin(t.seen_visit, t.seen_visit.c.entry == t.audit.c.id)
        )
        looked = select(t.audit.c.id).where(*quick).order_by(t.audit.c.id.desc()).limit(within)
        searched = len(every) > len(quick)
        if searched:
            every = [*every, t.audit.c.id.in_(looked)]
        # One more than is asked for tells whether there is another page.
        query = beside.where(*every).order_by(t.audit.c.id.desc()).limit(limit + 1)
        rows = self._do.execute(query).all()
        lines = tuple(_numbered(row) for row in rows[:limit])
        if len(rows) > limit:
            return AuditPage(lines, lines[-1].number)
        return AuditPage(lines, self._end_of(looked, within) if searched else None)

    def _end_of(self, looked: Select[tuple[int]], within: int) -> int | None:
        """The last line that was looked at; None where there is none behind it."""
        inner = looked.subquery()
        row = self._do.execute(select(func.min(inner.c.id), func.count()).select_from(inner)).one()
        return row[0] if row[1] == within else None

    def tally(self, wanted: Wanted) -> list[Tally]:
        """Those that are looked for, counted by quarter of an hour, deed, reason and door."""
        a = t.audit.c
        rounded = cast(a.at / SLOT_S, BigInteger)
        # One database cuts off, another rounds.
        slot = (rounded - case((rounded * SLOT_S > a.at, 1), else_=0)).label("slot")
        alike = (slot, a.what, a.reason, a.door)
        rows = self._do.execute(
            select(*alike, func.count().label("times")).where(*_conditions(wanted)).group_by(*alike)
        )
        return [
            Tally(float(row.slot * SLOT_S), row.what, row.reason, row.door, row.times)
            for row in rows
        ]

    def forget_seen_before(self, at: float) -> int:
        """Delete what is kept beside lines of before a time, and say of how many."""
        return self._do.execute(delete(t.seen_visit).where(t.seen_visit.c.at < at)).rowcount

    def forget_seen_of(self, resident: str) -> int:
        """Delete what is kept beside lines about a resident, and say of how many."""
        theirs = select(t.audit.c.id).where(t.audit.c.resident == resident)
        return self._do.execute(
            delete(t.seen_visit).where(t.seen_visit.c.entry.in_(theirs))
        ).rowcount

    def latest(self, limit: int) -> list[AuditEntry]:
        """The last lines, the newest first."""
        rows = self._do.execute(select(t.audit).order_by(t.audit.c.id.desc()).limit(limit))
        return [_line(row) for row in rows]


def _line(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.at, row.actor, row.what, row.resident, row.door, row.reason)


def _numbered(row: Row[Any]) -> Numbered:
    seen = None if row.visit is None else SeenVisit(row.visit, row.evidence)
    return Numbered(row.id, _line(row), seen)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What an entry that is looked for must be like."""
    audit = t.audit.c
    limits = [
        None if wanted.since is None else audit.at >= wanted.since,
        None if wanted.until is None else audit.at < wanted.until,
        None if wanted.door is None else audit.door == wanted.door,
        None if wanted.reason is None else audit.reason == wanted.reason,
        None if wanted.resident is None else audit.resident == wanted.resident,
        None if wanted.actor is None else audit.actor == wanted.actor,
        None if wanted.before is None else audit.id < wanted.before,
        None if wanted.after is None else audit.id > wanted.after,
        audit.what.in_(wanted.what) if wanted.what else None,
    ]
    return [one for one in limits if one is not None]
