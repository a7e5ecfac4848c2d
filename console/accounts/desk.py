"""What can be done with accounts, invitations and sessions? Each thing all or nothing, and noted.

Everything but `Accounts.passwords` blocks for a few milliseconds at most, and
may be called from any thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import Connection

from console.accounts import counting, invitations, notes, roster, sessions
from console.accounts.hashing import Hashing
from console.accounts.notes import Actor
from console.accounts.passwords import Passwords
from console.accounts.refusals import AccountRefused
from console.accounts.roster import Account
from console.accounts.sessions import Session
from console.accounts.store import AccountStore
from console.accounts.telling import Asks, Telling
from console.config import SessionSettings
from console.core.throttle import Throttle
from console.core.visitor import Visitor
from console.errors import AccountStoreError
from doorbus.messages.console import Noteworthy, Role

_log = structlog.get_logger()


class Accounts:
    """The accounts of one console.

    Args:
        folder: where they are kept.
        settings: how long somebody stays signed in.
        clock: seconds since 1970.
        hashing: of passwords.
    """

    def __init__(
        self,
        folder: Path,
        settings: SessionSettings,
        *,
        clock: Callable[[], float] = time.time,
        hashing: Hashing | None = None,
    ) -> None:
        self._store = AccountStore(folder)
        self._settings = settings
        self._clock = clock
        self._hashing = hashing or Hashing()
        self._telling = Telling(self._store)
        self._throttle = Throttle()
        self.passwords = Passwords(
            self._store, self._hashing, self._throttle, clock, self._telling.wake
        )

    def open(self) -> None:
        """Open the store.

        Raises:
            AccountStoreError: it cannot be used.
        """
        self._store.open()
        with self._store.change() as connection:
            sessions.purge(connection, self._settings, self._clock())
            self._throttle.load(counting.load(connection, self._clock()))

    def close(self) -> None:
        """Close the store. Twice is harmless."""
        self._store.close()

    async def start(self, line: Asks) -> None:
        """Let people sign in, and tell the brain's audit what happens; on the event loop."""
        self._hashing.start()
        self._telling.start(line)

    async def stop(self) -> None:
        """Let nobody sign in any more. Twice is harmless."""
        await self._telling.stop()
        self._hashing.stop()

    # Sessions

    async def visit(self, token: str, *, uses: bool = True) -> Visitor | None:
        """Who is signed in with a cookie of this content; None where nobody is.

        On the event loop, which one look-up by index keeps for a fraction of a millisecond.

        Args:
            token: what the cookie says.
            uses: whether this keeps the session from ending for want of use.
        """
        now = self._clock()
        with self._store.read() as connection:
            found = sessions.find(connection, token, self._settings, now)
        if found is None:
            return None
        if uses and now - found.used >= sessions.TOUCH_S:
            await asyncio.to_thread(self._touch, found.visitor, now)
        return found.visitor

    def _touch(self, visitor: Visitor, now: float) -> None:
        try:
            with self._store.change() as connection:
                sessions.touch(connection, visitor.session, now)
                sessions.purge(connection, self._settings, now)
        except AccountStoreError as error:
            # The page can be shown all the same; doors may have to be opened just now.
            _log.error("the use of a session cannot be written down", why=str(error))

    def sign_out(self, visitor: Visitor) -> None:
        """End the session of somebody."""
        with self._store.change() as connection:
            if sessions.end(connection, visitor.account, visitor.session):
                self._note(connection, _actor(visitor), Noteworthy.SIGNED_OUT)

    def sessions(self, visitor: Visitor) -> list[Session]:
        """Where an account is signed in, the session used last first."""
        with self._store.read() as connection:
            return sessions.of(connection, visitor.account, self._settings, self._clock())

    def end_session(self, visitor: Visitor, session: str) -> None:
        """End one session of one's own account, and nobody else's."""
        with self._store.change() as connection:
            if sessions.end(connection, visitor.account, session):
                self._note(connection, _actor(visitor), Noteworthy.SIGNED_OUT)

    # Oneself

    def choose(self, visitor: Visitor, *, language: str, looks: str) -> None:
        """Choose a language and light or dark; empty for what the browser says."""
        with self._store.change() as connection:
            roster.change(connection, visitor.account, language=language, looks=looks)

    # Everybody

    def every(self) -> list[Account]:
        """All accounts, by name."""
        with self._store.read() as connection:
            return roster.every(connection, self._clock())

    def find(self, name: str) -> Account:
        """One account.

        Raises:
            AccountRefused: there is none.
        """
        with self._store.read() as connection:
            return roster.find(connection, name, self._clock())

    def holds(self, name: str, role: Role) -> bool:
        """Whether an account is there, may sign in, and has this role; signed in or not."""
        try:
            found = self.find(name)
        except AccountRefused:
            return False
        return found.enabled and found.role is role

    def add(self, name: str, role: Role, by: Actor) -> str:
        """Make an account; the token of its invitation.

        Raises:
            AccountRefused: the name is wrong, reserved or taken.
        """
        now = self._clock()
        with self._store.change() as connection:
            roster.add(connection, name, role, now)
            token = invitations.invite(connection, name, now)
            self._note(connection, by, Noteworthy.ACCOUNT_MADE, name)
        return token

    def invite(self, name: str, by: Actor) -> str:
        """Make a new invitation to choose a password; its token. The old password holds until then.

        Raises:
            AccountRefused: there is no such account.
        """
        now = self._clock()
        with self._store.change() as connection:
            roster.find(connection, name, now)
            token = invitations.invite(connection, name, now)
            self._note(connection, by, Noteworthy.INVITATION_MADE, name)
        return token

    def change(
        self,
        name: str,
        by: Actor,
        *,
        role: Role | None = None,
        enabled: bool | None = None,
        even_the_last: bool = False,
    ) -> None:
        """Give an account another role, or let it sign in or not; signs it out everywhere.

        Args:
            name: of the account.
            by: who does it.
            role: another role; None to leave it.
            enabled: whether it may sign in; None to leave it.
            even_the_last: also where no administrator is left by it.

        Raises:
            AccountRefused: there is no such account, or no administrator would be left.
        """
        with self._store.change() as connection:
            account = roster.find(connection, name, self._clock())
            role = account.role if role is None else role
            enabled = account.enabled if enabled is None else enabled
            if (role, enabled) == (account.role, account.enabled):
                return
            roster.change(connection, name, role=role.value, enabled=enabled)
            self._check_last(connection, account, even_the_last=even_the_last)
            sessions.end_all(connection, name)
            if not enabled:
                invitations.revoke(connection, name)
            self._note(connection, by, Noteworthy.ACCOUNT_CHANGED, name)

    def remove(self, name: str, by: Actor, *, even_the_last: bool = False) -> None:
        """Forget an account; what it did stays in the audit.

        Raises:
            AccountRefused: there is no such account, or no administrator would be left.
        """
        with self._store.change() as connection:
            account = roster.find(connection, name, self._clock())
            roster.remove(connection, name)
            self._check_last(connection, account, even_the_last=even_the_last)
            self._note(connection, by, Noteworthy.ACCOUNT_REMOVED, name)

    def _check_last(self, connection: Connection, account: Account, *, even_the_last: bool) -> None:
        counted = account.role is Role.ADMINISTRATOR and account.enabled and account.has_password
        if counted and not even_the_last:
            roster.keep_an_administrator(connection)

    def _note(
        self, connection: Connection, by: Actor, what: Noteworthy, about: str | None = None
    ) -> None:
        notes.write(connection, by, what, self._clock(), about)
        self._telling.wake()


def _actor(visitor: Visitor) -> Actor:
    return Actor(visitor.account, visitor.role)
