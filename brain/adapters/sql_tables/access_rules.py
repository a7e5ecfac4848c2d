"""Who may enter where and when: how does it lie in the database? See brain.core.access."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, String, Table, Text

from brain.adapters.sql_tables.naming import metadata

access = Table(
    "access",
    metadata,
    Column("id", Integer, primary_key=True),
    # Rises with every change of what follows, so that brains know when to read it again.
    Column("version", BigInteger, nullable=False),
    # The newest rule's number; none is ever given twice.
    Column("rules", BigInteger, nullable=False),
)

resident_group = Table("resident_group", metadata, Column("name", String(32), primary_key=True))

member = Table(
    "member",
    metadata,
    Column(
        "resident_group", ForeignKey("resident_group.name", ondelete="CASCADE"), primary_key=True
    ),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True),
)

came_in = Table(
    "came_in",
    metadata,
    Column(
        "resident_group", ForeignKey("resident_group.name", ondelete="CASCADE"), primary_key=True
    ),
    Column("door", String(32), primary_key=True),
    # The last local date on which a member came in there.
    Column("day", String(10), nullable=False),
)

door_group = Table(
    "door_group",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("doors", Text, nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("windows", Text, nullable=False),
)

holiday = Table(
    "holiday",
    metadata,
    Column("date", String(10), primary_key=True),
    Column("name", String(200), nullable=False),
)

rule = Table(
    "rule",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("effect", String(8), nullable=False),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), index=True),
    Column("resident_group", ForeignKey("resident_group.name")),
    Column("door", String(32)),
    Column("door_group", ForeignKey("door_group.name")),
    Column("schedule", ForeignKey("schedule.name")),
    Column("valid_from", String(16)),
    Column("valid_until", String(16)),
    Column("after", ForeignKey("resident_group.name")),
)

passback = Table(
    "passback",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("mode", String(8), nullable=False),
    Column("forget_h", Float(53), nullable=False),
    Column("inside", Text, nullable=False),
    Column("outside", Text, nullable=False),
)

place = Table(
    "place",
    metadata,
    Column("passback", ForeignKey("passback.name", ondelete="CASCADE"), primary_key=True),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("inside", Boolean, nullable=False),
    Column("at", Float(53), nullable=False),
)
