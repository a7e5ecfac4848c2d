"""Who is signed in, and since when? Reads and changes of one transaction of the store."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from console.accounts import tables as t
from console.accounts import tokens
from console.config import SessionSettings
from console.core.visitor import Visitor
from doorbus.messages.console import Role

MOST: Final = 20
"""Sessions of one account; the one unused for longest ends when there would be more."""

MOST_BROWSERS: Final = 20
"""Browsers of one account that are known to have signed in."""

TOUCH_S: Final = 60.0
"""Seconds after which the use of a session is written down again."""

BROWSER_LIFE_S: Final = 180 * 24 * 3600.0
"""Seconds for which a browser is known after somebody signed in there."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, for the person whose it is.

    Attributes:
        id: under which it is kept; not what the cookie says.
        begun, used: seconds since 1970; `used` to the minute.
        address: from where it began.
        agent: what the browser called itself.
    """

    id: str
    begun: float
    used: float
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Found:
    """A session that a cookie named.

    Attributes:
        visitor: who is signed in.
        used: when that was last written down.
    """

    visitor: Visitor
    used: float


def begin(connection: Connection, account: str, address: str, agent: str, now: float) -> str:
    """Begin a session with an identity of its own; what its cookie is to say."""
    keep = (
        select(t.session.c.id)
        .where(t.session.c.account == account)
        .order_by(t.session.c.used.desc())
        .limit(MOST - 1)
    )
    connection.execute(
        delete(t.session).where(t.session.c.account == account, t.session.c.id.not_in(keep))
    )
    token = tokens.fresh()
    connection.execute(
        insert(t.session).values(
            id=secrets.token_hex(16),
            token=tokens.kept(token),
            account=account,
            begun=now,
            used=now,
            address=address[:64],
            agent=agent[:200],
        )
    )
    return token


def find(connection: Connection, token: str, settings: SessionSettings, now: float) -> Found | None:
    """Whose session a cookie names; None where it is over, or the account may not sign in."""
    if not token or len(token) > tokens.MOST:
        return None
    row = connection.execute(
        select(t.session, t.account.c.role, t.account.c.language, t.account.c.looks)
        .join(t.account, t.account.c.name == t.session.c.account)
        .where(t.session.c.token == tokens.kept(token), t.account.c.enabled, ~_over(settings, now))
    ).one_or_none()
    if row is None:
        return None
    visitor = Visitor(
        account=row.account,
        role=Role(row.role),
        csrf=tokens.form_token(token),
        session=row.id,
        language=row.language,
        looks=row.looks,
    )
    return Found(visitor, row.used)


def touch(connection: Connection, session: str, now: float) -> None:
    """Write down that a session is used."""
    connection.execute(update(t.session).where(t.session.c.id == session).values(used=now))


def of(
    connection: Connection, account: str, settings: SessionSettings, now: float
) -> list[Session]:
    """The sessions of an account, the one used last first."""
    rows = connection.execute(
        select(t.session)
        .where(t.session.c.account == account, ~_over(settings, now))
        .order_by(t.session.c.used.desc())
    )
    return [Session(row.id, row.begun, row.used, row.address, row.agent) for row in rows]


def end(connection: Connection, account: str, session: str) -> bool:
    """End one session of an account; whether there was such a one."""
    ended = connection.execute(
        delete(t.session).where(t.session.c.account == account, t.session.c.id == session)
    )
    return bool(ended.rowcount)


def end_all(connection: Connection, account: str) -> None:
    """Sign an account out everywhere."""
    connection.execute(delete(t.session).where(t.session.c.account == account))


def end_named(connection: Connection, token: str) -> None:
    """End the session that a cookie names, if any."""
    connection.execute(delete(t.session).where(t.session.c.token == tokens.kept(token)))


def purge(connection: Connection, settings: SessionSettings, now: float) -> None:
    """Forget what is over."""
    connection.execute(delete(t.session).where(_over(settings, now)))
    connection.execute(delete(t.invitation).where(t.invitation.c.expires <= now))
    connection.execute(delete(t.browser).where(t.browser.c.used <= now - BROWSER_LIFE_S))


def knows_browser(connection: Connection, account: str, token: str) -> bool:
    """Whether somebody signed in to this account at this browser before."""
    if not token or len(token) > tokens.MOST:
        return False
    found = connection.execute(
        select(t.browser.c.account).where(
            t.browser.c.token == tokens.kept(token), t.browser.c.account == account
        )
    ).first()
    return found is not None


def know_browser(connection: Connection, account: str, former: str, now: float) -> str:
    """Remember a browser at which somebody signed in; what its cookie is to say.

    Args:
        connection: of the store.
        account: who signed in.
        former: what its cookie said before, which it is not known by any more.
        now: seconds since 1970.
    """
    keep = (
        select(t.browser.c.token)
        .where(t.browser.c.account == account, t.browser.c.token != tokens.kept(former))
        .order_by(t.browser.c.used.desc())
        .limit(MOST_BROWSERS - 1)
    )
    connection.execute(
        delete(t.browser).where(t.browser.c.account == account, t.browser.c.token.not_in(keep))
    )
    token = tokens.fresh()
    connection.execute(
        insert(t.browser).values(token=tokens.kept(token), account=account, used=now)
    )
    return token


def forget_browsers(connection: Connection, account: str) -> None:
    """Know none of the browsers of an account any more."""
    connection.execute(delete(t.browser).where(t.browser.c.account == account))


def _over(settings: SessionSettings, now: float) -> ColumnElement[bool]:
    begun, used = t.session.c.begun, t.session.c.used
    return or_(
        used <= now - settings.idle_min * 60.0,
        begun <= now - settings.most_h * 3600.0,
        # A clock that was set back: nobody stays signed in for longer by that.
        begun > now + TOUCH_S,
    )
