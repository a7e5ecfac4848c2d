"""What does the console keep in a browser? Cookies that no script and no other site reads.

With TLS each name begins with `__Host-`: browsers then take it from this very host over TLS alone,
so that neither a neighbouring host nor somebody on the line can plant one. `SameSite=Lax`, not
`Strict`: a link to a door in a message or an alert opens the page without another sign-in. Lax
sends them along with nothing but GETs, which change nothing; whatever changes something also has to
bring the form's token, and to come from our own page (`console.web.guard`).
"""

from __future__ import annotations

import hashlib
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from console.accounts.passwords import SignedIn
from console.accounts.sessions import BROWSER_LIFE_S
from console.web.services import services

SESSION: Final = "doorward-session"
"""Who is signed in."""

FORM: Final = "doorward-form"
"""Ties the forms of those who are not signed in to their browser."""

KNOWN: Final = "doorward-known"
"""A browser at which somebody signed in before; one cookie for each account, by its hash."""


def secure(request: Request) -> bool:
    """Whether browsers reach the console by TLS: its own, or that of a proxy before it."""
    listen = services(request).settings.listen
    return listen.certificate is not None or listen.address.startswith("https://")


def name(request: Request, plain: str) -> str:
    """How a cookie is called."""
    return f"__Host-{plain}" if secure(request) else plain


def read(request: Request, plain: str) -> str:
    """What a cookie says; empty where there is none."""
    return request.cookies.get(name(request, plain), "")


def known(account: str) -> str:
    """The cookie by which a browser is known to an account; tells nobody which one."""
    return f"{KNOWN}-{hashlib.sha256(account.encode()).hexdigest()[:12]}"


def write(
    request: Request, answer: Response, plain: str, value: str, *, life_s: float | None = None
) -> None:
    """Set a cookie; without a life it ends with the browser."""
    answer.set_cookie(
        name(request, plain),
        value,
        max_age=None if life_s is None else int(life_s),
        path="/",
        secure=secure(request),
        httponly=True,
        samesite="lax",
    )


def write_signed_in(request: Request, answer: Response, who: SignedIn) -> None:
    """Set the cookies of somebody who just signed in."""
    write(request, answer, SESSION, who.session)
    write(request, answer, known(who.account), who.known_by, life_s=BROWSER_LIFE_S)


def forget(request: Request, answer: Response, plain: str) -> None:
    """Have the browser forget a cookie."""
    answer.delete_cookie(
        name(request, plain), path="/", secure=secure(request), httponly=True, samesite="lax"
    )
