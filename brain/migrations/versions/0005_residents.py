"""Enrolment by upload, and which doors have yet to confirm that they erased somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolment", sa.Column("token", sa.String(64)))
    op.create_table(
        "erasure",
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("enrolments", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("resident", "door", name="pk_erasure"),
    )
    op.create_index("ix_erasure_door", "erasure", ["door"])


def downgrade() -> None:
    """What the release before knows nothing of is given up: uploads, and who has yet to erase."""
    op.execute("DELETE FROM enrolment WHERE door = ''")
    op.drop_table("erasure")
    op.drop_column("enrolment", "token")
