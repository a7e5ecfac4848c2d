"""How long may a connection take to say what it wants, and how many may one address have?

Not for ever, and not all: whoever only connects, signed in or not, would shut everybody else out.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from console.core.throttle import place

HEADERS_S: Final = 10.0
"""Seconds from a connection's begin, and from the first byte of a later request, to its last
header."""

MOST_OF_ONE: Final = 150
"""Connections of one address at once, which some twenty people behind one may share. A proxy that
is believed may have all: whom it serves is its own affair."""


class Impatient(H11Protocol):
    """uvicorn's protocol, which by itself waits for the headers of a request for ever."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins: its first request has to come."""
        super().connection_made(transport)
        self._expect()
        if self._too_many():
            transport.close()

    def _too_many(self) -> bool:
        """Whether whoever connected has more than their share."""
        address = _from(self)
        if address in (self.config.forwarded_allow_ips or ()):
            return False
        own = sum(_from(one) == address for one in self.connections)  # type: ignore[arg-type]
        return own > MOST_OF_ONE

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


def _from(connection: H11Protocol) -> str:
    return place(connection.client[0]) if connection.client else ""
