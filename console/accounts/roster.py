"""Which accounts are there? Reads and changes of one transaction of the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from console.accounts import tables as t
from console.accounts.refusals import AccountRefused, Refusal
from doorbus.messages.console import NOBODY, Role

SHELL: Final = "shell"
"""Under this account goes into the audit what was done by `python -m console account`."""

RESERVED: Final = frozenset({NOBODY, SHELL})

_NAME = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        name: 1 to 32 of a-z, 0-9 and -.
        role: what they may.
        enabled: whether they may sign in.
        has_password: whether they ever took an invitation.
        language: that they chose; empty where the browser's is taken.
        looks: `light`, `dark`, or empty where the device's is taken.
        created, signed_in: seconds since 1970; None if they never did.
        invited_until: when an open invitation ends; None without one.
    """

    name: str
    role: Role
    enabled: bool
    has_password: bool
    language: str
    looks: str
    created: float
    signed_in: float | None
    invited_until: float | None


def can_be(name: str) -> bool:
    """Whether an account may have this name at all."""
    return _NAME.fullmatch(name) is not None


def every(connection: Connection, now: float) -> list[Account]:
    """All accounts, by name."""
    return [_read(row, now) for row in connection.execute(_accounts().order_by(t.account.c.name))]


def find(connection: Connection, name: str, now: float) -> Account:
    """One account.

    Raises:
        AccountRefused: there is none of this name.
    """
    row = connection.execute(_accounts().where(t.account.c.name == name)).one_or_none()
    if row is None:
        raise AccountRefused(Refusal.NO_ACCOUNT)
    return _read(row, now)


def password_of(connection: Connection, name: str) -> str | None:
    """The hash of the password with which an account may sign in now; None where it may not."""
    found = connection.execute(
        select(t.account.c.password).where(t.account.c.name == name, t.account.c.enabled)
    ).scalar_one_or_none()
    return found if found is None else str(found)


def add(connection: Connection, name: str, role: Role, now: float) -> None:
    """Make an account without a password.

    Raises:
        AccountRefused: the name cannot be, is reserved or taken.
    """
    if not can_be(name):
        raise AccountRefused(Refusal.NAME_WRONG)
    if name in RESERVED:
        raise AccountRefused(Refusal.NAME_RESERVED)
    if connection.execute(select(t.account.c.name).where(t.account.c.name == name)).first():
        raise AccountRefused(Refusal.NAME_TAKEN)
    connection.execute(
        insert(t.account).values(
            name=name, role=role.value, enabled=True, language="", looks="", created=now
        )
    )


def change(connection: Connection, name: str, **values: object) -> None:
    """Write some of an account's columns."""
    connection.execute(update(t.account).where(t.account.c.name == name).values(**values))


def remove(connection: Connection, name: str) -> None:
    """Forget an account with all that belongs to it."""
    connection.execute(delete(t.account).where(t.account.c.name == name))


def keep_an_administrator(connection: Connection) -> None:
    """Refuse what the transaction did so far if nobody is left who could administer accounts.

    Raises:
        AccountRefused: nobody who is an administrator could sign in.
    """
    left = connection.execute(
        select(func.count()).where(
            t.account.c.role == Role.ADMINISTRATOR.value,
            t.account.c.enabled,
            t.account.c.password.is_not(None),
        )
    ).scalar_one()
    if not left:
        raise AccountRefused(Refusal.LAST_ADMINISTRATOR)


def _accounts() -> Any:
    return select(t.account, t.invitation.c.expires).join(
        t.invitation, t.invitation.c.account == t.account.c.name, isouter=True
    )


def _read(row: Row[Any], now: float) -> Account:
    open_until = row.expires if row.expires is not None and row.expires > now else None
    return Account(
        row.name,
        Role(row.role),
        row.enabled,
        row.password is not None,
        row.language,
        row.looks,
        row.created,
        row.signed_in,
        open_until,
    )
