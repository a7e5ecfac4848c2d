"""How do accounts, sessions and what belongs to them lie in the console's database?"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

VERSION: Final = 1
"""Of these tables, kept in the file's `user_version`."""

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    # Argon2id in PHC form; none until an invitation was taken.
    Column("password", String(200)),
    Column("enabled", Boolean, nullable=False),
    Column("language", String(8), nullable=False),
    Column("looks", String(8), nullable=False),
    Column("created", Float(53), nullable=False),
    Column("signed_in", Float(53)),
)

invitation = Table(
    "invitation",
    metadata,
    Column("account", ForeignKey("account.name", ondelete="CASCADE"), primary_key=True),
    # SHA-256 of the link's token; so are all tokens below.
    Column("token", LargeBinary(32), nullable=False, unique=True),
    Column("expires", Float(53), nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token", LargeBinary(32), nullable=False, unique=True),
    Column("account", ForeignKey("account.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("begun", Float(53), nullable=False),
    Column("used", Float(53), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
)

browser = Table(
    "browser",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("account", ForeignKey("account.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("used", Float(53), nullable=False),
)

note = Table(
    "note",
    metadata,
    # Of the request to the brain: a repeat is noted once.
    Column("transaction_id", String(64), primary_key=True),
    Column("account", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("what", String(32), nullable=False),
    Column("about", String(32)),
    Column("at", Float(53), nullable=False, index=True),
)

failures = Table(
    "failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failed", Float(53), nullable=False),
    Column("at", Float(53), nullable=False),
)
