"""A console that serves real HTTP in this process, for tests that attack it from outside.

Its broker is not there, as it may be at any site: whatever has to ask the brain is answered 503.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from console.assembly import Assembled, assemble
from console.config import ConsoleSettings, ListenSettings, SessionSettings
from console.serving import Server
from doorbus.messages.console import Role
from doorbus.settings import BrokerSettings
from doorctl.site import Site

PASSWORD = "four very different words"  # noqa: S105  # of accounts that live for a test
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
SHELL = Actor("shell", Role.ADMINISTRATOR)


@dataclass
class Time:
    """A clock that a test sets ahead."""

    ahead: float = 0.0
    _begun: float = field(default_factory=time.time)

    def wall(self) -> float:
        return self._begun + self.ahead

    def monotonic(self) -> float:
        return 1000.0 + self.ahead


@dataclass
class Served:
    """A console at work.

    Attributes:
        console: its parts.
        url: what people type.
        port: where it listens.
        time: its clock.
    """

    console: Assembled
    url: str
    port: int
    time: Time
    browsers: list[httpx.Client] = field(default_factory=list)

    @property
    def accounts(self) -> Accounts:
        return self.console.services.accounts

    def browser(self, **settings: Any) -> httpx.Client:
        """A browser of its own: cookies, no redirects followed."""
        browser = httpx.Client(base_url=self.url, timeout=10, **settings)
        self.browsers.append(browser)
        return browser

    def invited(self, name: str, role: Role) -> str:
        """A new account; the path of its one-time link."""
        return f"/welcome/{self.accounts.add(name, role, SHELL)}"

    def signed_in(self, name: str, role: Role = Role.ADMINISTRATOR) -> httpx.Client:
        """A browser in which a new account is signed in."""
        browser = self.browser()
        accept(browser, self.invited(name, role))
        return browser

    def idle(self, minutes: float) -> None:
        """Let time pass."""
        self.time.ahead += minutes * 60


def accept(browser: httpx.Client, link: str, password: str = PASSWORD) -> httpx.Response:
    """Open a one-time link and choose a password."""
    csrf = csrf_of(browser.get(link))
    return browser.post(link, data={"csrf": csrf, "password": password, "again": password})


def sign_in(
    browser: httpx.Client, name: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Send the sign-in form of this browser."""
    csrf = csrf_of(browser.get("/sign-in"))
    return browser.post("/sign-in", data={"csrf": csrf, "name": name, "password": password, **more})


def csrf_of(page: httpx.Response) -> str:
    """The token of the first form on a page."""
    found = CSRF.search(page.text)
    assert found, f"no form on {page.url}: {page.status_code}"
    return found[1]


def is_signed_in(browser: httpx.Client) -> bool:
    """Whether a page that needs it is shown."""
    return browser.get("/me").status_code == 200


@contextlib.contextmanager
def serving(
    folder: Path,
    site: Site,
    *,
    listen: ListenSettings | None = None,
    sessions: SessionSettings | None = None,
    also: Any = None,
) -> Iterator[Served]:
    """A console at work for as long as the block runs.

    Args:
        folder: where it keeps its accounts.
        site: whose certificates it has; the broker is not asked.
        listen: where it listens; on a free port of loopback.
        sessions: how long somebody stays signed in.
        also: is called with the app before it is served.
    """
    staff = site.root / "staff" / "admin.alice"
    settings = ConsoleSettings(
        name="console.main",
        broker=BrokerSettings(
            host="127.0.0.1",
            port=1,
            ca=staff / "ca.crt",
            cert=staff / "client.crt",
            key=staff / "client.key",
        ),
        listen=listen or ListenSettings(port=0),
        data_dir=folder,
        sessions=sessions or SessionSettings(),
    )
    clock = Time()
    console = assemble(settings, clock)
    if also is not None:
        also(console.app)
    server = Server(console.app, settings.listen)
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def run() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with console.running():
            await server.start()
            ends.append(lambda: loop.call_soon_threadsafe(over.set))
            ready.set()
            await over.wait()
            console.services.live.end()
            await server.stop()

    def main() -> None:
        try:
            asyncio.run(run())
        finally:
            ready.set()

    thread = threading.Thread(target=main, name="console")
    thread.start()
    assert ready.wait(20)
    assert server._socket is not None
    served = Served(console, server.address, server._socket.getsockname()[1], clock)
    try:
        yield served
    finally:
        for browser in served.browsers:
            browser.close()
        for end in ends:
            end()
        thread.join(20)
        assert not thread.is_alive()
