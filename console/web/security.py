"""What stands around every answer? Strict headers, the right host, and who is signed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web import cookies
from console.web.hosts import Hosts
from console.web.mishaps import Mishaps
from console.web.services import Services, services

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing runs, loads or is sent but what this console serves itself."""

STILL_S: Final = 5.0
"""Seconds after which an open stream is looked at: whether its session is not over."""

_ALWAYS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Under `no-referrer` browsers send `Origin: null` with our own forms, and we look at Origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), "
        "display-capture=(), fullscreen=(self)"
    ),
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
Still = Callable[[], Awaitable[bool]]

_UNDER_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}


def around(services: Services) -> list[Middleware]:
    """What stands around the pages, the outermost first."""
    return [
        Middleware(Headers),
        Middleware(Mishaps),
        Middleware(Hosts, listen=services.settings.listen),
        Middleware(Visitors),
    ]


def _is_static(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/static/")


class Headers:
    """Gives every answer its headers, those of errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; add to the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        secure = cookies.secure(Request(scope))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (_ALWAYS | _UNDER_TLS if secure else _ALWAYS).items():
                    headers[name] = value
                if not _is_static(scope):
                    # Names, pictures and tokens stay in no cache of a shared computer.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)


class Visitors:
    """Says who a request is from, as `request.state.visitor`; ends streams of ended sessions."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look up the session, and pass on."""
        if scope["type"] != "http" or _is_static(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        token = cookies.read(request, cookies.SESSION)
        # A page that is only open is no use of a session.
        stream = "text/event-stream" in request.headers.get("accept", "")
        accounts = services(request).accounts
        request.state.visitor = await accounts.visit(token, uses=not stream) if token else None
        if not stream:
            await self._app(scope, receive, send)
            return

        async def still() -> bool:
            return await accounts.visit(token, uses=False) is not None

        async with contextlib.aclosing(_Stream(receive, send, still)) as watched:
            await self._app(scope, watched.receive, watched.send)


class _Stream:
    """An answer that goes on for as long as its session."""

    def __init__(self, receive: Receive, send: Send, still: Still) -> None:
        self._receive = receive
        self._send = send
        self._still = still
        self._over = False
        self._next: asyncio.Task[Message] | None = None

    async def receive(self) -> Message:
        """What comes from the browser; it has gone once the session is over."""
        while not self._over:
            if self._next is None:
                self._next = asyncio.ensure_future(self._receive())
            done, _ = await asyncio.wait({self._next}, timeout=STILL_S)
            if done:
                came, self._next = self._next, None
                return came.result()
            self._over = not await self._still()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send on, while the session is not over."""
        if not self._over:
            await self._send(message)

    async def aclose(self) -> None:
        """Wait for nothing any more."""
        if self._next is not None:
            self._next.cancel()
        if self._over:
            with contextlib.suppress(OSError):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
