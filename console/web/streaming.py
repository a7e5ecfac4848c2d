"""How is an open page kept up to date? By a stream of new HTML for its elements."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from console.live import Fragments
from console.web import pages
from console.web.routes import page
from console.web.services import services
from doorbus.messages.console import Role

News = Callable[[Request], Callable[[], Fragments]]
"""Begins to tell one page: returns what is asked at each beat for the fragments that changed since
it was asked last, and at first for all."""

AGAIN_MS: Final = 1500
"""After so many milliseconds a browser comes back whose stream broke."""

HEARTBEAT_S: Final = 15
"""Seconds between two events `beat`, by which a browser knows that the stream lives."""

SEND_S: Final = 20.0
"""A browser that takes nothing for so long is given up; it comes back by itself."""


def stream(path: str, news: News, *, least: Role = Role.VIEWER) -> Route:
    """The route of a page's stream.

    It sends server-sent events `fragments`: JSON objects of new HTML by the id of the element that
    it replaces. The element `away` comes by itself.

    Args:
        path: such as `/live/doors`.
        news: what the page shows.
        least: the role that is needed; as of the page.
    """

    async def told(request: Request) -> Response:
        # By this header `console.web.security` knows streams, which it ends with their session.
        if "text/event-stream" not in request.headers.get("accept", ""):
            return PlainTextResponse("this is a stream of events", 406)
        if services(request).live.full(pages.signed_in(request).account):
            return PlainTextResponse("too many pages are open", 503, {"Retry-After": "10"})
        return EventSourceResponse(
            _events(request, news(request)),
            ping=HEARTBEAT_S,
            ping_message_factory=lambda: ServerSentEvent(event="beat", data="-"),
            send_timeout=SEND_S,
        )

    told.__name__ = f"stream_of_{path.strip('/').replace('/', '_')}"
    return page(path, told, least=least)


def _nothing(_: Request) -> Callable[[], Fragments]:
    return dict


routes: Final = (stream("/live", _nothing),)
"""For pages that have no stream of their own: who is away."""


async def _events(
    request: Request, news: Callable[[], Fragments]
) -> AsyncIterator[ServerSentEvent]:
    house = services(request)
    shown: str | None = None

    def found() -> Mapping[str, str]:
        nonlocal shown
        fragments = dict(news())
        away = house.line.away
        if away != shown:
            shown = away
            fragments["away"] = pages.fragment(request, "away.html")
        return fragments

    yield ServerSentEvent(event="beat", data="-", retry=AGAIN_MS)
    async for fragments in house.live.stream(found, pages.signed_in(request).account):
        yield ServerSentEvent(event="fragments", data=json.dumps(fragments))
