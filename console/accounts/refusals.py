"""Why is something about an account not done?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from console.errors import ConsoleError
from console.words.marked import N_


class Refusal(StrEnum):
    """Why something about an account was not done; a page says it in its reader's language."""

    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"
    BUSY = "busy"
    NO_INVITATION = "no_invitation"
    NO_ACCOUNT = "no_account"
    NAME_TAKEN = "name_taken"
    NAME_RESERVED = "name_reserved"
    NAME_WRONG = "name_wrong"
    LAST_ADMINISTRATOR = "last_administrator"
    PASSWORD_WRONG = "password_wrong"  # noqa: S105  # a code, no secret
    PASSWORD_SHORT = "password_short"  # noqa: S105
    PASSWORD_LONG = "password_long"  # noqa: S105
    PASSWORD_NAME = "password_name"  # noqa: S105
    PASSWORD_COMMON = "password_common"  # noqa: S105
    PASSWORD_SIMPLE = "password_simple"  # noqa: S105


TEXTS: Final[Mapping[Refusal, str]] = {
    Refusal.WRONG: N_("Name or password is wrong, or the account may not sign in."),
    Refusal.TOO_MANY_TRIES: N_("Too many tries. Please wait %(seconds)s seconds, then try again."),
    Refusal.BUSY: N_("The console is busy. Please try again in a few seconds."),
    Refusal.NO_INVITATION: N_("This link is not valid any more. Ask for a new one."),
    Refusal.NO_ACCOUNT: N_("There is no such account."),
    Refusal.NAME_TAKEN: N_("There is an account of this name already."),
    Refusal.NAME_RESERVED: N_("This name is reserved. Choose another one."),
    Refusal.NAME_WRONG: N_("A name is 1 to 32 of a to z, 0 to 9 and the hyphen."),
    Refusal.LAST_ADMINISTRATOR: N_(
        "This is the last administrator who can sign in. Make another one first."
    ),
    Refusal.PASSWORD_WRONG: N_("This is not your password."),
    Refusal.PASSWORD_SHORT: N_("Use at least 12 characters. A few words make a good password."),
    Refusal.PASSWORD_LONG: N_("Use at most 256 characters."),
    Refusal.PASSWORD_NAME: N_("Do not use your account's name as a password."),
    Refusal.PASSWORD_COMMON: N_("Too many people use this password. Choose another one."),
    Refusal.PASSWORD_SIMPLE: N_("This password is too easy to guess. Choose another one."),
}


class AccountRefused(ConsoleError):  # noqa: N818  # reads as what happened
    """Something about an account was not done; nothing was changed.

    Attributes:
        why: the reason.
        wait_s: whole seconds after which it may be tried again; 0 where waiting does not help.
    """

    def __init__(self, why: Refusal, *, wait_s: float = 0.0) -> None:
        self.why = why
        self.wait_s = math.ceil(wait_s)
        text = TEXTS[why]
        super().__init__(text % {"seconds": self.wait_s} if self.wait_s else text)
