"""What visits were about, beside the audit; and a quick way through what doors told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_visit",
        sa.Column("entry", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("visit", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text()),
        sa.PrimaryKeyConstraint("entry", name="pk_seen_visit"),
    )
    op.create_index("ix_seen_visit_at", "seen_visit", ["at"])
    op.add_column("event", sa.Column("prompt", sa.String(32)))
    op.add_column("event", sa.Column("happened", sa.Float(53)))
    # As brain.adapters.sql_events has it; older than a year is a clock that was not set.
    op.execute(
        'UPDATE event SET happened = CASE WHEN "at" > received OR "at" < received - 31622400 '
        'THEN received ELSE "at" END'
    )
    op.create_index("ix_event_happened", "event", ["happened", "door", "id"])
    op.create_index("ix_event_door", "event", ["door", "happened", "id"])


def downgrade() -> None:
    """What visits were about is given up."""
    op.drop_index("ix_event_door", "event")
    op.drop_index("ix_event_happened", "event")
    op.drop_column("event", "happened")
    op.drop_column("event", "prompt")
    op.drop_index("ix_seen_visit_at", "seen_visit")
    op.drop_table("seen_visit")
