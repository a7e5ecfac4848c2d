"""What happened at the console that the brain's audit was not told yet?

A note is written in the same transaction as what it tells of, and forgotten when the brain has it:
under the same transaction it is noted once, however often it is sent.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from console.accounts import tables as t
from doorbus.messages.console import Note, Noteworthy, Role

MOST_REFUSED: Final = 2_000
"""Refused sign-ins that wait for the brain; further ones are left out, everything else is kept."""

REFUSED_EVERY_S: Final = 60.0
"""Refused sign-ins of one account are noted once in so many seconds: guessing fills no audit."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to accounts: a visitor, or whoever has a shell on the server."""

    account: str
    role: Role


@dataclass(frozen=True, slots=True)
class Waiting:
    """A note that the brain does not have yet.

    Attributes:
        request: what it is told.
        actor: in whose name.
    """

    request: Note
    actor: Actor


def write(
    connection: Connection, actor: Actor, what: Noteworthy, now: float, about: str | None = None
) -> None:
    """Note something; `about` an account, where it is not the actor's own."""
    connection.execute(
        insert(t.note).values(
            transaction_id=secrets.token_hex(16),
            account=actor.account,
            role=actor.role.value,
            what=what.value,
            about=None if about == actor.account else about,
            at=now,
        )
    )


def write_refused(connection: Connection, actor: Actor, now: float) -> None:
    """Note that somebody was not let in to an account, unless too many such notes wait."""
    refused = t.note.c.what == Noteworthy.SIGN_IN_REFUSED.value
    waiting = connection.execute(select(func.count()).where(refused)).scalar_one()
    if waiting < MOST_REFUSED:
        write(connection, actor, Noteworthy.SIGN_IN_REFUSED, now)


def waiting(connection: Connection, most: int = 50) -> list[Waiting]:
    """Notes that the brain does not have yet, the oldest first."""
    rows = connection.execute(select(t.note).order_by(t.note.c.at).limit(most))
    return [
        Waiting(
            Note(
                op="note",
                transaction=row.transaction_id,
                what=Noteworthy(row.what),
                about=row.about,
            ),
            Actor(row.account, Role(row.role)),
        )
        for row in rows
    ]


def forget(connection: Connection, transaction: str) -> None:
    """The brain has a note."""
    connection.execute(delete(t.note).where(t.note.c.transaction_id == transaction))
