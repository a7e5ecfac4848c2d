"""Who may enter where and when: groups, schedules, holidays, rules, anti-passback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    access = op.create_table(
        "access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access"),
    )
    op.get_bind().execute(access.insert().values(id=1, version=0, rules=0))
    _make_names()
    _make_members()
    _make_rules()
    _make_passback()


def _make_names() -> None:
    op.create_table(
        "resident_group",
        sa.Column("name", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_resident_group"),
    )
    op.create_table(
        "door_group",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("doors", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_door_group"),
    )
    op.create_table(
        "schedule",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("windows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_schedule"),
    )
    op.create_table(
        "holiday",
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("date", name="pk_holiday"),
    )


def _make_members() -> None:
    op.create_table(
        "member",
        sa.Column("resident_group", sa.String(32), nullable=False),
        sa.Column("resident", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("resident_group", "resident", name="pk_member"),
        sa.ForeignKeyConstraint(
            ["resident_group"],
            ["resident_group.name"],
            name="fk_member_resident_group",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_member_resident", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_member_resident", "member", ["resident"])
    op.create_table(
        "came_in",
        sa.Column("resident_group", sa.String(32), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("resident_group", "door", name="pk_came_in"),
        sa.ForeignKeyConstraint(
            ["resident_group"],
            ["resident_group.name"],
            name="fk_came_in_resident_group",
            ondelete="CASCADE",
        ),
    )


def _make_rules() -> None:
    op.create_table(
        "rule",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("effect", sa.String(8), nullable=False),
        sa.Column("resident", sa.String(80)),
        sa.Column("resident_group", sa.String(32)),
        sa.Column("door", sa.String(32)),
        sa.Column("door_group", sa.String(32)),
        sa.Column("schedule", sa.String(32)),
        sa.Column("valid_from", sa.String(16)),
        sa.Column("valid_until", sa.String(16)),
        sa.Column("after", sa.String(32)),
        sa.PrimaryKeyConstraint("number", name="pk_rule"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_rule_resident", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_group"], ["resident_group.name"], name="fk_rule_resident_group"
        ),
        sa.ForeignKeyConstraint(["door_group"], ["door_group.name"], name="fk_rule_door_group"),
        sa.ForeignKeyConstraint(["schedule"], ["schedule.name"], name="fk_rule_schedule"),
        sa.ForeignKeyConstraint(["after"], ["resident_group.name"], name="fk_rule_after"),
    )
    op.create_index("ix_rule_resident", "rule", ["resident"])


def _make_passback() -> None:
    op.create_table(
        "passback",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("forget_h", sa.Float(53), nullable=False),
        sa.Column("inside", sa.Text(), nullable=False),
        sa.Column("outside", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_passback"),
    )
    op.create_table(
        "place",
        sa.Column("passback", sa.String(32), nullable=False),
        sa.Column("resident", sa.String(80), nullable=False),
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("passback", "resident", name="pk_place"),
        sa.ForeignKeyConstraint(
            ["passback"], ["passback.name"], name="fk_place_passback", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.id"], name="fk_place_resident", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_place_resident", "place", ["resident"])


def downgrade() -> None:
    """What release 0.2.0 knows nothing of is given up."""
    for name in (
        "place",
        "passback",
        "rule",
        "came_in",
        "member",
        "holiday",
        "schedule",
        "door_group",
        "resident_group",
        "access",
    ):
        op.drop_table(name)
