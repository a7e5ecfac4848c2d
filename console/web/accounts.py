"""Who may use the console? For administrators: invite, change, disable and remove accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.accounts.desk import Accounts
from console.accounts.notes import Actor
from console.accounts.refusals import AccountRefused, Refusal
from console.accounts.roster import Account
from console.web import pages
from console.web.forms import Form, show, typed
from console.web.refused import not_done
from console.web.routes import Endpoint, page
from console.web.services import services
from console.words import _
from doorbus.messages.console import Role

R = TypeVar("R")

_NAMES_WRONG: Final = frozenset({Refusal.NAME_TAKEN, Refusal.NAME_RESERVED, Refusal.NAME_WRONG})


async def accounts(request: Request) -> Response:
    """All accounts."""
    every = await asyncio.to_thread(services(request).accounts.every)
    return pages.render(request, "accounts.html", {"accounts": every})


async def adding(request: Request) -> Response:
    """Ask for the name and role of a new account."""
    return show(request, "accounts_add.html", Form())


async def add(request: Request) -> Response:
    """Make an account, and show its one-time link."""
    form = await typed(request)
    role = _role(form)
    if role is None:
        return show(request, "accounts_add.html", form.wrong(role=_("Choose a role.")))
    name = form["name"]
    try:
        token = await _do(request, lambda desk, by: desk.add(name, role, by))
    except AccountRefused as why:
        field = "name" if why.why in _NAMES_WRONG else ""
        return show(request, "accounts_add.html", form.refused(not_done(why, field)))
    return _link(request, name, token)


async def account(request: Request) -> Response:
    """One account."""
    return await _account(request, Form())


async def invite(request: Request) -> Response:
    """Make a new one-time link for somebody who lost the old one, or the password."""
    name = _name(request)
    try:
        token = await _do(request, lambda desk, by: desk.invite(name, by))
    except AccountRefused as why:
        raise not_done(why) from None
    return _link(request, name, token)


async def role(request: Request) -> Response:
    """Give an account another role."""
    form = await typed(request)
    chosen = _role(form)
    if chosen is None:
        return await _account(request, form.wrong(role=_("Choose a role.")))
    return await _change(request, form, role=chosen)


async def disable(request: Request) -> Response:
    """Let an account sign in no more."""
    return await _change(request, Form(), enabled=False)


async def enable(request: Request) -> Response:
    """Let an account sign in again."""
    return await _change(request, Form(), enabled=True)


async def removing(request: Request) -> Response:
    """Ask whether an account is really to be removed."""
    found = await _found(request)
    return show(request, "accounts_remove.html", Form(), account=found)


async def remove(request: Request) -> Response:
    """Forget an account."""
    found = await _found(request)
    try:
        await _do(request, lambda desk, by: desk.remove(found.name, by))
    except AccountRefused as why:
        return show(request, "accounts_remove.html", Form().refused(not_done(why)), account=found)
    return pages.see("/accounts", done="account_removed")


async def _change(
    request: Request, form: Form, *, role: Role | None = None, enabled: bool | None = None
) -> Response:
    name = _name(request)
    try:
        await _do(request, lambda desk, by: desk.change(name, by, role=role, enabled=enabled))
    except AccountRefused as why:
        if why.why is Refusal.NO_ACCOUNT:
            raise not_done(why) from None
        return await _account(request, form.refused(not_done(why)))
    return pages.see(f"/accounts/{name}", done="account_changed")


async def _account(request: Request, form: Form) -> Response:
    return show(request, "account.html", form, account=await _found(request))


async def _found(request: Request) -> Account:
    try:
        return await asyncio.to_thread(services(request).accounts.find, _name(request))
    except AccountRefused as why:
        raise not_done(why) from None


async def _do(request: Request, work: Callable[[Accounts, Actor], R]) -> R:
    """Do something with accounts in the name of whoever is signed in."""
    who = pages.signed_in(request)
    return await asyncio.to_thread(work, services(request).accounts, Actor(who.account, who.role))


def _link(request: Request, name: str, token: str) -> Response:
    """The one page that shows a one-time link; it cannot be shown again."""
    base = services(request).settings.listen.address or str(request.base_url)
    link = f"{base.rstrip('/')}/welcome/{token}"
    return pages.render(request, "accounts_link.html", {"name": name, "link": link})


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _role(form: Form) -> Role | None:
    return Role(form["role"]) if form["role"] in set(Role) else None


def _page(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    return page(path, endpoint, least=Role.ADMINISTRATOR, methods=(method,))


routes: Final = (
    _page("/accounts", accounts),
    _page("/accounts/add", adding),
    _page("/accounts/add", add, "POST"),
    _page("/accounts/{name}", account),
    _page("/accounts/{name}/invite", invite, "POST"),
    _page("/accounts/{name}/role", role, "POST"),
    _page("/accounts/{name}/disable", disable, "POST"),
    _page("/accounts/{name}/enable", enable, "POST"),
    _page("/accounts/{name}/remove", removing),
    _page("/accounts/{name}/remove", remove, "POST"),
)
