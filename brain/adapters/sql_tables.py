"""How do people, enrolments, doors and records lie in the database?

The migrations in `brain.migrations` make these tables; a test compares the two.
"""

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
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of type INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

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

request = Table(
    "request",
    metadata,
    Column("principal", String(100), primary_key=True),
    Column("transaction", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("response", Text),
    Column("at", Float(53), nullable=False),
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

# --- who may enter where and when; see brain.core.access -----------------------------------------

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
