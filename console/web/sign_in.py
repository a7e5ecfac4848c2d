"""How does somebody sign in, take an invitation, and sign out?"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.accounts.passwords import Caller
from console.accounts.refusals import AccountRefused, Refusal
from console.web import cookies, guard, pages
from console.web.forms import Form, asked, show, typed
from console.web.refused import not_done
from console.web.routes import open_page, page
from console.web.services import services
from console.words import _

HOME: Final = "/doors"


def caller(request: Request, account: str) -> Caller:
    """Where somebody signs in."""
    return Caller(
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", ""),
        known_by=cookies.read(request, cookies.known(account)),
        session=cookies.read(request, cookies.SESSION),
    )


async def home(request: Request) -> Response:
    """The first page."""
    del request
    return pages.see(HOME)


async def sign_in(request: Request) -> Response:
    """Ask for name and password."""
    wanted = asked(request, "next")
    if pages.visitor(request) is not None:
        return RedirectResponse(_on(wanted), 303)
    return _sign_in_page(request, wanted)


async def signing_in(request: Request) -> Response:
    """Compare name and password; the same answer whatever is wrong with them."""
    form = await typed(request)
    name = form["name"].lower()
    try:
        who = await services(request).accounts.passwords.sign_in(
            name, form.values.get("password", ""), caller(request, name)
        )
    except AccountRefused as why:
        answer = _sign_in_page(request, form.refused(not_done(why)))
        if why.wait_s:
            answer.headers["Retry-After"] = str(why.wait_s)
        return answer
    answer = RedirectResponse(_on(form), 303)
    cookies.write_signed_in(request, answer, who)
    return answer


async def signing_out(request: Request) -> Response:
    """End the session."""
    await asyncio.to_thread(services(request).accounts.sign_out, pages.signed_in(request))
    answer = pages.see("/sign-in", done="signed_out")
    cookies.forget(request, answer, cookies.SESSION)
    # What was typed and not sent belongs to whoever typed it.
    MutableHeaders(raw=answer.raw_headers)["Clear-Site-Data"] = '"storage"'
    return answer


async def welcome(request: Request) -> Response:
    """Have somebody who was invited choose a password."""
    return await _welcome_page(request, Form())


async def welcomed(request: Request) -> Response:
    """Take an invitation: the password is set, and its owner is signed in."""
    form = await typed(request)
    password = form.values.get("password", "")
    if password != form.values.get("again", ""):
        return await _welcome_page(request, form.wrong(again=_("This is not the same password.")))
    passwords = services(request).accounts.passwords
    try:
        account = await asyncio.to_thread(passwords.invited, _token(request))
        who = await passwords.accept(_token(request), password, caller(request, account))
    except AccountRefused as why:
        return await _welcome_page(request, form.refused(not_done(why, "password")))
    answer = pages.see(HOME, done="welcome")
    cookies.write_signed_in(request, answer, who)
    return answer


def _on(form: Form) -> str:
    to = guard.local(form["next"])
    return HOME if to in {"/", "/sign-in"} else to


def _sign_in_page(request: Request, form: Form) -> Response:
    return show(request, "sign_in.html", form, csrf=guard.open_form_token(request))


async def _welcome_page(request: Request, form: Form) -> Response:
    passwords = services(request).accounts.passwords
    try:
        account = await asyncio.to_thread(passwords.invited, _token(request))
    except AccountRefused as why:
        if why.why is not Refusal.NO_INVITATION:
            raise
        return pages.render(request, "welcome_over.html", status=404)
    csrf = guard.open_form_token(request)
    return show(request, "welcome.html", form, csrf=csrf, account=account)


def _token(request: Request) -> str:
    return str(request.path_params["token"])


routes: Final = (
    page("/", home),
    open_page("/sign-in", sign_in),
    open_page("/sign-in", signing_in, methods=("POST",)),
    page("/sign-out", signing_out, methods=("POST",)),
    open_page("/welcome/{token}", welcome),
    open_page("/welcome/{token}", welcomed, methods=("POST",)),
)
