"""How much may a browser send, and how slowly? So that nobody can fill or occupy the console."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.types import Message, Receive

from console.errors import NotDone
from console.words import _

FORM_BYTES: Final = 256 * 2**10
"""More than any form without files has."""

PATIENCE_S: Final = 30.0
"""Seconds in which something more has to come."""

SLOWEST: Final = 8 * 2**10
"""Bytes a second that have to come on average, once the patience is over."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one route takes.

    Attributes:
        most_bytes: of the whole body.
        patience_s: see `PATIENCE_S`.
    """

    most_bytes: int = FORM_BYTES
    patience_s: float = PATIENCE_S


Still = Callable[[], Awaitable[bool]]


def limited(request: Request, allowance: Allowance, still: Still | None = None) -> Request:
    """The same request, whose body ends in `NotDone` when it is too large or too slow.

    Args:
        request: whose body nobody has read yet.
        allowance: what it may be.
        still: whether its sender still may send it, asked once all of it is there: who lets it
            trickle in does not stay signed in by that.

    Raises:
        NotDone: it says by itself that it is too large, or how it is written.
    """
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > allowance.most_bytes:
        raise too_large()
    options = parse_options_header(request.headers.get("content-type"))[1]
    # Some of Python's codecs take minutes for what any form may hold.
    if options.get(b"charset", b"utf-8").lower() not in {b"utf-8", b"utf8"}:
        raise NotDone(_("Forms are read as UTF-8 only."), status=415)
    return Request(request.scope, _watched(request.receive, allowance, still))


def too_large() -> NotDone:
    """For a body that is larger than its route takes."""
    return NotDone(_("This is more than the console takes at once."), status=413)


def signed_out() -> NotDone:
    """For a body whose sender was signed out while it came."""
    return NotDone(
        _(
            "Nothing was sent. Sign in in another tab, come back to this one and send it again; "
            "or start afresh."
        ),
        status=401,
    )


def _watched(receive: Receive, allowance: Allowance, still: Still | None) -> Receive:
    came = 0
    begun: float | None = None
    over = False

    async def watched() -> Message:
        nonlocal came, begun, over
        if over:
            return await receive()
        loop = asyncio.get_running_loop()
        now = loop.time()
        begun = now if begun is None else begun
        until = min(now, begun + came / SLOWEST) + allowance.patience_s
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise NotDone(
                _("It came too slowly. Try again where the network is better."), status=408
            ) from None
        if message["type"] == "http.request":
            came += len(message.get("body", b""))
            if came > allowance.most_bytes:
                raise too_large()
            over = not message.get("more_body", False)
            if over and came and still is not None and not await still():
                raise signed_out()
        return message

    return watched
