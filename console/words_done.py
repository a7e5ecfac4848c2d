"""What is said after something was done? By the code that the address of the next page carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words_marked import N_

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "enrolment_cancelled": N_("The enrolment is cancelled. Nothing of it is kept."),
    "enrolment_taken_back": N_("The enrolment is cancelled, and the person removed again."),
    "pass_issued": N_("The pass is made. Show it, print it or send it."),
    "pass_revoked": N_("The pass is taken back."),
    "import_begun": N_("The import has begun. It goes on when you leave this page."),
    "signed_out": N_("You are signed out."),
    "welcome": N_("Your password is saved, and you are signed in."),
    "password_changed": N_("Your password is changed. You are signed out everywhere else."),
    "session_ended": N_("It is signed out there."),
    "account_changed": N_("The account is changed, and signed out everywhere."),
    "account_removed": N_("The account is removed."),
}
