"""How does whoever has a shell on the server make the first account, or get back in?

It works while the console runs, and knows no last administrator: whoever is at the shell can make
another one. Everything is noted for the audit under the account `shell`.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from console.accounts.desk import Accounts
from console.accounts.invitations import LIFE_S
from console.accounts.notes import Actor
from console.accounts.roster import SHELL, Account
from console.config import ConsoleSettings
from doorbus import settings
from doorbus.messages.console import Role

_BY = Actor(SHELL, Role.ADMINISTRATOR)

Verb = Callable[[Accounts, argparse.Namespace, ConsoleSettings], None]


def add_to(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add `account` and what can be done with it to the commands of `python -m console`.

    Args:
        verbs: subparsers to add to.
        common: options that each command takes.
    """
    parser = verbs.add_parser("account", help="make and change accounts")
    actions = parser.add_subparsers(title="what to do", metavar="", required=True)

    def verb(name: str, do: Verb, text: str, *, named: bool = True) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = actions.add_parser(
            name, parents=[common], help=text, description=text
        )
        if named:
            made.add_argument("name", help="1 to 32 of a-z, 0-9 and -")
        made.set_defaults(do=lambda options: _carry_out(do, options))
        return made

    add = verb("add", _add, "make an account, and print its one-time link")
    add.add_argument("--role", required=True, choices=[role.value for role in Role])
    verb("invite", _invite, "print a new one-time link, for a lost link or password")
    verb("list", _list, "list the accounts", named=False)
    verb("disable", _disable, "let somebody sign in no more, and sign them out")
    verb("enable", _enable, "let somebody sign in again")
    verb("remove", _remove, "forget an account, and sign it out")


def link(listen_address: str, token: str) -> str:
    """The address that an invited person opens."""
    return f"{listen_address.rstrip('/')}/welcome/{token}"


def _carry_out(do: Verb, options: argparse.Namespace) -> int:
    chosen = settings.load(options.config, ConsoleSettings)
    with _opened(chosen) as accounts:
        do(accounts, options, chosen)
    return 0


@contextlib.contextmanager
def _opened(chosen: ConsoleSettings) -> Iterator[Accounts]:
    accounts = Accounts(chosen.data_dir, chosen.sessions)
    try:
        accounts.open()
        yield accounts
    finally:
        accounts.close()


def _add(accounts: Accounts, options: argparse.Namespace, chosen: ConsoleSettings) -> None:
    _print_link(chosen, accounts.add(options.name, Role(options.role), _BY))


def _invite(accounts: Accounts, options: argparse.Namespace, chosen: ConsoleSettings) -> None:
    _print_link(chosen, accounts.invite(options.name, _BY))


def _list(accounts: Accounts, _: argparse.Namespace, __: ConsoleSettings) -> None:
    every = accounts.every()
    if not every:
        _say("No accounts yet. Make one: python -m console account add NAME --role administrator")
    for one in every:
        _say(f"{one.name:<32}  {one.role.value:<13}  {_state(one):<12}  {_last(one)}")


def _disable(accounts: Accounts, options: argparse.Namespace, _: ConsoleSettings) -> None:
    accounts.change(options.name, _BY, enabled=False, even_the_last=True)
    _say(f"{options.name} is disabled and signed out everywhere.")


def _enable(accounts: Accounts, options: argparse.Namespace, _: ConsoleSettings) -> None:
    accounts.change(options.name, _BY, enabled=True)
    _say(f"{options.name} may sign in again.")


def _remove(accounts: Accounts, options: argparse.Namespace, _: ConsoleSettings) -> None:
    accounts.remove(options.name, _BY, even_the_last=True)
    _say(f"{options.name} is removed and signed out everywhere.")


def _print_link(chosen: ConsoleSettings, token: str) -> None:
    _say(link(chosen.listen.address or _typed(chosen), token))
    _say(f"It works once, for {LIFE_S / 3600:.0f} hours; whoever opens it chooses the password.")


def _typed(chosen: ConsoleSettings) -> str:
    listen = chosen.listen
    scheme = "http" if listen.certificate is None else "https"
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    return f"{scheme}://{host}:{listen.port}"


def _state(account: Account) -> str:
    if not account.enabled:
        return "disabled"
    if account.has_password:
        return "enabled"
    return "invited" if account.invited_until else "link ran out"


def _last(account: Account) -> str:
    if account.signed_in is None:
        return "never signed in"
    return datetime.fromtimestamp(account.signed_in, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _say(text: str) -> None:
    print(text)  # noqa: T201  # what was asked for
