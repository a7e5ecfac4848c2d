"""May this request go on? Who it is from, what they may, and whether their own page sent it."""

from __future__ import annotations

import hmac
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.web import pages
from doorbus.messages.console import Role

_ORDER = tuple(Role)
_HARMLESS = frozenset({"GET", "HEAD"})


async def refusal(request: Request, least: Role) -> Response | None:
    """What a request gets that may not go on; None for one that may.

    Args:
        request: `console.web.sessions` has said who it is from.
        least: the role that is needed.
    """
    who = pages.visitor(request)
    if who is None:
        if request.method in _HARMLESS:
            return RedirectResponse(f"/sign-in?{urlencode({'next': request.url.path})}", 303)
        return pages.render(request, "signed_out.html", status=401)
    if request.method not in _HARMLESS and not await _own_page(request, who.csrf):
        return pages.render(request, "not_own_page.html", status=403)
    if _ORDER.index(who.role) < _ORDER.index(least):
        return pages.render(request, "not_allowed.html", {"least": least}, status=403)
    return None


async def _own_page(request: Request, csrf: str) -> bool:
    """Whether the page that sent this had the session's token."""
    sent = request.headers.get("x-csrf-token")
    if sent is None:
        form = await request.form()
        field = form.get("csrf")
        sent = field if isinstance(field, str) else ""
    return hmac.compare_digest(sent.encode(), csrf.encode())
