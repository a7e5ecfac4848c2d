"""How are access rules, and what they name, kept in the database?"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from brain.adapters import sql_tables as t
from brain.adapters.vault_rows import Seals
from brain.core.access import Effect, Mode, Passback, Resident, Rule, Site, Standing
from doorbus.messages import Schedule


class SqlAccess:
    """The `AccessTables` port within one database transaction."""

    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._do = connection
        self._seals = seals

    # --- all together ----------------------------------------------------------------------------

    def version(self) -> int:
        """Rises with every change of rules, of what they name, and of who belongs to a group."""
        version: int = self._do.execute(_VERSION).scalar_one()
        return version

    def changed(self) -> None:
        """Raise the version."""
        self._do.execute(update(t.access).values(version=t.access.c.version + 1))

    def hold(self) -> None:
        """Have other brains wait until this transaction ends, before they hold too."""
        self._do.execute(select(t.access.c.id).with_for_update())

    def site(self) -> Site:
        """Everything that administrators made known."""
        rules = self._do.execute(select(t.rule).order_by(t.rule.c.number))
        schedules = self._do.execute(select(t.schedule).order_by(t.schedule.c.name))
        doors = self._do.execute(select(t.door_group).order_by(t.door_group.c.name))
        areas = self._do.execute(select(t.passback).order_by(t.passback.c.name))
        return Site(
            rules=tuple(_rule(row) for row in rules),
            schedules={row.name: _schedule(row) for row in schedules},
            holidays=frozenset(map(date.fromisoformat, self.holidays())),
            doors={row.name: frozenset(json.loads(row.doors)) for row in doors},
            areas=tuple(_area(row) for row in areas),
        )

    # --- groups of residents ---------------------------------------------------------------------

    def groups(self) -> dict[str, int]:
        """How many belong to each group, by name in order."""
        rows = self._do.execute(
            select(t.resident_group.c.name, func.count(t.member.c.resident))
            .select_from(t.resident_group.outerjoin(t.member))
            .group_by(t.resident_group.c.name)
            .order_by(t.resident_group.c.name)
        )
        return {row[0]: row[1] for row in rows}

    def add_group(self, group: str) -> None:
        """Make a group known; known before is harmless."""
        self._put(t.resident_group, {"name": group})

    def drop_group(self, group: str) -> None:
        """Delete a group that no rule names."""
        self._do.execute(delete(t.resident_group).where(t.resident_group.c.name == group))

    def join(self, group: str, residents: Collection[str]) -> None:
        """Have residents belong to a group; belonging before is harmless."""
        for resident in residents:
            self._put(t.member, {"resident_group": group, "resident": resident})

    def leave(self, group: str, residents: Collection[str]) -> None:
        """Have them belong to it no more."""
        for resident in residents:
            self._do.execute(
                delete(t.member).where(
                    t.member.c.resident_group == group, t.member.c.resident == resident
                )
            )

    def groups_of(self, resident: str) -> frozenset[str]:
        """The groups that one belongs to."""
        return frozenset(self._do.execute(_GROUPS, {"one": resident}).scalars())

    def memberships(self) -> dict[str, frozenset[str]]:
        """The groups of everybody who belongs to one, by resident."""
        found: dict[str, set[str]] = {}
        for row in self._do.execute(select(t.member.c.resident, t.member.c.resident_group)):
            found.setdefault(row.resident, set()).add(row.resident_group)
        return {resident: frozenset(groups) for resident, groups in found.items()}

    def members(self, group: str, offset: int, limit: int) -> list[Resident]:
        """Some of those who belong to a group, in the order of their ids."""
        ids = (
            self._do.execute(
                select(t.member.c.resident)
                .where(t.member.c.resident_group == group)
                .order_by(t.member.c.resident)
                .offset(offset)
                .limit(limit)
            )
            .scalars()
            .all()
        )
        return sorted(self._seals.residents(ids), key=lambda resident: resident.id)

    # --- what rules name -------------------------------------------------------------------------

    def doors_of(self, group: str) -> tuple[str, ...] | None:
        """The doors of a group of doors, in order; None for one that is not known."""
        kept = self._do.execute(
            select(t.door_group.c.doors).where(t.door_group.c.name == group)
        ).scalar()
        return None if kept is None else tuple(json.loads(kept))

    def set_doors(self, group: str, doors: Collection[str]) -> None:
        """Make a group of doors known, or change it."""
        self._put(t.door_group, {"name": group}, {"doors": json.dumps(sorted(set(doors)))})

    def drop_doors(self, group: str) -> None:
        """Delete a group of doors that no rule names."""
        self._do.execute(delete(t.door_group).where(t.door_group.c.name == group))

    def set_schedule(self, schedule: Schedule) -> None:
        """Make a schedule known, or change it."""
        kept = schedule.model_dump_json(include={"windows"})
        self._put(t.schedule, {"name": schedule.name}, {"windows": kept})

    def drop_schedule(self, schedule: str) -> None:
        """Delete a schedule that no rule names."""
        self._do.execute(delete(t.schedule).where(t.schedule.c.name == schedule))

    def holidays(self) -> dict[str, str]:
        """What each holiday is called, by date (`YYYY-MM-DD`) in order."""
        rows = self._do.execute(select(t.holiday).order_by(t.holiday.c.date))
        return {row.date: row.name for row in rows}

    def add_holiday(self, day: str, name: str) -> None:
        """Make a holiday known that was none."""
        self._do.execute(insert(t.holiday).values(date=day, name=name))

    def drop_holiday(self, day: str) -> None:
        """Make it an ordinary day."""
        self._do.execute(delete(t.holiday).where(t.holiday.c.date == day))

    # --- rules -----------------------------------------------------------------------------------

    def add_rule(self, rule: Rule) -> int:
        """Add a rule and return its number; that of `rule` itself is of no matter."""
        self._do.execute(update(t.access).values(rules=t.access.c.rules + 1))
        number: int = self._do.execute(select(t.access.c.rules)).scalar_one()
        self._do.execute(
            insert(t.rule).values(
                number=number,
                effect=rule.effect.value,
                resident=rule.resident,
                resident_group=rule.group,
                door=rule.door,
                door_group=rule.doors,
                schedule=rule.schedule,
                valid_from=rule.valid_from,
                valid_until=rule.valid_until,
                after=rule.after,
            )
        )
        return number

    def drop_rule(self, number: int) -> bool:
        """Delete a rule; False where there is none of this number."""
        return self._do.execute(delete(t.rule).where(t.rule.c.number == number)).rowcount > 0

    # --- anti-passback ---------------------------------------------------------------------------

    def set_passback(self, area: Passback) -> None:
        """Watch an area, or change how."""
        values = {
            "mode": area.mode.value,
            "forget_h": area.forget_s / 3600,
            "inside": json.dumps(sorted(area.inside)),
            "outside": json.dumps(sorted(area.outside)),
        }
        self._put(t.passback, {"name": area.name}, values)

    def drop_passback(self, area: str) -> None:
        """Watch it no more, and forget who is where."""
        self._do.execute(delete(t.passback).where(t.passback.c.name == area))

    def standings(self, resident: str) -> dict[str, Standing]:
        """On which side of which area somebody is, by area."""
        rows = self._do.execute(_STANDINGS, {"one": resident})
        return {row.passback: Standing(row.inside, row.at) for row in rows}

    def stand(self, resident: str, standings: Mapping[str, Standing]) -> None:
        """Note where somebody is, by area."""
        for area, standing in standings.items():
            self._put(
                t.place,
                {"passback": area, "resident": resident},
                {"inside": standing.inside, "at": standing.at},
            )

    def forget_standings(self, resident: str, areas: Collection[str] | None = None) -> int:
        """Forget where somebody is, in all areas or some; of how many it was known."""
        which = t.place.c.resident == resident
        if areas is not None:
            which &= t.place.c.passback.in_(sorted(areas))
        return self._do.execute(delete(t.place).where(which)).rowcount

    # --- who came in first -----------------------------------------------------------------------

    def came_in(self, groups: Collection[str], day: str) -> dict[str, frozenset[str]]:
        """Doors at which somebody of these groups came in on a local date, by group."""
        rows = self._do.execute(_CAME_IN, {"some": sorted(groups), "today": day})
        found: dict[str, frozenset[str]] = {}
        for row in rows:
            found[row.resident_group] = found.get(row.resident_group, frozenset()) | {row.door}
        return found

    def note_came_in(self, groups: Collection[str], door: str, day: str) -> None:
        """Note that somebody of these groups came in."""
        known = self._do.execute(_NOTED, {"there": door, "today": day})
        for group in sorted(set(groups) - set(known.scalars())):
            self._put(t.came_in, {"resident_group": group, "door": door}, {"day": day})

    def _put(
        self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any] | None = None
    ) -> None:
        """Insert a row, or give the one that has this key these values."""
        new = values or {}
        # Not read first: another brain may insert the same row meanwhile.
        dialect = postgresql if self._do.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).values(**key, **new)
        if new:
            statement = statement.on_conflict_do_update(index_elements=list(key), set_=dict(new))
        else:
            statement = statement.on_conflict_do_nothing(index_elements=list(key))
        self._do.execute(statement)


# Asked at every decision, so made once.
_VERSION = select(t.access.c.version)
_GROUPS = select(t.member.c.resident_group).where(t.member.c.resident == bindparam("one"))
_STANDINGS = select(t.place.c.passback, t.place.c.inside, t.place.c.at).where(
    t.place.c.resident == bindparam("one")
)
_CAME_IN = select(t.came_in.c.resident_group, t.came_in.c.door).where(
    t.came_in.c.resident_group.in_(bindparam("some", expanding=True)),
    t.came_in.c.day == bindparam("today"),
)
_NOTED = select(t.came_in.c.resident_group).where(
    t.came_in.c.door == bindparam("there"), t.came_in.c.day == bindparam("today")
)


def _rule(row: Row[Any]) -> Rule:
    return Rule(
        number=row.number,
        effect=Effect(row.effect),
        resident=row.resident,
        group=row.resident_group,
        door=row.door,
        doors=row.door_group,
        schedule=row.schedule,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        after=row.after,
    )


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule.model_validate_json(json.dumps({"name": row.name} | json.loads(row.windows)))


def _area(row: Row[Any]) -> Passback:
    return Passback(
        name=row.name,
        inside=frozenset(json.loads(row.inside)),
        outside=frozenset(json.loads(row.outside)),
        mode=Mode(row.mode),
        forget_s=row.forget_h * 3600,
    )
