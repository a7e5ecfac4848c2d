"""What is said to whoever follows an enrolment: what to do, and why something came to nothing?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from console.core.enrolment_ending import Ending, Flaw, Refused
from console.core.photo_draft import Fate, Photo
from console.words import _, ngettext
from console.words.marked import N_
from doorbus.messages import DoorPrompt, EnrolmentHint

HINTS: Final[Mapping[EnrolmentHint, str]] = {
    EnrolmentHint.NO_FACE: N_(
        "No face is seen. Ask them to stand before the camera and look at it."
    ),
    EnrolmentHint.SEVERAL_FACES: N_("Somebody else is in the picture. One person alone, please."),
    EnrolmentHint.TOO_DARK: N_("It is too dark. Switch on a light, or turn them to the window."),
    EnrolmentHint.COME_CLOSER: N_("They are too far away. Ask them to come closer."),
    EnrolmentHint.BLURRED: N_("The pictures are blurred. Ask them to move more slowly."),
    EnrolmentHint.LOW_QUALITY: N_(
        "The face is turned too far away. Ask them to look at the camera."
    ),
    EnrolmentHint.BAD_PICTURE: N_("The pictures cannot be read. Look at the camera of this door."),
}
"""What to do about what is wrong with the newest frames."""

PROMPTS: Final[Mapping[DoorPrompt, str]] = {
    DoorPrompt.IDLE: N_("Nobody stands before the camera. Ask them to come to the door."),
    DoorPrompt.LOOK_HERE: N_("No face is seen. Ask them to look at the camera."),
    DoorPrompt.COME_CLOSER: N_("They are too far away. Ask them to come closer."),
    DoorPrompt.ONE_AT_A_TIME: N_("More than one face is seen. One person alone, please."),
    DoorPrompt.TOO_DARK: N_("It is too dark at the door. Switch on a light."),
    DoorPrompt.TOO_BRIGHT: N_("The face is too bright. Ask them to step out of the sun."),
    DoorPrompt.HOLD_STILL: N_("Ask them to hold still for a moment."),
    DoorPrompt.STAYS_SHUT: N_("This door is locked down. Release it, then it goes on."),
    DoorPrompt.LEAVE: N_("This door is being evacuated. Release it, then it goes on."),
}
"""What to do when the door waits."""

ENDINGS: Final[Mapping[Ending, tuple[str, str]]] = {
    Ending.FEW_USABLE: (
        N_("Too few of the pictures could be used."),
        N_("Try again with more light, one person alone, and the face close to the camera."),
    ),
    Ending.UNUSABLE: (
        N_("Too many pictures could not be read."),
        N_("Look at the camera of this door, or take another door."),
    ),
    Ending.EXPIRED: (
        N_("No picture came for too long."),
        N_("Begin again when they stand before the camera."),
    ),
    Ending.SEVERAL_PEOPLE: (
        N_("The pictures show more than one person."),
        N_("Try again with one person alone; leave out photos that show somebody else."),
    ),
    Ending.FROZEN: (
        N_("The pictures are all the same one."),
        N_("The camera may be frozen: restart the door, or take another door."),
    ),
    Ending.FAILED: (
        N_("The brain could not work with the pictures."),
        N_("Its log says why. Try again."),
    ),
    Ending.OTHER: (N_("The enrolment was refused."), N_("Try again.")),
}
"""What happened, and what to do."""

FLAWS: Final[Mapping[Flaw, tuple[str, str]]] = {
    Flaw.TOO_DARK: (N_("too dark"), N_("It is too dark. Take one with more light.")),
    Flaw.TOO_FAR: (N_("too small"), N_("The face is too small. Take one from closer by.")),
    Flaw.BLURRED: (N_("blurred"), N_("It is blurred. Hold still, and take one more.")),
    Flaw.UNREADABLE: (N_("unreadable"), N_("It cannot be read. Save it anew as JPEG.")),
    Flaw.NO_FACE: (N_("without a face"), N_("There is nobody on it.")),
    Flaw.SEVERAL_FACES: (
        N_("with several faces"),
        N_("There is more than one person on it. Take one of them alone."),
    ),
    Flaw.LOW_QUALITY: (
        N_("hard to see"),
        N_("The face is turned away or hard to see. Take one that looks at the camera."),
    ),
}
"""In a list, and beside a photo."""

_UNREADABLE: Final[tuple[tuple[str, str], ...]] = (
    ("an empty file", N_("This file is empty.")),
    ("larger than", N_("This file is too large. Save it smaller.")),
    ("not a picture", N_("This is not a picture that can be read. Save it as JPEG or PNG.")),
    ("too large", N_("This picture is too large. Save it smaller.")),
    ("stays too large", N_("This picture is too large. Save it smaller.")),
    ("cannot be", N_("This file is damaged or cannot be read. Save it anew as JPEG.")),
)
_PIXELS: Final = re.compile(r"\d+ pixels")
_SAME: Final = re.compile(r"same as (\d+)")


def doing(hint: EnrolmentHint | None, prompt: DoorPrompt | None) -> str:
    """What the person should do now; empty where all is well. What the door says comes first."""
    if prompt is not None and prompt in PROMPTS:
        return _(PROMPTS[prompt])
    return _(HINTS[hint]) if hint is not None else ""


def why_refused(found: Refused, reason: str) -> tuple[str, str, str]:
    """What happened, more about it, and what to do."""
    happened, to_do = ENDINGS[found.ending]
    more = reason if found.ending is Ending.OTHER else ""
    if found.ending is Ending.FEW_USABLE:
        counted = [f"{_(FLAWS[flaw][0])}: {count}" for flaw, count in found.flaws]
        more = " ".join(
            [
                _(
                    "%(usable)s of %(frames)s could be used.",
                    usable=found.usable,
                    frames=found.frames,
                ),
                f"({', '.join(counted)})" if counted else "",
            ]
        ).strip()
    return _(happened), more, _(to_do)


def of_photo(photo: Photo) -> str:
    """What became of a photo, in a sentence."""
    match photo.fate:
        case Fate.WAITS:
            return _("It waits to be looked at.")
        case Fate.SHOWN:
            return _("It is being looked at …")
        case Fate.GOOD:
            return _("One face, clear enough.")
        case Fate.USELESS:
            known = next((flaw for flaw in Flaw if flaw == photo.why), None)
            return photo.why if known is None else _(FLAWS[known][1])
        case Fate.UNREADABLE:
            return unreadable(photo.why)


def unreadable(why: str) -> str:
    """Why a file is no photo."""
    same = _SAME.match(why)
    if same is not None:
        return _("This is the same picture as number %(number)s.", number=same[1])
    if _PIXELS.match(why):
        return _("This picture is too large. Save it smaller.")
    for beginning, text in _UNREADABLE:
        if why.startswith(beginning):
            return _(text)
    return why


def photos_left_out(count: int) -> str:
    """How many photos are of no use."""
    return ngettext("%(num)s photo cannot be used.", "%(num)s photos cannot be used.", count)
