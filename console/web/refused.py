"""How does a form say why something about an account was not done?"""

from __future__ import annotations

from typing import Final

from console.accounts.refusals import TEXTS, AccountRefused, Refusal
from console.errors import NotDone
from console.words import _

_STATUS: Final = {
    Refusal.TOO_MANY_TRIES: 429,
    Refusal.BUSY: 503,
    Refusal.NO_ACCOUNT: 404,
    Refusal.NO_INVITATION: 404,
}


def not_done(why: AccountRefused, field: str = "") -> NotDone:
    """The refusal in the reader's language.

    Args:
        why: what the accounts said.
        field: of the form that it is about; empty where it is about no single one.
    """
    text = _(TEXTS[why.why], seconds=why.wait_s)
    status = _STATUS.get(why.why, 422)
    if field and status == 422:
        return NotDone(_("Please look at what is marked below."), fields={field: text})
    return NotDone(text, status=status)
