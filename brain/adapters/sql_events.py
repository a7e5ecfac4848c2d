"""How is kept in the database what doors told, and read?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, tuple_

from brain.adapters import sql_tables as t
from brain.store_ports import EventPage, EventPlace, EventsWanted, KeptEvent
from doorbus.messages import DoorEvent, DoorPrompt, EventKind

OLDEST_S: Final = 366 * 24 * 3600.0
"""What a door dates further back than it came was told by a clock that was not set."""


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
                prompt=None if event.prompt is None else event.prompt.value,
                happened=event.at if at - OLDEST_S <= event.at <= at else at,
            )
        )
        return True

    def page(self, wanted: EventsWanted, limit: int, within: int) -> EventPage:
        """Some of those that are looked for, the newest first; `within` bounds the search."""
        place = (t.event.c.happened, t.event.c.door, t.event.c.id)
        backwards = [column.desc() for column in place]
        if not _rest(wanted, t.event.c):
            within = min(within, limit + 1)
        looked = (
            select(t.event).where(*_in_order(wanted)).order_by(*backwards).limit(within).subquery()
        )
        e = looked.c
        # One more than is asked for tells whether there is another page.
        query = (
            select(looked)
            .where(*_rest(wanted, looked.c))
            .order_by(e.happened.desc(), e.door.desc(), e.id.desc())
            .limit(limit + 1)
        )
        rows = self._do.execute(query).all()
        events = tuple(_kept(row) for row in rows[:limit])
        if len(rows) > limit:
            return EventPage(events, events[-1].place)
        return EventPage(events, self._end_of(wanted, within))

    def _end_of(self, wanted: EventsWanted, within: int) -> EventPlace | None:
        """The last event that was looked at; None where there is none behind it."""
        place = (t.event.c.happened, t.event.c.door, t.event.c.id)
        row = self._do.execute(
            select(*place)
            .where(*_in_order(wanted))
            .order_by(*[column.desc() for column in place])
            .offset(within - 1)
            .limit(1)
        ).first()
        return None if row is None else EventPlace(row.happened, row.door, row.id)

    def count(self, wanted: EventsWanted) -> Mapping[EventKind, int]:
        """How many of those that are looked for are of which kind."""
        rows = self._do.execute(
            select(t.event.c.kind, func.count().label("times"))
            .where(*_in_order(wanted), *_rest(wanted, t.event.c))
            .group_by(t.event.c.kind)
        )
        return {EventKind(row.kind): row.times for row in rows}

    def forget_before(self, at: float) -> int:
        """Delete those that came before a time, and say how many they were."""
        return self._do.execute(delete(t.event).where(t.event.c.received < at)).rowcount


def _in_order(wanted: EventsWanted) -> list[ColumnElement[bool]]:
    """What an index finds."""
    e, before = t.event.c, wanted.before
    limits = [
        None if wanted.door is None else e.door == wanted.door,
        None if wanted.since is None else e.happened >= wanted.since,
        None if wanted.until is None else e.happened < wanted.until,
        None
        if before is None
        else tuple_(e.happened, e.door, e.id) < tuple_(before.at, before.door, before.id),
    ]
    return [one for one in limits if one is not None]


def _rest(wanted: EventsWanted, event: Any) -> list[ColumnElement[bool]]:
    """What each event must be looked at for."""
    limits = [
        event.kind.in_([kind.value for kind in wanted.kinds]) if wanted.kinds else None,
        None if wanted.visit is None else event.visit == wanted.visit,
    ]
    return [one for one in limits if one is not None]


def _kept(row: Row[Any]) -> KeptEvent:
    event = DoorEvent(
        id=row.id,
        kind=EventKind(row.kind),
        at=row.at,
        visit=row.visit,
        detail=row.detail,
        prompt=None if row.prompt is None else DoorPrompt(row.prompt),
    )
    return KeptEvent(row.happened, row.door, event)
