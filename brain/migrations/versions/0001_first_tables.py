"""The first tables: people, enrolments, doors, requests, events, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _people()
    _records()
    if op.get_bind().dialect.name == "sqlite":
        _lock_audit()


def downgrade() -> None:
    names = "audit event request door gallery template frame enrolment resident"
    for name in names.split():
        op.drop_table(name)


def _people() -> None:
    op.create_table(
        "resident",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("card", sa.String(12), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resident"),
        sa.UniqueConstraint("card", name="uq_resident_card"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("created", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
        sa.UniqueConstraint("serial", name="uq_enrolment_serial"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_enrolment_resident", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_enrolment_resident", "enrolment", ["resident"])
    op.create_index("ix_enrolment_state", "enrolment", ["state"])
    op.create_table(
        "frame",
        sa.Column("enrolment", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("enrolment", "number", name="pk_frame"),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name="fk_frame_enrolment", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "template",
        sa.Column("id", _row_number, nullable=False),
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("encoder", sa.String(80), nullable=False),
        sa.Column("templates", sa.Integer(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_template_resident", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_template_resident_encoder", "template", ["resident", "encoder"])
    gallery = op.create_table(
        "gallery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gallery"),
    )
    op.bulk_insert(gallery, [{"id": 1, "version": 0}])


def _records() -> None:
    op.create_table(
        "door",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger()),
        sa.Column("visit_epoch", sa.BigInteger()),
        sa.Column("visit", sa.BigInteger()),
        sa.Column("nonce", sa.String(32)),
        sa.Column("verdict", sa.Text()),
        sa.Column("command_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_door"),
    )
    op.create_table(
        "request",
        sa.Column("principal", sa.String(100), nullable=False),
        sa.Column("transaction", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("response", sa.Text()),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("principal", "transaction", name="pk_request"),
    )
    op.create_table(
        "event",
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("visit", sa.BigInteger()),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.Column("received", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("door", "id", name="pk_event"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _row_number, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("resident", sa.String(80)),
        sa.Column("door", sa.String(32)),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )


def _lock_audit() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit grows only'); END"
        )
