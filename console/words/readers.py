"""Who reads this page, and in which language?

Kept beside the request (a context variable, set by `console.web.routes`), so that pages and
templates say `_("...")` and need not pass a reader about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from babel.core import negotiate_locale
from starlette.requests import Request

LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""Each in its own name, so that whoever reads no other finds it."""

COOKIE: Final = "lang"
"""What somebody chose on this device; it comes before what their account says."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page.

    Attributes:
        language: one of `LANGUAGES`.
        zone: the site's own, such as `Europe/Berlin`; empty while the brain has not told it.
    """

    language: str = "en"
    zone: str = ""


_reading: ContextVar[Reader] = ContextVar("reader", default=Reader())  # noqa: B039  # frozen


def reader(request: Request, otherwise: str, account: str = "", zone: str = "") -> Reader:
    """Who reads.

    Args:
        request: their choice in it (`?lang=`, then the cookie) comes first, and what the browser
            asks for comes after `account`.
        otherwise: the language for whoever asks for none that there is.
        account: the language of the account that is signed in; empty for none.
        zone: of the site.
    """
    for wish in (request.query_params.get(COOKIE), request.cookies.get(COOKIE), account):
        if wish in LANGUAGES:
            return Reader(wish, zone)
    asked = negotiate_locale(_accepted(request), list(LANGUAGES), sep="-")
    return Reader(asked or otherwise, zone)


def _accepted(request: Request) -> list[str]:
    """What the browser asks for, dearest first; only the language, since `zh-CN` is `zh` here."""
    wishes: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(wishes, key=lambda wish: wish[0]) if weight]


@contextmanager
def reading(who: Reader) -> Iterator[Reader]:
    """Have everything be said to this reader while the block runs."""
    before = _reading.set(who)
    try:
        yield who
    finally:
        _reading.reset(before)


def now_reading(who: Reader) -> None:
    """Have everything be said to this reader for the rest of the request."""
    _reading.set(who)


def current() -> Reader:
    """Who reads now."""
    return _reading.get()
