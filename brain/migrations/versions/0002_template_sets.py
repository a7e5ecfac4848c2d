"""Which encoder a gallery is of, which frames templates came from, former and learnt templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("template", sa.Column("chosen", sa.Text()))
    op.add_column("gallery", sa.Column("encoder", sa.String(80)))
    op.create_table(
        "encoder",
        sa.Column("identity", sa.String(80), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_encoder"),
    )
    op.create_table(
        "former",
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("enrolment", sa.String(80), nullable=False),
        sa.Column("encoder", sa.String(80), nullable=False),
        sa.Column("templates", sa.Integer(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("chosen", sa.Text()),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("resident", name="pk_former"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_former_resident", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "renewal",
        sa.Column("id", _row_number, nullable=False),
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("encoder", sa.String(80), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("visit", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_renewal"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_renewal_resident", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_renewal_resident", "renewal", ["resident"])


def downgrade() -> None:
    """What release 0.1.0 knows nothing of is given up: former and learnt templates."""
    do = op.get_bind()
    for name in ("renewal", "former", "encoder"):
        op.drop_table(name)
    do.execute(
        sa.text("UPDATE enrolment SET state = 'cancelled' WHERE state IN ('replaced', 'undone')")
    )
    serving = do.execute(sa.text("SELECT encoder FROM gallery")).scalar()
    if serving is not None:
        do.execute(sa.text("DELETE FROM template WHERE encoder <> :one"), {"one": serving})
        do.execute(
            sa.text("UPDATE template SET encoder = :name"), {"name": serving.partition("+")[0]}
        )
    op.drop_column("gallery", "encoder")
    op.drop_column("template", "chosen")
