"""How does somebody sign in, and come to a password? Throttled; as slow for names nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from console.accounts import counting, invitations, notes, roster, sessions, tokens
from console.accounts.hashing import Hashing
from console.accounts.notes import Actor
from console.accounts.refusals import AccountRefused, Refusal
from console.accounts.store import AccountStore
from console.core import password_rules
from console.core.throttle import Attempt, Failures, Key, Throttle, place
from console.core.visitor import Visitor
from doorbus.messages.console import NOBODY, Noteworthy, Role

Counts = Mapping[Key, Failures | None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Where somebody signs in.

    Attributes:
        address: of their network.
        agent: what their browser calls itself.
        known_by: what the browser says to have signed in before; empty where it says nothing.
        session: what its session's cookie says, which ends; empty where there is none.
    """

    address: str
    agent: str
    known_by: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who just signed in.

    Attributes:
        account: who.
        session: what the session's cookie is to say; new each time.
        known_by: what the browser is to be known by from now on.
    """

    account: str
    session: str
    known_by: str


class Passwords:
    """Compares, takes and changes passwords; on the event loop."""

    def __init__(
        self,
        store: AccountStore,
        hashing: Hashing,
        throttle: Throttle,
        clock: Callable[[], float],
        noted: Callable[[], None],
    ) -> None:
        self._store = store
        self._hashing = hashing
        self._throttle = throttle
        self._clock = clock
        self._noted = noted
        self._refused_at: dict[str, float] = {}

    async def sign_in(self, name: str, password: str, caller: Caller) -> SignedIn:
        """Let somebody in who knows the password.

        Raises:
            AccountRefused: they do not, or the account may not sign in (`WRONG` for both), or too
                much was tried.
        """
        kept, role, knows = await asyncio.to_thread(self._look_up, name, caller)
        attempt = Attempt(
            account=name if roster.can_be(name) else NOBODY,
            address=place(caller.address),
            browser=tokens.kept(caller.known_by).hex() if knows else "",
        )
        self._admit(attempt)
        try:
            right = await self._hashing.is_right(kept, password)
        except AccountRefused:
            self._throttle.was_none(attempt)
            raise
        if right and kept is not None:
            self._throttle.was_right(attempt)
            new = await self._renewed(kept, password)
            signed_in = await asyncio.to_thread(
                self._begin, name, kept, new, caller, self._throttle.take_changed()
            )
            if signed_in is not None:
                self._noted()
                return signed_in
        actor = Actor(NOBODY if role is None else name, role or Role.VIEWER)
        await asyncio.to_thread(self._refuse, actor, self._throttle.take_changed())
        self._noted()
        raise AccountRefused(Refusal.WRONG)

    def invited(self, token: str) -> str:
        """The account that an invitation is for.

        Raises:
            AccountRefused: it is for none, any more.
        """
        with self._store.read() as connection:
            account = invitations.invited(connection, token, self._clock())
        if account is None:
            raise AccountRefused(Refusal.NO_INVITATION)
        return account

    async def accept(self, token: str, password: str, caller: Caller) -> SignedIn:
        """Give an invited account its password, and let it in; an invitation works once.

        Raises:
            AccountRefused: the invitation is over, or the password is not good enough.
        """
        account = await asyncio.to_thread(self.invited, token)
        _check(password, account)
        new = await self._hashing.hash(password)
        signed_in = await asyncio.to_thread(self._take, token, new, caller)
        self._noted()
        return signed_in

    async def change(self, visitor: Visitor, old: str, new: str, caller: Caller) -> SignedIn:
        """Give oneself another password; ends all other sessions, and this one goes on anew.

        Raises:
            AccountRefused: the old one is wrong, the new one not good enough, or too much was
                tried.
        """
        kept, _, _ = await asyncio.to_thread(self._look_up, visitor.account, caller)
        attempt = Attempt(visitor.account, place(caller.address), f"session {visitor.session}")
        self._admit(attempt)
        try:
            right = await self._hashing.is_right(kept, old)
        except AccountRefused:
            self._throttle.was_none(attempt)
            raise
        if not right or kept is None:
            await asyncio.to_thread(self._save, self._throttle.take_changed())
            raise AccountRefused(Refusal.PASSWORD_WRONG)
        self._throttle.was_right(attempt)
        _check(new, visitor.account)
        changed = await self._hashing.hash(new)
        signed_in = await asyncio.to_thread(
            self._replace, visitor, kept, changed, caller, self._throttle.take_changed()
        )
        self._noted()
        return signed_in

    def _admit(self, attempt: Attempt) -> None:
        wait_s = self._throttle.admit(attempt, self._clock())
        if wait_s > 0:
            raise AccountRefused(Refusal.TOO_MANY_TRIES, wait_s=wait_s)

    async def _renewed(self, kept: str, password: str) -> str:
        """The hash to keep from now on: of today's parameters."""
        if not self._hashing.is_old(kept):
            return kept
        try:
            return await self._hashing.hash(password)
        except AccountRefused:
            return kept

    def _look_up(self, name: str, caller: Caller) -> tuple[str | None, Role | None, bool]:
        """The hash with which it may sign in, its role if there is one, if the browser is known."""
        with self._store.read() as connection:
            kept = roster.password_of(connection, name)
            knows = sessions.knows_browser(connection, name, caller.known_by)
            try:
                role = roster.find(connection, name, self._clock()).role
            except AccountRefused:
                role = None
        return kept, role, knows

    def _begin(
        self, name: str, kept: str, new: str, caller: Caller, counts: Counts
    ) -> SignedIn | None:
        """Begin a session, unless the account was changed while the password was compared."""
        now = self._clock()
        with self._store.change() as connection:
            counting.save(connection, counts)
            if roster.password_of(connection, name) != kept:
                return None
            roster.change(connection, name, password=new, signed_in=now)
            role = roster.find(connection, name, now).role
            notes.write(connection, Actor(name, role), Noteworthy.SIGNED_IN, now)
            sessions.end_named(connection, caller.session)
            return SignedIn(
                name,
                sessions.begin(connection, name, caller.address, caller.agent, now),
                sessions.know_browser(connection, name, caller.known_by, now),
            )

    def _take(self, token: str, new: str, caller: Caller) -> SignedIn:
        now = self._clock()
        with self._store.change() as connection:
            name = invitations.invited(connection, token, now)
            if name is None:
                raise AccountRefused(Refusal.NO_INVITATION)
            invitations.revoke(connection, name)
            roster.change(connection, name, password=new, signed_in=now)
            actor = Actor(name, roster.find(connection, name, now).role)
            notes.write(connection, actor, Noteworthy.PASSWORD_CHANGED, now)
            notes.write(connection, actor, Noteworthy.SIGNED_IN, now)
            sessions.end_named(connection, caller.session)
            return _anew(connection, name, caller, now)

    def _replace(
        self, visitor: Visitor, kept: str, new: str, caller: Caller, counts: Counts
    ) -> SignedIn:
        now = self._clock()
        name = visitor.account
        with self._store.change() as connection:
            counting.save(connection, counts)
            if roster.password_of(connection, name) != kept:
                raise AccountRefused(Refusal.PASSWORD_WRONG)
            roster.change(connection, name, password=new)
            notes.write(connection, Actor(name, visitor.role), Noteworthy.PASSWORD_CHANGED, now)
            invitations.revoke(connection, name)
            return _anew(connection, name, caller, now)

    def _refuse(self, actor: Actor, counts: Counts) -> None:
        now = self._clock()
        with self._store.change() as connection:
            counting.save(connection, counts)
            if now - self._refused_at.get(actor.account, -1e12) >= notes.REFUSED_EVERY_S:
                self._refused_at[actor.account] = now
                notes.write_refused(connection, actor, now)

    def _save(self, counts: Counts) -> None:
        with self._store.change() as connection:
            counting.save(connection, counts)


def _anew(connection: Connection, name: str, caller: Caller, now: float) -> SignedIn:
    """End all sessions of an account, whose password is another now, and begin one."""
    sessions.end_all(connection, name)
    sessions.forget_browsers(connection, name)
    return SignedIn(
        name,
        sessions.begin(connection, name, caller.address, caller.agent, now),
        sessions.know_browser(connection, name, "", now),
    )


def _check(password: str, account: str) -> None:
    weak = password_rules.weakness(password, account)
    if weak is not None:
        raise AccountRefused(Refusal(weak.value))
