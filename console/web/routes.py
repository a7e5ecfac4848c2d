"""Who may call which address? Every route is made here, so that none is open by chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.errors import NotDone
from console.web import asking, guard, pages
from doorbus.messages.console import Role

Endpoint = Callable[[Request], Awaitable[Response]]


def page(
    path: str, endpoint: Endpoint, *, least: Role = Role.VIEWER, methods: Sequence[str] = ("GET",)
) -> Route:
    """A route for whoever is signed in and has at least this role.

    Whatever is no GET also has to bring the session's CSRF token, as the form's field `csrf` or as
    the header `X-CSRF-Token`. A `NotDone` that an endpoint does not catch becomes a page.
    """

    async def guarded(request: Request) -> Response:
        pages.begin_reading(request)
        refusal = await guard.refusal(request, least)
        if refusal is not None:
            return refusal
        try:
            return await endpoint(request)
        except NotDone as why:
            return asking.not_done(request, why)

    return Route(path, guarded, methods=list(methods), name=endpoint.__name__)


def open_page(path: str, endpoint: Endpoint, *, methods: Sequence[str] = ("GET",)) -> Route:
    """A route for whoever comes: the sign-in, and nothing that tells anything of the site."""

    async def read(request: Request) -> Response:
        pages.begin_reading(request)
        return await endpoint(request)

    return Route(path, read, methods=list(methods), name=endpoint.__name__)
