"""Is this the password? Argon2id, so few at a time that guessing cannot stop the console."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.accounts.refusals import AccountRefused, Refusal
from console.core.password_rules import normal

WORKERS: Final = 2
"""Hashes at the same time; each takes 64 MiB (RFC 9106, second recommended option)."""

WAITING: Final = 16
"""Hashes that may wait for their turn; whoever comes then is asked to come again."""


class Hashing:
    """Makes and compares hashes; on the event loop, the work in threads of its own.

    Args:
        hasher: with parameters; argon2-cffi's recommended ones if none is given.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads: ThreadPoolExecutor | None = None
        self._under_way = 0
        self._nobodys = ""

    def start(self) -> None:
        """Be ready; makes the hash that names without an account are compared with."""
        self._threads = ThreadPoolExecutor(WORKERS, "argon2")
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def stop(self) -> None:
        """End the threads. Twice is harmless."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    async def hash(self, password: str) -> str:
        """The hash of a new password.

        Raises:
            AccountRefused: too many wait already.
        """
        return await self._run(self._make, password)

    async def is_right(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one of this hash; takes as long where there is no hash.

        Raises:
            AccountRefused: too many wait already.
        """
        compared = await self._run(self._compare, kept or self._nobodys, password)
        return bool(compared) and kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def _run(self, work: object, *given: str) -> str:
        if self._threads is None or self._under_way >= WORKERS + WAITING:
            raise AccountRefused(Refusal.BUSY)
        self._under_way += 1
        try:
            done: str = await asyncio.get_running_loop().run_in_executor(
                self._threads,
                work,  # type: ignore[arg-type]
                *given,
            )
        finally:
            self._under_way -= 1
        return done

    def _make(self, password: str) -> str:
        return self._hasher.hash(normal(password))

    def _compare(self, kept: str, password: str) -> str:
        try:
            self._hasher.verify(kept, normal(password))
        except (VerificationError, InvalidHashError):
            return ""
        return kept
