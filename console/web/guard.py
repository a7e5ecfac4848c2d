"""May this request go on? Who it is from, what they may, and whether our own page sent it."""

from __future__ import annotations

import hmac
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.accounts import tokens
from console.web import cookies, pages
from console.web.bodies import Allowance
from console.web.services import services
from doorbus.messages.console import Role, lower

_HARMLESS = frozenset({"GET", "HEAD"})
_MOST_FIELD_BYTES = 2**20


async def refusal(request: Request, least: Role, allowance: Allowance) -> Response | None:
    """What a request gets that may not go on; None for one that may.

    Nothing of a body is read before it is known that its sender may send one.

    Args:
        request: `console.web.security` has said who it is from.
        least: the role that is needed.
        allowance: what its body may be.
    """
    who = pages.visitor(request)
    if who is None:
        return _sign_in_first(request)
    if lower(who.role, least) is not least:
        return pages.render(request, "not_allowed.html", {"least": least}, status=403)
    if request.method not in _HARMLESS and not await _own_form(request, who.csrf, allowance):
        return pages.render(request, "not_own_page.html", status=403)
    return None


async def still(request: Request) -> bool:
    """Whether a request's session is not over meanwhile; with a lesser role it is."""
    token = cookies.read(request, cookies.SESSION)
    return await services(request).accounts.visit(token, uses=False) is not None


async def open_refusal(request: Request, allowance: Allowance) -> Response | None:
    """The same for a page that is open to those who are not signed in: a form has to be its own."""
    if request.method in _HARMLESS:
        return None
    cookie = cookies.read(request, cookies.FORM)
    wanted = tokens.form_token(cookie) if cookie else ""
    if not await _own_form(request, wanted, allowance):
        return pages.render(request, "not_own_page.html", status=403)
    return None


def open_form_token(request: Request) -> str:
    """What a form has to carry on a page for those who are not signed in.

    `console.web.routes` gives the browser the cookie that goes with it.
    """
    cookie = cookies.read(request, cookies.FORM)
    if not 32 <= len(cookie) <= tokens.MOST:
        cookie = request.state.form_cookie = (
            getattr(request.state, "form_cookie", None) or tokens.fresh()
        )
    return tokens.form_token(cookie)


def give_form_cookie(request: Request, answer: Response) -> None:
    """Have the browser keep what `open_form_token` was made of, if that was new."""
    made = getattr(request.state, "form_cookie", None)
    if made is not None:
        cookies.write(request, answer, cookies.FORM, made)


def local(address: str) -> str:
    """Where to go on within the console; `/` for whatever leads elsewhere."""
    if not address.startswith("/") or address.startswith("//") or len(address) > 2000:
        return "/"
    if "\\" in address or not address.isascii() or not address.isprintable():
        return "/"
    try:
        found = urlsplit(address)
    except ValueError:
        return "/"
    return "/" if found.scheme or found.netloc else address


def _sign_in_first(request: Request) -> Response:
    if request.method in _HARMLESS and not _by_script(request):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': local(asked)})}", 303)
    return pages.render(request, "signed_out.html", status=401)


def _by_script(request: Request) -> bool:
    return (
        request.headers.get("sec-fetch-dest") == "empty"
        or "text/event-stream" in request.headers.get("accept", "")
        or "x-csrf-token" in request.headers
    )


async def _own_form(request: Request, wanted: str, allowance: Allowance) -> bool:
    """Whether a page of this console sent this: by what browsers say, and by the form's token."""
    if not wanted or not _same_origin(request):
        return False
    sent = request.headers.get("x-csrf-token")
    if sent is None:
        form = await request.form(max_part_size=min(allowance.most_bytes, _MOST_FIELD_BYTES))
        field = form.get("csrf")
        sent = field if isinstance(field, str) else ""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), wanted.encode())


def _same_origin(request: Request) -> bool:
    """What browsers say of where a request comes from; one that says nothing is no browser."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    return origin is None or origin in _own_origins(request)


def _own_origins(request: Request) -> set[str]:
    own = {f"{request.url.scheme}://{request.headers.get('host', '')}"}
    address = urlsplit(services(request).settings.listen.address)
    if address.netloc:
        own.add(f"{address.scheme}://{address.netloc}")
    return own
