"""What becomes of a page that fails? The log says where, the reader that it did, nobody why."""

from __future__ import annotations

import traceback
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web import pages

FRAMES: Final = 4
"""Places that the log names, from the outermost of our own to the one that failed."""

_log = structlog.get_logger()


class Mishaps:
    """Around everything: an error that nobody expected reaches neither browser nor server.

    Its text may hold what somebody typed, so the log has its kind and where it was raised.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer 500 where that fails and no answer has begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:  # noqa: BLE001  # whatever it is, others are to be served on
            route = getattr(scope.get("route"), "path", "")
            _log.error("a page failed", page=route, kind=_kinds(error), where=_where(error))
            if not begun:
                await _sorry(Request(scope))(scope, receive, send)


async def not_found(request: Request, _: Exception) -> Response:
    """The page for an address that leads nowhere."""
    return pages.render(request, "not_found.html", status=404)


def _sorry(request: Request) -> Response:
    try:
        return pages.render(request, "mishap.html", status=500)
    except Exception as error:  # noqa: BLE001  # what failed may be what all pages need
        _log.error("nor can that be said on a page", kind=_kinds(error), where=_where(error))
        return PlainTextResponse("Something went wrong. The console's log says where.", 500)


def _kinds(error: BaseException) -> str:
    inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
    return type(error).__name__ + (f" of {_kinds(inner)}" if inner else "")


def _where(error: BaseException) -> list[str]:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-FRAMES:]]
