"""Is a request meant for this console? By the host that it names.

A page of a stranger whose name is made to lead to this machine (DNS rebinding) names that host.
Addresses in digits cannot be made to lead elsewhere.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from console.config import ListenSettings


class Hosts:
    """Answers 421 to whoever means another host."""

    def __init__(self, app: ASGIApp, listen: ListenSettings) -> None:
        self._app = app
        self._listen = listen
        self._names: frozenset[str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for this console."""
        if scope["type"] == "http" and not self._ours(Request(scope).headers.get("host", "")):
            answer = PlainTextResponse(
                "This is not the console of that host. Set `listen.address` to what people type.",
                421,
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _ours(self, said: str) -> bool:
        if self._names is None:
            self._names = names(self._listen)
        try:
            host = (urlsplit(f"//{said}").hostname or "").lower().rstrip(".")
        except ValueError:
            return False
        if _in_digits(host) or host in self._names:
            return True
        _, _, rest = host.partition(".")
        return bool(rest) and f"*.{rest}" in self._names


def names(listen: ListenSettings) -> frozenset[str]:
    """The hosts that a console goes by: as set, and as its certificate says."""
    known = {"localhost", listen.host.lower()}
    typed = urlsplit(listen.address).hostname
    if typed:
        known.add(typed.lower())
    if listen.certificate is not None:
        known.update(_of_certificate(listen.certificate))
    return frozenset(known)


def _of_certificate(path: Path) -> set[str]:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return set()  # the server says what is wrong with it
    return {name.lower() for name in named.value.get_values_for_type(x509.DNSName)}


def _in_digits(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
