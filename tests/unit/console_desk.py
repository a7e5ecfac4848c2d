"""Accounts of a console for tests: a clock that is set, cheap hashes, a brain that is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher

from console.accounts import notes
from console.accounts.desk import Accounts
from console.accounts.hashing import Hashing
from console.accounts.notes import Actor
from console.accounts.passwords import Caller, SignedIn
from console.accounts.refusals import AccountRefused, Refusal
from console.config import SessionSettings
from console.core.visitor import Visitor
from console.errors import NotDone
from doorbus.messages import Note, Request
from doorbus.messages.console import Role

GOOD = "four very different words"
BETTER = "five other and longer words"
HERE = Caller("192.0.2.1", "a browser")
SHELL = Actor("shell", Role.ADMINISTRATOR)
R = TypeVar("R")


class Desk:
    """Accounts with a clock that tests set, cheap hashes, and a brain that is told things."""

    def __init__(self, folder: Path, settings: SessionSettings | None = None) -> None:
        self.now = 1_900_000_000.0
        self.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.folder = folder
        self.settings = settings or SessionSettings()
        self.away = "brain"
        self.told: list[tuple[str, Role, Note]] = []
        self.refuses: NotDone | None = None
        self.accounts = self.made()

    def made(self) -> Accounts:
        made = Accounts(
            self.folder, self.settings, clock=lambda: self.now, hashing=Hashing(self.hasher)
        )
        made.open()
        return made

    async def ask(self, request: Request, account: str, role: Role) -> dict[str, Any]:
        if self.refuses is not None:
            raise self.refuses
        assert isinstance(request, Note)
        self.told.append((account, role, request))
        return {}

    def run(self, work: Callable[[Accounts], Awaitable[R]]) -> R:
        """Do something while people can sign in."""

        async def running() -> R:
            await self.accounts.start(self)
            try:
                return await work(self.accounts)
            finally:
                await self.accounts.stop()

        return asyncio.run(running())

    def restart(self) -> None:
        self.accounts.close()
        self.accounts = self.made()

    def member(self, name: str, role: Role = Role.ADMINISTRATOR) -> SignedIn:
        token = self.accounts.add(name, role, SHELL)
        return self.accept(token)

    def accept(self, token: str, password: str = GOOD) -> SignedIn:
        return self.run(lambda accounts: accounts.passwords.accept(token, password, HERE))

    def sign_in(self, name: str, password: str = GOOD, caller: Caller = HERE) -> SignedIn:
        return self.run(lambda accounts: accounts.passwords.sign_in(name, password, caller))

    def visitor(self, token: str, *, uses: bool = True) -> Visitor | None:
        return asyncio.run(self._visit(token, uses=uses))

    async def _visit(self, token: str, *, uses: bool) -> Visitor | None:
        return await self.accounts.visit(token, uses=uses)

    def who(self, token: str) -> Visitor:
        found = self.visitor(token)
        assert found is not None
        return found

    def tell(self) -> list[tuple[str, Role, Note]]:
        """Let the brain be there until everything was told."""

        async def until_told(_: Accounts) -> None:
            for _again in range(200):
                if not self.waiting():
                    return
                await asyncio.sleep(0.01)

        self.away = ""
        self.run(until_told)
        self.away = "brain"
        return self.told

    def waiting(self) -> list[notes.Waiting]:
        with self.accounts._store.read() as connection:
            return notes.waiting(connection)


def refused(why: Refusal) -> Any:
    return pytest.raises(AccountRefused, check=lambda error: error.why is why)


def everything_kept(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.is_file())
