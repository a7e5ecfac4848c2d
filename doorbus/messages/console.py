"""For whom does a console speak, and what may they do?

A console is a web page's server. It asks as an administrator does, but always for one of its own
accounts, and the brain carries out what the role of that account may.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from doorbus.messages.change import Change
from doorbus.messages.fields import Payload

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
"""Somebody who signs in to a console."""

NOBODY: Final = "nobody"
"""Under this account a console notes a sign-in that was refused to a name it does not know."""


class Role(StrEnum):
    """What an account of a console may: each does what the one before may, and more."""

    VIEWER = "viewer"
    PORTER = "porter"
    ADMINISTRATOR = "administrator"


_VIEWING = frozenset({"log", "events", "figures", "access", "note"})
_GUARDING = frozenset(
    {"unlock", "snapshot", "list", "show", "may", "passes", "members", "rules", "erasures"}
)
_ORDER = tuple(Role)


def may(role: Role, op: str) -> bool:
    """Whether an account of that role may ask for `op`, the name of a request."""
    match role:
        case Role.VIEWER:
            return op in _VIEWING
        case Role.PORTER:
            return op in _VIEWING | _GUARDING
        case Role.ADMINISTRATOR:
            return True


def lower(one: Role, other: Role) -> Role:
    """The one of two roles that may less."""
    return min(one, other, key=_ORDER.index)


class Speaker(Payload):
    """For whom a console asks: two user properties beside each of its requests.

    Attributes:
        account: who signed in.
        role: what the console says that they may; its own ceiling, which the brain has, counts too.
    """

    account: AccountName
    role: Role


class Noteworthy(StrEnum):
    """What a console has the brain write into its audit."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_REFUSED = "sign_in_refused"
    ACCOUNT_MADE = "account_made"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_REMOVED = "account_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # a code, no secret
    INVITATION_MADE = "invitation_made"


class Note(Change):
    """Write into the audit what happened at the console itself; for consoles alone.

    Attributes:
        what: which is how `log` finds it.
        about: the account that it happened to, where that is not the one that did it.
    """

    op: Literal["note"]
    what: Noteworthy
    about: AccountName | None = None
