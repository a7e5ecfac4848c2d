"""Who is told when something changes? Each open page, a few times a second at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

EVERY_S: Final = 0.125
"""Seconds between two beats: fast for an eye, slow enough for a phone."""

BREATH: Final = 2.0
"""So many times as long as the pages took to be filled in, the next beat waits at least: whoever
asks for a page must not wait behind those that are open."""

LONGEST_S: Final = 1.0
"""Seconds between two beats at most, however long pages take."""

MOST_PAGES: Final = 200
"""Open pages that are kept up to date at once."""

MOST_OF_ONE: Final = 24
"""Of one account, however often it is signed in; browsers open six connections to a host, and tabs
that are not seen have none."""

Fragments = Mapping[str, str]
"""New HTML by the id of the element that it replaces."""


class Live:
    """Wakes the streams of open pages, all in one beat; on the event loop.

    One beat for all: what one page had rendered, the others of its kind find ready.
    """

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._pages: dict[asyncio.Event, str] = {}
        self._beating: asyncio.Task[None] | None = None
        self._took = 0.0
        self._ended = False

    def full(self, whose: str) -> bool:
        """Whether no more pages of this account can be kept up to date."""
        of_one = sum(one == whose for one in self._pages.values())
        return self._ended or len(self._pages) >= MOST_PAGES or of_one >= MOST_OF_ONE

    @property
    def pages(self) -> int:
        """How many pages are kept up to date."""
        return len(self._pages)

    async def start(self) -> None:
        """Begin to beat."""
        self._beating = asyncio.create_task(self._beat(), name="live")

    async def stop(self) -> None:
        """End every stream. Twice is harmless."""
        self.end()
        task, self._beating = self._beating, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """Something changed."""
        self._changed.set()

    def end(self) -> None:
        """Have every stream end; browsers come back once somebody is there again."""
        self._ended = True
        for page in self._pages:
            page.set()

    async def stream(
        self, news: Callable[[], Fragments], whose: str = ""
    ) -> AsyncIterator[Fragments]:
        """What `news` has to say, now and at each beat, until the page goes away.

        Args:
            news: the fragments that changed since it was asked last.
            whose: the account of the page.
        """
        if self.full(whose):
            return  # others came first, between its being let in and now
        page = asyncio.Event()
        page.set()
        self._pages[page] = whose
        try:
            while True:
                await page.wait()
                page.clear()
                if self._ended:
                    return
                began = time.perf_counter()
                found = news()
                self._took += time.perf_counter() - began
                if found:
                    yield found
        finally:
            self._pages.pop(page, None)

    async def _beat(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._took = 0.0
            for page in self._pages:
                page.set()
            await asyncio.sleep(EVERY_S)
            rest = min(self._took * BREATH, LONGEST_S) - EVERY_S
            if rest > 0:
                await asyncio.sleep(rest)


class Paced:
    """Whether it is time to tell something large again.

    What changes before that is told once it is: nothing else may come for long.

    Args:
        every_s: least seconds between two tellings.
        now: seconds of a clock that never runs backwards.
        later: has something be called after so many seconds.
        wake: has the page be asked again.
    """

    def __init__(
        self,
        every_s: float,
        now: Callable[[], float],
        later: Callable[[float, Callable[[], None]], object],
        wake: Callable[[], None],
    ) -> None:
        self._every_s = every_s
        self._now = now
        self._later = later
        self._wake = wake
        self._told: float | None = None
        self._put_off = False

    def due(self) -> bool:
        """Whether it is told now."""
        now = self._now()
        left = 0.0 if self._told is None else self._told + self._every_s - now
        if left <= 0:
            self._told = now
            return True
        if not self._put_off:
            self._put_off = True
            self._later(left, self._again)
        return False

    def _again(self) -> None:
        self._put_off = False
        self._wake()
