"""What may everybody do with their own account? Password, language, looks, and where it is open."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from console import words
from console.accounts.refusals import AccountRefused, Refusal
from console.core.browsers import recognised
from console.web import cookies, pages
from console.web.forms import Form, filled, show, typed
from console.web.refused import not_done
from console.web.routes import page
from console.web.services import services
from console.web.sign_in import caller
from console.words import _

LOOKS: Final = ("light", "dark")


async def me(request: Request) -> Response:
    """Show one's own account."""
    return await _page(request, None)


async def password(request: Request) -> Response:
    """Change one's password; every other session of the account ends."""
    form = await typed(request)
    who = pages.signed_in(request)
    new = form.values.get("password", "")
    if new != form.values.get("again", ""):
        return await _page(request, form.wrong(again=_("This is not the same password.")))
    try:
        signed_in = await services(request).accounts.passwords.change(
            who, form.values.get("old", ""), new, caller(request, who.account)
        )
    except AccountRefused as why:
        wrong = "old" if why.why is Refusal.PASSWORD_WRONG else "password"
        return await _page(request, form.refused(not_done(why, wrong)))
    answer = pages.see("/me", done="password_changed")
    cookies.write_signed_in(request, answer, signed_in)
    return answer


async def choices(request: Request) -> Response:
    """Choose language and looks."""
    form = await typed(request)
    language = form["language"] if form["language"] in words.LANGUAGES else ""
    looks = form["looks"] if form["looks"] in LOOKS else ""
    accounts = services(request).accounts
    who = pages.signed_in(request)
    await asyncio.to_thread(accounts.choose, who, language=language, looks=looks)
    answer = pages.see("/me", done="saved")
    # What was chosen on this device alone would come first.
    answer.delete_cookie(words.COOKIE)
    return answer


async def end_session(request: Request) -> Response:
    """Sign out somewhere else; or here."""
    form = await typed(request)
    who = pages.signed_in(request)
    await asyncio.to_thread(services(request).accounts.end_session, who, form["session"])
    if form["session"] == who.session:
        answer = pages.see("/sign-in", done="signed_out")
        cookies.forget(request, answer, cookies.SESSION)
        return answer
    return pages.see("/me", done="session_ended")


async def _page(request: Request, form: Form | None) -> Response:
    who = pages.signed_in(request)
    sessions = await asyncio.to_thread(services(request).accounts.sessions, who)
    return show(
        request,
        "me.html",
        form or Form(),
        chosen=filled(language=who.language, looks=who.looks),
        sessions=[(_called(one.agent), one) for one in sessions],
    )


def _called(agent: str) -> str:
    browser, system = recognised(agent)
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or agent or _("unknown")


routes: Final = (
    page("/me", me),
    page("/me/password", password, methods=("POST",)),
    page("/me/choices", choices, methods=("POST",)),
    page("/me/sessions/end", end_session, methods=("POST",)),
)
