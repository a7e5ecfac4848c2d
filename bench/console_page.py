"""What does the page Doors show, and when? Debian's Chromium, and a script that watches."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final, Self

from playwright.sync_api import sync_playwright

from bench.console_site import Mark
from console.web import cookies
from doorbus.errors import DoorwardError

PATIENCE_MS: Final = 60_000

_WATCH: Final = """
(begins) => {
    const bench = (window.bench = { shown: [], last: {}, clicks: [], long: [], changes: 0 });
    const look = () => {
        const now = (performance.timeOrigin + performance.now()) / 1000;
        for (const card of document.querySelectorAll('#doors > .card')) {
            const time = card.querySelector('.happened time');
            if (!time) continue;
            const mark = Math.round(Date.parse(time.dateTime) / 1000) - begins;
            const door = card.dataset.door;
            if (bench.last[door] === mark) continue;
            bench.last[door] = mark;
            bench.shown.push([door, mark, now]);
        }
    };
    look();
    new MutationObserver((changes) => { bench.changes += changes.length; look(); }).observe(
        document.getElementById('doors'), {subtree: true, childList: true, characterData: true,
                                           attributes: true, attributeFilter: ['datetime']});
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            if (entry.name === 'click') bench.clicks.push(entry.duration / 1000);
    }).observe({type: 'event', durationThreshold: 16});
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) bench.long.push(entry.duration / 1000);
    }).observe({type: 'longtask'});
}
"""


class NoBrowser(DoorwardError):  # noqa: N818  # reads as what happened
    """Chromium is not installed."""


class DoorsPage:
    """The page Doors, open in a browser of its own; between `__enter__` and `__exit__`.

    Args:
        address: of the console.
        session: what the cookie of somebody signed in says.
        begins: the second in which no event happened yet; see `Mark`.
    """

    def __init__(self, address: str, session: str, begins: int) -> None:
        self._address = address
        self._session = session
        self._begins = begins
        self._running = ExitStack()
        self._page: Any = None

    def __enter__(self) -> Self:
        program = shutil.which("chromium")
        if program is None:
            raise NoBrowser("chromium is not installed; on Debian: sudo apt-get install chromium")
        try:
            playwright = self._running.enter_context(sync_playwright())
            options = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=program, args=options)
            self._running.callback(browser.close)
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(PATIENCE_MS)
            cookie = {"name": cookies.SESSION, "value": self._session, "url": self._address}
            context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own dict
            self._page = context.new_page()
            self._page.goto(f"{self._address}/doors")
            self._page.evaluate(_WATCH, self._begins)
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def cards(self) -> int:
        """How many doors it shows."""
        count: int = self._page.locator("#doors > .card").count()
        return count

    def click(self) -> None:
        """Open or close the menu of the page."""
        self._page.locator("#orders > summary").click()

    def pause(self, seconds: float) -> None:
        """Let time pass, and the page tell."""
        self._page.wait_for_timeout(seconds * 1000)

    def clicks(self) -> list[float]:
        """Seconds from each click to the picture that showed it, since this was asked last.

        Chromium tells only of those of 16 ms and more.
        """
        found: list[float] = self._page.evaluate("() => window.bench.clicks.splice(0)")
        return found

    def shown(self) -> Sequence[tuple[Mark, float]]:
        """Which event each door's card showed as its newest from when on, seconds since 1970."""
        found = self._page.evaluate("() => window.bench.shown")
        return [((door, mark), at) for door, mark, at in found]

    def long_tasks(self) -> list[float]:
        """Seconds of each task of more than 50 ms in which the page answered nobody."""
        found: list[float] = self._page.evaluate("() => window.bench.long")
        return found
