"""Who may call which address? Every route is made here, so that none is open by chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from console.errors import NotDone
from console.web import asking, bodies, guard, pages
from console.web.bodies import Allowance
from doorbus.messages.console import Role

Endpoint = Callable[[Request], Awaitable[Response]]

BOTH: Final = ("GET", "POST")
"""Of a page with a form: the same address shows and takes it."""

OPEN_BYTES: Final = 8 * 2**10
"""More than signing in takes: from strangers, little is read."""


class Number(IntegerConvertor):
    """`{number:number}` in a path: as many digits as a number here can have.

    Python refuses to read thousands of them, which would be a failure of the page.
    """

    regex = "[0-9]{1,18}"


register_url_convertor("number", Number())


def page(
    path: str,
    endpoint: Endpoint,
    *,
    least: Role = Role.VIEWER,
    methods: Sequence[str] = ("GET",),
    most_bytes: int = bodies.FORM_BYTES,
    patience_s: float = bodies.PATIENCE_S,
) -> Route:
    """A route for whoever is signed in and has at least this role.

    Whatever is no GET also has to bring the session's CSRF token, as the form's field `csrf` or as
    the header `X-CSRF-Token`. A `NotDone` that an endpoint does not catch becomes a page.

    Args:
        path: as Starlette takes it.
        endpoint: what answers.
        least: the role that is needed.
        methods: of HTTP.
        most_bytes: of a body; more is answered 413.
        patience_s: seconds in which something more of a body has to come, or it is answered 408.
    """
    allowance = bodies.Allowance(most_bytes, patience_s)

    async def check(request: Request) -> Response | None:
        refusal = await guard.refusal(request, least, allowance)
        if refusal is None:
            await asking.know_zone(request)
        return refusal

    guarded = _guarded(endpoint, check, allowance, guard.still)
    return Guarded(path, guarded, methods, endpoint.__name__, least)


def open_page(path: str, endpoint: Endpoint, *, methods: Sequence[str] = ("GET",)) -> Route:
    """A route for whoever comes: the sign-in, and nothing that tells anything of the site.

    Its forms carry `guard.open_form_token(request)` as `csrf`.
    """
    allowance = bodies.Allowance(most_bytes=OPEN_BYTES)

    async def check(request: Request) -> Response | None:
        return await guard.open_refusal(request, allowance)

    return Guarded(path, _guarded(endpoint, check, allowance), methods, endpoint.__name__, None)


class Guarded(Route):
    """A route that was made here.

    Attributes:
        least: the role that is needed; None for a page that is open to all.
    """

    def __init__(
        self,
        path: str,
        endpoint: Endpoint,
        methods: Sequence[str],
        name: str,
        least: Role | None,
    ) -> None:
        super().__init__(path, endpoint, methods=list(methods), name=name)
        self.least = least


def _guarded(
    endpoint: Endpoint,
    check: Callable[[Request], Awaitable[Response | None]],
    allowance: Allowance,
    still: Callable[[Request], Awaitable[bool]] | None = None,
) -> Endpoint:
    async def guarded(whole: Request) -> Response:
        pages.begin_reading(whole)
        request = whole
        try:
            request = bodies.limited(whole, allowance, still and partial(still, whole))
            refusal = await check(request)
            answer = await endpoint(request) if refusal is None else refusal
        except NotDone as why:
            answer = asking.not_done(request, why)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        finally:
            await request.close()
        guard.give_form_cookie(request, answer)
        return answer

    return guarded
