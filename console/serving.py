"""How do browsers reach the pages? By one server, on one address, with TLS or behind a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from console.config import ListenSettings
from console.errors import ConsoleError
from console.slow_headers import Impatient
from doorbus.errors import KeyMaterialError

MOST_CONNECTIONS: Final = 500
"""At once; each open page holds one for its stream. More are answered 503."""

IDLE_S: Final = 20
"""Seconds after which a connection without a request is closed."""

LAST_S: Final = 5
"""Seconds that requests under way are given when the console ends."""

POLL_S: Final = 0.02


class Server:
    """Serves one app; on the event loop.

    Args:
        app: what is served.
        settings: where.
    """

    def __init__(self, app: ASGIApp, settings: ListenSettings) -> None:
        self._app = app
        self._settings = settings
        self._socket: socket.socket | None = None
        self._server: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """What people type; with the port that was taken, once it listens."""
        chosen = self._settings
        if chosen.address:
            return chosen.address
        port = self._socket.getsockname()[1] if self._socket else chosen.port
        scheme = "http" if chosen.certificate is None else "https"
        return f"{scheme}://{f'[{chosen.host}]' if ':' in chosen.host else chosen.host}:{port}"

    async def start(self) -> None:
        """Listen; returns once browsers are answered.

        Raises:
            ConsoleError: the address cannot be had.
            KeyMaterialError: certificate or key are missing or of no use.
        """
        config = _config(self._app, self._settings)
        self._socket = _listen(self._settings)
        self._server = _Uvicorn(config)
        self._serving = asyncio.create_task(
            self._server.serve(sockets=[self._socket]), name="server"
        )
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(POLL_S)
        if self._serving.done():
            self._serving.result()
            raise ConsoleError("the server ended as it began")

    async def ended(self) -> None:
        """Return once it has ended by itself, which it does not while all is well."""
        if self._serving is not None:
            await asyncio.shield(self._serving)

    async def stop(self) -> None:
        """Take no more, finish what is under way, close. Twice is harmless."""
        serving, self._serving = self._serving, None
        if serving is not None and self._server is not None:
            self._server.should_exit = True
            await serving
        if self._socket is not None:
            self._socket.close()


class _Uvicorn(uvicorn.Server):
    """Leaves signals to `console.__main__`, which has more to end than this."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, settings: ListenSettings) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=Impatient,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        # Paths hold cards and one-time links.
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=LAST_S,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise KeyMaterialError(
            f"listen.certificate {settings.certificate} and listen.key {settings.key}: not usable "
            f"({error}); make new ones with `doorctl console certificate`"
        ) from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _listen(settings: ListenSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=256)
    except OSError as error:
        raise ConsoleError(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror or error}); "
            "set listen.host and listen.port to an address of this machine that is free"
        ) from None
