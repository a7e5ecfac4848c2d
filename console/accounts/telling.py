"""How does the brain's audit learn what happened at the console, even if it is away just then?"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final, Protocol

import structlog

from console.accounts import notes
from console.accounts.store import AccountStore
from console.errors import AccountStoreError, BrainAway, NotDone
from doorbus.messages import ErrorCode, Request
from doorbus.messages.console import Role

AGAIN_S: Final = 5.0
"""Seconds until what did not go out is tried again."""

LOOK_S: Final = 2.0
"""Seconds after which notes are looked for that `python -m console account` wrote."""

_HOPELESS = frozenset({ErrorCode.BAD_REQUEST, ErrorCode.TRANSACTION_REUSED})
"""The brain will not take it at any later time either."""

_log = structlog.get_logger()


class Asks(Protocol):
    """What of `console.line.Line` is needed."""

    @property
    def away(self) -> str:
        """Who is not there; empty where all are."""

    async def ask(self, request: Request, account: str, role: Role) -> dict[str, Any]:
        """Send one request and wait for its answer."""


class Telling:
    """A task that tells the brain one note after the other."""

    def __init__(self, store: AccountStore) -> None:
        self._store = store
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def start(self, line: Asks) -> None:
        """Begin telling."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._run(line))

    async def stop(self) -> None:
        """End; what is not told yet is kept. Twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            self._loop = None

    def wake(self) -> None:
        """There is something to tell; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _run(self, line: Asks) -> None:
        while True:
            pause = AGAIN_S
            if not line.away:
                try:
                    pause = await self._tell_all(line)
                except AccountStoreError as error:
                    _log.error("notes for the audit cannot be read", why=str(error))
            # Python 3.11's `wait_for` may swallow a cancellation, and `stop` would wait for ever.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def _tell_all(self, line: Asks) -> float:
        """Tell what there is; seconds until there may be more to do."""
        while True:
            found = await asyncio.to_thread(self._waiting)
            if not found:
                return LOOK_S
            for one in found:
                if not await self._tell(line, one):
                    return AGAIN_S

    async def _tell(self, line: Asks, one: notes.Waiting) -> bool:
        """Whether a note is dealt with."""
        try:
            await line.ask(one.request, one.actor.account, one.actor.role)
        except BrainAway:
            return False
        except NotDone as refused:
            _log.warning(
                "the brain does not take a note for its audit",
                what=one.request.what,
                why=str(refused),
                kept=refused.code not in _HOPELESS,
            )
            if refused.code not in _HOPELESS:
                return False
        await asyncio.to_thread(self._forget, one.request.transaction)
        return True

    def _waiting(self) -> list[notes.Waiting]:
        with self._store.read() as connection:
            return notes.waiting(connection)

    def _forget(self, transaction: str) -> None:
        with self._store.change() as connection:
            notes.forget(connection, transaction)
