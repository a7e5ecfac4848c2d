"""How long may a connection take to say what it wants? Not for ever, or a few would be all."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEADERS_S: Final = 10.0
"""Seconds from a connection's begin, and from the first byte of a later request, to its last
header."""


class Impatient(H11Protocol):
    """uvicorn's protocol, which by itself waits for the headers of a request for ever."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins: its first request has to come."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Something came: the rest of its headers has to follow."""
        # uvicorn says that there always is a cycle; before the first request there is none.
        seen: RequestResponseCycle | None = self.cycle
        if self._waiting is None and (seen is None or seen.response_complete):
            self._expect()
        super().data_received(data)
        if self.cycle is not seen:
            self._enough()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._enough()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._waiting = self.loop.call_later(HEADERS_S, self._give_up)

    def _enough(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.close()
