"""With what are the console's pages tried? Debian's Chromium, as a phone and as a desk.

A plugin of `tests/conftest.py`. What drives the browser is imported when a test asks for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from console_world import ConsoleWorld
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

OUT: Final = Path(__file__).resolve().parents[2] / "console-out"
"""Where pictures of pages are written."""

PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1280, "height": 800}
PATIENCE_MS: Final = 10_000


class OpenPage(Protocol):
    """Opens a page of the console, signed in as the account of a role, or not (None)."""

    def __call__(self, role: str | None, path: str = "/doors", **options: Any) -> Page:
        """Go to a path; `options` are Playwright's of a new context, such as `locale`."""
        ...


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleWorld]:
    """A console that all tests share; who stops something of it starts it again."""
    from console_world import ConsoleWorld  # noqa: PLC0415

    with ConsoleWorld(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is not installed; `make test-console` installs it")
    with sync_playwright() as playwright:
        # As root, as in many containers, Chromium has no sandbox to give.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=program, args=options)
        yield running
        running.close()


@pytest.fixture
def phone(world: ConsoleWorld, browser: Browser) -> Iterator[OpenPage]:
    """Pages as a phone shows them."""
    yield from _pages(world, browser, viewport=PHONE, is_mobile=True, has_touch=True)


@pytest.fixture
def desk(world: ConsoleWorld, browser: Browser) -> Iterator[OpenPage]:
    """Pages as a desk shows them."""
    yield from _pages(world, browser, viewport=DESK)


@pytest.fixture(params=["phone", "desk"])
def screen(request: pytest.FixtureRequest) -> OpenPage:
    """Pages as both show them, one after the other."""
    opens: OpenPage = request.getfixturevalue(request.param)
    return opens


@pytest.fixture
def shot() -> Callable[[Page, str], Path]:
    """Write a picture of a page, under a name that says of which."""

    def write(page: Page, name: str) -> Path:
        OUT.mkdir(exist_ok=True)
        size = page.viewport_size
        assert size is not None
        on = "phone" if size["width"] == PHONE["width"] else "desk"
        file = OUT / f"{name}-{on}.png"
        # As a screen as high as the page: what stands at the bottom stands there once.
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({**size, "height": max(size["height"], height)})
        page.screenshot(path=file, animations="disabled")
        page.set_viewport_size(size)
        return file

    return write


def _pages(world: ConsoleWorld, browser: Browser, **screen: Any) -> Iterator[OpenPage]:
    """Open pages as often as asked; what their scripts and policy complained of fails the test."""
    from console.web import cookies  # noqa: PLC0415

    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # That an answer was 4xx or 5xx is what many tests are about.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def failed(error: Error) -> None:
        complaints.append(str(error))

    def open_page(role: str | None, path: str = "/doors", **options: Any) -> Page:
        context = browser.new_context(
            base_url=world.address,
            **{"locale": "en-GB", "timezone_id": "Europe/Berlin", **screen, **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if role is not None:
            context.add_cookies(
                [{"name": cookies.SESSION, "value": world.session(role), "url": world.address}]
            )
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", failed)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints
