"""How do PINs and visitors' passes lie in the database?"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from brain.adapters.sql_tables.naming import metadata

pin = Table(
    "pin",
    metadata,
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    # Sealed under the resident's key: see sql_codes.
    Column("hashes", LargeBinary, nullable=False),
    Column("at", Float(53), nullable=False),
)

pin_code = Table(
    "pin_code",
    metadata,
    # A keyed code of a PIN that opens alone: no two residents may have the same.
    Column("code", String(64), primary_key=True),
    Column("resident", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False, index=True),
)

visitor_pass = Table(
    "visitor_pass",
    metadata,
    Column("id", String(80), primary_key=True),
    # The pass's own key, wrapped, and under it the visitor's name.
    Column("key", LargeBinary, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("doors", Text, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False, index=True),
    Column("uses", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("issued", Float(53), nullable=False),
)
