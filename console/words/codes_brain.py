"""What are the codes called by which the brain answers, and which say what an account may?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words.marked import N_

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "PhotoRefusal": {
        "bad_token": N_("this enrolment takes no photos any more"),
        "bad_picture": N_("this photo cannot be used"),
    },
    "Outcome": {"stored": N_("kept"), "refused": N_("of no use")},
    "EnrolmentState": {
        "capturing": N_("Pictures are being taken"),
        "training": N_("Pictures are being learnt"),
        "trained": N_("Enrolled"),
        "refused": N_("Refused"),
        "cancelled": N_("Cancelled"),
        "replaced": N_("Replaced by a later one"),
        "undone": N_("Taken back"),
    },
    "EnrolmentHint": {
        "no_face": N_("No face is seen"),
        "several_faces": N_("More than one face is seen"),
        "too_dark": N_("The face is too dark"),
        "come_closer": N_("Come closer"),
        "blurred": N_("The face is blurred: hold still"),
        "low_quality": N_("The face is hard to see: look at the camera"),
        "bad_picture": N_("The pictures cannot be read"),
    },
    "Role": {
        "viewer": N_("Viewer"),
        "porter": N_("Porter"),
        "administrator": N_("Administrator"),
    },
    "Noteworthy": {
        "signed_in": N_("Signed in"),
        "signed_out": N_("Signed out"),
        "sign_in_refused": N_("Sign-in refused"),
        "account_made": N_("Account made"),
        "account_changed": N_("Account changed"),
        "account_removed": N_("Account removed"),
        "password_changed": N_("Password changed"),
        "invitation_made": N_("Invitation made"),
    },
    "ErrorCode": {
        "bad_request": N_("something in it was wrong"),
        "retained": N_("it was sent to be kept by the broker"),
        "unknown_card": N_("nobody has this card"),
        "unknown_door": N_("no door has this name"),
        "card_taken": N_("somebody else has this card"),
        "already_enrolled": N_("enrolled already"),
        "not_enrolled": N_("not enrolled yet"),
        "nothing_to_undo": N_("there was nothing to take back"),
        "enrolment_open": N_("an enrolment is under way"),
        "no_enrolment": N_("no enrolment is under way"),
        "door_busy": N_("the door is busy with another enrolment"),
        "door_silent": N_("the door did not answer"),
        "door_refused": N_("the door refused it"),
        "outcome_unknown": N_("nobody knows whether it was done"),
        "transaction_reused": N_("its mark was another request's"),
        "brain_error": N_("the brain could not do it"),
        "unknown_group": N_("no group has this name"),
        "unknown_schedule": N_("no hours have this name"),
        "unknown_rule": N_("no rule has this number"),
        "unknown_holiday": N_("that day is no holiday"),
        "unknown_passback": N_("no area has this name"),
        "unknown_pass": N_("no pass has this number"),
        "in_use": N_("something still names it"),
        "pin_taken": N_("somebody else has this PIN"),
        "name_taken": N_("this name is taken"),
        "rate_limited": N_("too many in a short time"),
        "not_allowed": N_("the account may not do this"),
    },
}

EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "Role": {
        "viewer": N_("Sees doors, the log and figures, without names."),
        "porter": N_("Opens doors, has pictures taken, looks people up."),
        "administrator": N_("May do everything."),
    },
}
