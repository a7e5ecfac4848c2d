"""How much may a browser send, and how slowly? So that nobody can fill or occupy the console."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

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


def limited(request: Request, allowance: Allowance) -> Request:
    """The same request, whose body ends in `NotDone` when it is too large or too slow.

    Raises:
        NotDone: it says by itself that it is too large.
    """
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > allowance.most_bytes:
        raise too_large()
    return Request(request.scope, _watched(request.receive, allowance))


def too_large() -> NotDone:
    """For a body that is larger than its route takes."""
    return NotDone(_("This is more than the console takes at once."), status=413)


def _watched(receive: Receive, allowance: Allowance) -> Receive:
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
        return message

    return watched
