"""How does somebody come to a password? By a link that works once, for a day."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from console.accounts import tables as t
from console.accounts import tokens

LIFE_S: Final = 24 * 3600.0
"""Seconds for which an invitation is good."""


def invite(connection: Connection, account: str, now: float) -> str:
    """Make an invitation, in place of one that there may be; its token, told this once."""
    revoke(connection, account)
    token = tokens.fresh()
    connection.execute(
        insert(t.invitation).values(account=account, token=tokens.kept(token), expires=now + LIFE_S)
    )
    return token


def invited(connection: Connection, token: str, now: float) -> str | None:
    """The account that a token invites; None where it does not, any more, or the account is off."""
    if not token or len(token) > tokens.MOST:
        return None
    found = connection.execute(
        select(t.invitation.c.account)
        .join(t.account, t.account.c.name == t.invitation.c.account)
        .where(
            t.invitation.c.token == tokens.kept(token),
            t.invitation.c.expires > now,
            t.account.c.enabled,
        )
    ).scalar_one_or_none()
    return found if found is None else str(found)


def revoke(connection: Connection, account: str) -> None:
    """Let an account's invitation be good no more."""
    connection.execute(delete(t.invitation).where(t.invitation.c.account == account))
