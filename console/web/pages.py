"""How does a page become an answer?"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import words
from console.core.visitor import Visitor
from console.web import navigation
from console.web.services import services


def visitor(request: Request) -> Visitor | None:
    """Who is signed in, if anybody."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    return found


def signed_in(request: Request) -> Visitor:
    """Who is signed in, on a page whose route asks for it."""
    found = visitor(request)
    assert found is not None  # noqa: S101  # `routes.page` lets nobody else through
    return found


def render(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A page as HTML, in the reader's language."""
    answer = HTMLResponse(fragment(request, template, context), status)
    chosen = request.query_params.get(words.COOKIE)
    if chosen in words.LANGUAGES:
        answer.set_cookie(
            words.COOKIE,
            chosen,
            max_age=365 * 24 * 3600,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
    return answer


def fragment(request: Request, template: str, context: Mapping[str, Any] | None = None) -> str:
    """A template filled in: with `visitor`, `away`, `done`, `path`, `reader`, and the words."""
    house = services(request)
    who = visitor(request)
    known = {
        "visitor": who,
        "entries": navigation.entries(who.role) if who else (),
        "away": house.line.away,
        "done": words.done(request.query_params.get("done", "")),
        "path": request.url.path,
        "reader": words.current(),
        "languages": words.LANGUAGES,
        "now": int(house.clock.wall()),
        "transaction": secrets.token_hex(16),
    }
    return house.templates.get_template(template).render({**known, **(context or {})})


def begin_reading(request: Request) -> None:
    """Have everything in this request be said in the language of whoever asked.

    Called by `console.web.routes` for every page, once it is known who is signed in.
    """
    house = services(request)
    who = visitor(request)
    words.now_reading(
        words.reader(
            request,
            house.settings.language,
            who.language if who else "",
            house.zone.name,
        )
    )


def see(path: str, *, done: str = "", **query: str) -> Response:
    """Have the browser look at another page; `done` is a code of `words.afterwards.DONE`."""
    asked = {**query, **({"done": done} if done else {})}
    return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, 303)
