"""How do doors, their events and orders for them lie in the database?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, String, Table, Text

from brain.adapters.sql_tables.naming import metadata

door = Table(
    "door",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("epoch", BigInteger),
    Column("visit_epoch", BigInteger),
    Column("visit", BigInteger),
    Column("nonce", String(32)),
    Column("verdict", Text),
    Column("command_number", BigInteger, nullable=False),
)

site_order = Table(
    "site_order",
    metadata,
    Column("door", String(32), primary_key=True),
    Column("site_order", String(80), nullable=False),
    Column("action", String(16), nullable=False),
    Column("principal", String(100), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", String(200), nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("door", String(32), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("visit", BigInteger),
    Column("detail", String(200), nullable=False),
    Column("received", Float(53), nullable=False),
    Column("prompt", String(32)),
    # See brain.adapters.sql_events; an event of a release before this column has it, too.
    Column("happened", Float(53)),
    Index("ix_event_happened", "happened", "door", "id"),
    Index("ix_event_door", "door", "happened", "id"),
)
