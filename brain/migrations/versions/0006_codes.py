"""PINs of residents, and passes of visitors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pin",
        sa.Column(
            "resident",
            sa.String(80),
            sa.ForeignKey("resident.id", ondelete="CASCADE", name="fk_pin_resident"),
            nullable=False,
        ),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("resident", name="pk_pin"),
    )
    op.create_table(
        "pin_code",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column(
            "resident",
            sa.String(80),
            sa.ForeignKey("resident.id", ondelete="CASCADE", name="fk_pin_code_resident"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("code", name="pk_pin_code"),
    )
    op.create_index("ix_pin_code_resident", "pin_code", ["resident"])
    op.create_table(
        "visitor_pass",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("doors", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("issued", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visitor_pass"),
    )
    op.create_index("ix_visitor_pass_valid_until", "visitor_pass", ["valid_until"])


def downgrade() -> None:
    """What the release before knows nothing of is given up: PINs and passes."""
    op.drop_table("visitor_pass")
    op.drop_table("pin_code")
    op.drop_table("pin")
