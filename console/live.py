"""Who is told when something changes? Each open page, a few times a second at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

EVERY_S = 0.125
"""Seconds between two tellings of one page: fast for an eye, slow enough for a phone."""

Fragments = Mapping[str, str]
"""New HTML by the id of the element that it replaces."""


class Live:
    """Wakes the streams of open pages; on the event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._pages: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Something changed."""
        for page in self._pages:
            page.set()

    async def stream(self, news: Callable[[], Fragments]) -> AsyncIterator[Fragments]:
        """What `news` has to say, now and after each change, until the page goes away.

        Args:
            news: the fragments that changed since it was asked last.
        """
        page = asyncio.Event()
        page.set()
        self._pages.add(page)
        try:
            while True:
                await page.wait()
                page.clear()
                found = news()
                if found:
                    yield found
                await asyncio.sleep(EVERY_S)
        finally:
            self._pages.discard(page)
