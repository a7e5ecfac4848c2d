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
    return HTMLResponse(fragment(request, template, context), status)


def fragment(request: Request, template: str, context: Mapping[str, Any] | None = None) -> str:
    """A template filled in: with `visitor`, `line`, `done`, words and dates of the reader."""
    house = services(request)
    reader = words.reader(request, house.settings.language)
    known = {
        "visitor": visitor(request),
        "away": house.line.away,
        "done": words.done(request.query_params.get("done", ""), reader),
        "path": request.url.path,
        "reader": reader,
        "transaction": secrets.token_hex(16),
    }
    return house.templates.get_template(template).render(
        {**known, **reader.functions, **(context or {})}
    )


def see(path: str, *, done: str = "", **query: str) -> Response:
    """Have the browser look at another page; `done` is a code of `words.DONE`."""
    asked = {**query, **({"done": done} if done else {})}
    return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, 303)
