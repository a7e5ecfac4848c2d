"""What is said after something was done? By the code that the address of the next page carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words.marked import N_

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "unlocked": N_("The door itself said that it opened."),
    "unlocked_shadow": N_(
        "The door took the order. It is in shadow mode: it told, and its lock did not move."
    ),
    "enrolment_cancelled": N_("The enrolment is cancelled. Nothing of it is kept."),
    "enrolment_taken_back": N_("The enrolment is cancelled, and the person removed again."),
    "pass_issued": N_("The pass is made. Show it, print it or send it."),
    "pass_revoked": N_("The pass is taken back."),
    "import_forgotten": N_("The import is forgotten. What was sent stays."),
    "visit_taken_back": N_("What was learnt from this visit is taken back."),
    "nothing_learnt": N_("Nothing was learnt from this visit, so there is nothing to take back."),
    "signed_out": N_("You are signed out."),
    "welcome": N_("Your password is saved, and you are signed in."),
    "password_changed": N_("Your password is changed. You are signed out everywhere else."),
    "session_ended": N_("It is signed out there."),
    "account_changed": N_("The account is changed, and signed out everywhere."),
    "account_removed": N_("The account is removed."),
    "person_added": N_("Added. They can be enrolled now."),
    "person_renamed": N_("Changed."),
    "person_shut_out": N_("Shut out: no door opens for them."),
    "person_let_in": N_("Let in again, as the rules say."),
    "person_joined": N_("Put into the group."),
    "person_left": N_("Taken out of the group."),
    "person_forgotten_where": N_("Forgotten: they may go in or out next."),
    "person_undone": N_("Taken back."),
    "enrolment_stopped": N_("The enrolment was stopped."),
    "pin_set": N_("The PIN is set."),
    "pin_gone": N_("The PIN is gone."),
    "rule_added": N_("The rule holds from the next visit on."),
    "rule_deleted": N_("The rule is deleted."),
    "group_made": N_("The group is made."),
    "group_deleted": N_("The group is deleted."),
    "hours_deleted": N_("The hours are deleted."),
    "holiday_added": N_("The day is a holiday."),
    "holiday_deleted": N_("It is an ordinary day again."),
    "area_deleted": N_("The area is watched no more."),
}
