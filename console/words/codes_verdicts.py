"""What are the codes called that say why somebody was let in or not, and what was seen of them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.words.marked import N_

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Decision": {"grant": N_("Let in"), "deny": N_("Refused")},
    "Reason": {
        "match": N_("recognised"),
        "unknown": N_("not known here"),
        "ambiguous": N_("looks like several people"),
        "disabled": N_("may enter nowhere now"),
        "no_face": N_("no face to be seen"),
        "several_faces": N_("more than one face"),
        "not_one_person": N_("not one person throughout"),
        "low_quality": N_("hard to see"),
        "bad_pictures": N_("pictures that cannot be read"),
        "no_life": N_("no sign of life"),
        "spoof": N_("a picture or a screen"),
        "no_residents": N_("nobody is enrolled"),
        "not_ready": N_("the brain was not ready"),
        "brain_error": N_("the brain could not judge it"),
        "not_permitted": N_("not permitted here"),
        "forbidden": N_("kept out by a rule"),
        "out_of_hours": N_("not at this hour"),
        "not_valid_yet": N_("permitted later"),
        "no_longer_valid": N_("permitted no longer"),
        "nobody_in_yet": N_("somebody else must come first"),
        "passback": N_("went in already, or out already"),
        "second_factor": N_("card or PIN was missing"),
        "wrong_second_factor": N_("wrong card or PIN"),
        "too_many_codes": N_("too many wrong codes"),
        "no_codes": N_("codes alone open nothing here"),
    },
    "LifeSign": {
        "blink": N_("Blink"),
        "solid": N_("Depth of the head"),
        "texture": N_("Skin"),
        "screen": N_("Traces of a screen"),
        "challenge": N_("Task"),
    },
    "LifeFinding": {
        "live": N_("speaks for a living person"),
        "spoof": N_("speaks against a living person"),
        "abstained": N_("says nothing"),
    },
    "TaskName": {
        "blink_twice": N_("Blink twice"),
        "turn_left": N_("Turn the head to the left"),
        "turn_right": N_("Turn the head to the right"),
    },
    "AlarmKind": {
        "duress": N_("Somebody was forced to open"),
        "wrong_codes": N_("Many wrong codes"),
    },
}

EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "Reason": {
        "unknown": N_("Nobody who is enrolled looks like this person."),
        "ambiguous": N_("More than one resident looks so much alike that nobody is let in."),
        "disabled": N_("Somebody shut this person out; on their page they can be let in again."),
        "not_one_person": N_("The pictures of this visit do not all show one face."),
        "low_quality": N_("The face was too small, blurred, too dark or turned too far."),
        "no_life": N_("The door saw no evidence of a living person, or not of the kind it needs."),
        "spoof": N_("Something spoke against a living person, such as a print or a screen."),
        "no_residents": N_("Enrol somebody first."),
        "not_ready": N_("The residents are being learnt anew; it lasts some minutes."),
        "brain_error": N_("Something went wrong, or there was too much to do; its log says what."),
        "not_permitted": N_("No rule lets this person in at this door."),
        "forbidden": N_("A rule keeps this person out at this door."),
        "out_of_hours": N_("This person may enter here at other times."),
        "not_valid_yet": N_("The permission begins later."),
        "no_longer_valid": N_("The permission has ended."),
        "nobody_in_yet": N_("Somebody of another group has to come in first today."),
        "passback": N_("This person went in and did not come out, or the other way round."),
        "second_factor": N_("This door asks for a card or a PIN beside the face."),
        "wrong_second_factor": N_("The card or PIN is somebody else's, or nobody's."),
        "too_many_codes": N_("Too many wrong codes: this way in rests for a while."),
    },
}
