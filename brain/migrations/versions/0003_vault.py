"""What names or shows somebody is sealed, and the audit is chained; both with the site's keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import sqlalchemy as sa
from alembic import context, op

from brain.adapters.vault_aesgcm import Key, Place
from brain.adapters.vault_site import SiteKeys
from brain.core.audit_chain import EMPTY, following
from brain.errors import StoreError
from brain.store_ports import AuditEntry

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keys: SiteKeys = context.config.attributes["keys"]
    do = op.get_bind()
    _mark_site(do, keys, clean=_is_new(do))
    _seal(do, keys)
    _chain(do, keys.audit)


def downgrade() -> NoReturn:
    raise StoreError(
        "revision 0003 cannot be undone: names, cards and templates would lie in plain again, and "
        "the audit's chain end; restore the backup that was made before the upgrade"
    )


def _is_new(do: sa.Connection) -> bool:
    """Whether nobody ever did anything here: nothing plain can be left in free pages."""
    tables = ("resident", "audit", "request")
    return not any(
        do.execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first()  # noqa: S608  # own names
        for table in tables
    )


def _mark_site(do: sa.Connection, keys: SiteKeys, *, clean: bool) -> None:
    site = op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("audit_id", sa.String(16), nullable=False),
        sa.Column("clean", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
    )
    do.execute(
        site.insert().values(id=1, site_id=keys.site_id, audit_id=keys.audit_id, clean=clean)
    )


# --- people --------------------------------------------------------------------------------------


def _seal(do: sa.Connection, keys: SiteKeys) -> None:
    for name, kind in (
        ("key", sa.LargeBinary()),
        ("card_code", sa.String(64)),
        ("identity", sa.LargeBinary()),
    ):
        op.add_column("resident", sa.Column(name, kind))
    for row in do.execute(sa.text("SELECT id, name, card FROM resident")).all():
        key, wrapped = keys.new_key(row.id)
        who = json.dumps({"name": row.name, "card": row.card}).encode()
        do.execute(
            sa.text(
                "UPDATE resident SET key = :key, card_code = :code, identity = :who WHERE id = :id"
            ),
            {
                "id": row.id,
                "key": wrapped,
                "code": keys.card_code(row.card),
                "who": key.seal(who, Place(row.id, "identity")),
            },
        )
        _seal_vectors(do, key, row.id)
    with op.batch_alter_table("resident", recreate="auto") as table:
        table.drop_constraint("uq_resident_card", type_="unique")
        table.drop_column("card")
        table.drop_column("name")
        for name, kind in (
            ("key", sa.LargeBinary()),
            ("card_code", sa.String(64)),
            ("identity", sa.LargeBinary()),
        ):
            table.alter_column(name, existing_type=kind, nullable=False)
        table.create_unique_constraint("uq_resident_card_code", ["card_code"])


def _seal_vectors(do: sa.Connection, key: Key, resident: str) -> None:
    where: tuple[tuple[str, str, str, Callable[[sa.Row[Any]], Place]], ...] = (
        ("template", "id", "vectors", lambda row: Place(resident, "templates", row.encoder)),
        (
            "former",
            "resident",
            "vectors",
            lambda row: Place(resident, "former templates", row.encoder),
        ),
        (
            "renewal",
            "id",
            "vector",
            lambda row: Place(resident, "renewal", f"{row.encoder} {row.door} {row.visit}"),
        ),
    )
    for table, name, column, place in where:
        rows = do.execute(
            sa.text(f"SELECT * FROM {table} WHERE resident = :resident"),  # noqa: S608  # own names
            {"resident": resident},
        ).all()
        for row in rows:
            do.execute(
                sa.text(f"UPDATE {table} SET {column} = :sealed WHERE {name} = :id"),  # noqa: S608  # own names
                {
                    "id": getattr(row, name),
                    "sealed": key.seal(bytes(getattr(row, column)), place(row)),
                },
            )


# --- audit ---------------------------------------------------------------------------------------


def _chain(do: sa.Connection, key: bytes) -> None:
    sqlite = do.dialect.name == "sqlite"
    if sqlite:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_no_{verb}")
    op.add_column("audit", sa.Column("mac", sa.LargeBinary()))
    head = EMPTY
    for row in do.execute(sa.text("SELECT * FROM audit ORDER BY id")).all():
        head = following(
            key,
            head,
            AuditEntry(row.at, row.actor, row.what, row.resident, row.door, row.reason),
        )
        # The number may have gaps where another database than SQLite gave it.
        do.execute(
            sa.text("UPDATE audit SET id = :number, mac = :mac WHERE id = :id"),
            {"id": row.id, "number": head.entries, "mac": head.code},
        )
    with op.batch_alter_table("audit") as table:
        table.alter_column("mac", existing_type=sa.LargeBinary(), nullable=False)
    if sqlite:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit grows only'); END"
            )
