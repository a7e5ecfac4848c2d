"""How are orders for several doors kept in the database?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from brain.adapters import sql_tables as t
from brain.core.standing import Standing, StandingOrder
from doorbus.messages import OrderAction


class SqlSiteOrders:
    """The `SiteOrders` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def put(self, order: StandingOrder) -> None:
        """Keep the newest order of a door; it takes the place of the one before."""
        self._do.execute(delete(t.site_order).where(t.site_order.c.door == order.door))
        self._do.execute(
            insert(t.site_order).values(
                door=order.door,
                site_order=order.order,
                action=order.action.value,
                principal=order.principal,
                reason=order.reason,
                at=order.at,
                state=order.state.value,
                detail=order.detail,
            )
        )

    def waiting(self) -> list[StandingOrder]:
        """All that wait for a door, by the door's name."""
        rows = self._do.execute(
            select(t.site_order)
            .where(t.site_order.c.state == Standing.WAITING.value)
            .order_by(t.site_order.c.door)
        )
        return [_order(row) for row in rows]

    def of(self, order: str) -> list[StandingOrder]:
        """One order at all doors where it is the newest, by the door's name."""
        rows = self._do.execute(
            select(t.site_order)
            .where(t.site_order.c.site_order == order)
            .order_by(t.site_order.c.door)
        )
        return [_order(row) for row in rows]

    def end(self, door: str, order: str | None, state: Standing, detail: str = "") -> bool:
        """Note what became of an order that waits for a door; False where none does.

        Args:
            door: which.
            order: which one; None for whichever.
            state: what became of it.
            detail: see `StandingOrder`.
        """
        which = (t.site_order.c.door == door) & (t.site_order.c.state == Standing.WAITING.value)
        if order is not None:
            which &= t.site_order.c.site_order == order
        done = self._do.execute(
            update(t.site_order).where(which).values(state=state.value, detail=detail[:200])
        )
        return done.rowcount > 0


def _order(row: Row[Any]) -> StandingOrder:
    return StandingOrder(
        door=row.door,
        order=row.site_order,
        action=OrderAction(row.action),
        principal=row.principal,
        reason=row.reason,
        at=row.at,
        state=Standing(row.state),
        detail=row.detail,
    )
