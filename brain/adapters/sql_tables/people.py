"""How do residents, their enrolments and their templates lie in the database?"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from brain.adapters.sql_tables.naming import RowNumber, metadata

resident = Table(
    "resident",
    metadata,
    Column("id", String(80), primary_key=True),
    # Sealed: see vault_rows.
    Column("key", LargeBinary, nullable=False),
    Column("card_code", String(64), nullable=False, unique=True),
    Column("identity", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("serial", Integer, nullable=False, unique=True),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False, index=True),
    # Empty where photos are uploaded.
    Column("door", String(32), nullable=False),
    Column("count", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("rounds", Integer, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("created", Float(53), nullable=False),
    # SHA-256 of an upload's token, in hexadecimal.
    Column("token", String(64)),
)

frame = Table(
    "frame",
    metadata,
    Column("enrolment", ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
)

template = Table(
    "template",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False),
    Column("encoder", String(80), nullable=False),
    Column("templates", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    Column("chosen", Text),
    Index(None, "resident", "encoder"),
)

former = Table(
    "former",
    metadata,
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("enrolment", String(80), nullable=False),
    Column("encoder", String(80), nullable=False),
    Column("templates", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    Column("chosen", Text),
    Column("at", Float(53), nullable=False),
)

renewal = Table(
    "renewal",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("encoder", String(80), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("door", String(32), nullable=False),
    Column("visit", BigInteger, nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    # No foreign key: the resident is gone.
    Column("resident", String(80), primary_key=True),
    # Who has yet to confirm.
    Column("door", String(32), primary_key=True, index=True),
    Column("enrolments", Text, nullable=False),
    Column("at", Float(53), nullable=False),
)

encoder = Table(
    "encoder",
    metadata,
    Column("identity", String(80), primary_key=True),
    Column("recipe", Text, nullable=False),
)

gallery = Table(
    "gallery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("encoder", String(80)),
)
