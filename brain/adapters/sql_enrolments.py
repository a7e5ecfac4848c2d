"""How are enrolments and the fate of their frames kept in the database?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from brain.adapters import sql_tables as t
from brain.core.enrolment import Enrolment, FramesSoFar
from doorbus.messages import EnrolmentState, Outcome

MOST_REASON = 200
"""Characters of a reason that are kept."""


class SqlEnrolments:
    """The `Enrolments` port within one database transaction."""

    def __init__(self, connection: Connection) -> None:
        self._do = connection

    def add(self, enrolment: Enrolment) -> None:
        """Open one."""
        serial = select(func.coalesce(func.max(t.enrolment.c.serial), 0) + 1).scalar_subquery()
        self._do.execute(
            insert(t.enrolment).values(
                id=enrolment.id,
                serial=serial,
                resident=enrolment.resident,
                door=enrolment.door,
                count=enrolment.count,
                state=enrolment.state.value,
                rounds=enrolment.rounds,
                reason=enrolment.reason[:MOST_REASON],
                created=enrolment.created,
                token=enrolment.token,
            )
        )

    def by_id(self, enrolment: str) -> Enrolment | None:
        """One by its id."""
        found = self._some(select(t.enrolment).where(t.enrolment.c.id == enrolment))
        return found[0] if found else None

    def of(self, resident: str) -> list[Enrolment]:
        """Those of one resident, the latest first."""
        return self._some(
            select(t.enrolment)
            .where(t.enrolment.c.resident == resident)
            .order_by(t.enrolment.c.serial.desc())
        )

    def capturing_at(self, door: str) -> Enrolment | None:
        """The one that is taking frames from a door."""
        found = self._some(
            select(t.enrolment).where(
                t.enrolment.c.door == door,
                t.enrolment.c.state == EnrolmentState.CAPTURING.value,
            )
        )
        return found[0] if found else None

    def in_state(self, *states: EnrolmentState) -> list[Enrolment]:
        """All in one of these states, the oldest first."""
        return self._some(
            select(t.enrolment)
            .where(t.enrolment.c.state.in_([state.value for state in states]))
            .order_by(t.enrolment.c.serial)
        )

    def set_state(self, enrolment: str, state: EnrolmentState, reason: str = "") -> None:
        """Move one on."""
        self._do.execute(
            update(t.enrolment)
            .where(t.enrolment.c.id == enrolment)
            .values(state=state.value, reason=reason[:MOST_REASON])
        )

    def begin_round(self, enrolment: str) -> None:
        """Count one more round and forget which frames were refused."""
        self._do.execute(
            delete(t.frame).where(
                t.frame.c.enrolment == enrolment, t.frame.c.outcome == Outcome.REFUSED.value
            )
        )
        self._do.execute(
            update(t.enrolment)
            .where(t.enrolment.c.id == enrolment)
            .values(rounds=t.enrolment.c.rounds + 1)
        )

    def frames(self, enrolment: str) -> FramesSoFar:
        """What has become of its frames."""
        rows = self._do.execute(
            select(t.frame.c.number, t.frame.c.outcome).where(t.frame.c.enrolment == enrolment)
        ).all()
        return FramesSoFar(
            stored=frozenset(row.number for row in rows if row.outcome == Outcome.STORED.value),
            refused=frozenset(row.number for row in rows if row.outcome == Outcome.REFUSED.value),
        )

    def frame_stored(self, enrolment: str, index: int) -> None:
        """Note that a frame is kept; it may have been refused before."""
        self._set_frame(enrolment, index, Outcome.STORED, "")

    def frame_refused(self, enrolment: str, index: int, reason: str) -> None:
        """Note that a frame was unusable; a stored one stays stored."""
        outcome = self._do.execute(
            select(t.frame.c.outcome).where(
                t.frame.c.enrolment == enrolment, t.frame.c.number == index
            )
        ).scalar()
        if outcome != Outcome.STORED.value:
            self._set_frame(enrolment, index, Outcome.REFUSED, reason)

    def _set_frame(self, enrolment: str, index: int, outcome: Outcome, reason: str) -> None:
        # Delete and insert, since each database spells "insert or update" in its own way.
        self._do.execute(
            delete(t.frame).where(t.frame.c.enrolment == enrolment, t.frame.c.number == index)
        )
        self._do.execute(
            insert(t.frame).values(
                enrolment=enrolment,
                number=index,
                outcome=outcome.value,
                reason=reason[:MOST_REASON],
            )
        )

    def _some(self, query: Select[Any]) -> list[Enrolment]:
        return [_enrolment(row) for row in self._do.execute(query)]


def _enrolment(row: Row[Any]) -> Enrolment:
    return Enrolment(
        id=row.id,
        resident=row.resident,
        door=row.door,
        count=row._mapping["count"],  # noqa: SLF001  # `row.count` is a tuple's method
        state=EnrolmentState(row.state),
        rounds=row.rounds,
        reason=row.reason,
        created=row.created,
        token=row.token,
    )
