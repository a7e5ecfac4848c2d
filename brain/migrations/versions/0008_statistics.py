"""Scores of visits as counts a day, and a quicker way through the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("encoder", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "encoder", "kind", "place", name="pk_score"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_resident", "audit", ["resident"])


def downgrade() -> None:
    op.drop_index("ix_audit_resident", "audit")
    op.drop_index("ix_audit_at", "audit")
    op.drop_table("score")
