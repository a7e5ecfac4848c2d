"""How do requests, the audit, counts and the site itself lie in the database?"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from brain.adapters.sql_tables.naming import RowNumber, metadata

request = Table(
    "request",
    metadata,
    Column("principal", String(100), primary_key=True),
    Column("transaction", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("response", Text),
    Column("at", Float(53), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("at", Float(53), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("what", String(40), nullable=False),
    # No foreign key: the opaque id outlives the resident.
    Column("resident", String(80)),
    Column("door", String(32)),
    Column("reason", String(200), nullable=False),
    # See brain.core.audit_chain; `id` is the entry's number.
    Column("mac", LargeBinary, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_resident", "resident"),
)

seen_visit = Table(
    "seen_visit",
    metadata,
    # The number of an entry of the audit, which may not be deleted as this may.
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False),
    Column("visit", BigInteger, nullable=False),
    # See brain.evidence; null where there was no face to look at.
    Column("evidence", Text),
    Index("ix_seen_visit_at", "at"),
)

score = Table(
    "score",
    metadata,
    # See brain.core.scores: counts of a day, of nobody in particular.
    Column("day", String(10), primary_key=True),
    Column("encoder", String(80), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("visits", BigInteger, nullable=False),
)

site = Table(
    "site",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", String(16), nullable=False),
    Column("audit_id", String(16), nullable=False),
    # Whether nothing plain is left in the file's free pages by an older release.
    Column("clean", Boolean, nullable=False),
)
