"""What is wrong with a row of a list, and what became of it, in words for whoever sent it?

The rows' own words (`doorctl.people_file`) are for a command line, and for a report that a program
may read; those that are known are said in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from console.core.enrolment_ending import Flaw, refused
from console.words import _, gettext
from console.words.enrolment import FLAWS, unreadable, why_refused
from console.words.marked import N_
from doorctl.importing import Outcome

OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.IMPORTED: (N_("Imported"), "good"),
    Outcome.UNCHANGED: (N_("There already"), "plain"),
    Outcome.REFUSED: (N_("Refused"), "bad"),
    Outcome.NOT_SENT: (N_("Not sent"), "plain"),
}

_KNOWN: Final[Mapping[str, str]] = {
    "name: 1 to 100 characters, no control characters": N_("Name: 1 to 100 characters."),
    "card: must be exactly 12 digits": N_("Card: exactly 12 digits."),
    "consent: at most 200 characters, no control characters": N_(
        "Consent: at most 200 characters."
    ),
    "groups: 1 to 32 of a-z, 0-9 and - each": N_("Groups: only a to z, 0 to 9 and - in names."),
    "photo: named, but no folder of photos is given": N_("Photo: named, and no photos were sent."),
    "photo: none is named by this card, and the column `photo` is empty": N_(
        "Photo: none is named by this card."
    ),
    "card: belongs to a resident of another name": N_("Card: somebody of another name has it."),
    "enrolled before": N_("Enrolled before."),
}
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(\d+) columns instead of (\d+)"), N_("%(a)s columns instead of %(b)s.")),
    (re.compile(r"card: stands in rows (.*)()"), N_("Card: it stands in rows %(a)s.")),
    (
        re.compile(r"photo: (.*) is no picture, and no folder with pictures()"),
        N_("Photo: %(a)s was not sent, or is no picture."),
    ),
    (re.compile(r"photo: (\d+) photos; at most (\d+)"), N_("Photo: %(a)s, at most %(b)s.")),
)
_PHOTO: Final = re.compile(r"photo: (?P<name>[^:]*): (?P<why>.*)")
_OF_FILE: Final = re.compile(r"(?P<name>[^:;]*\.[a-z]{3,4}): (?P<why>[^;]*)")


_UNKNOWN: Final = re.compile(r"an unknown column '([^']*)'")
_ROWS: Final = re.compile(r"[0-9]+ rows; at most (?P<most>[0-9]+)")
_SHOWN: Final = 3
"""Columns that are named."""


def of_list(text: str) -> str:
    """What is wrong with a list as a whole."""
    rows = _ROWS.match(text)
    if rows is not None:
        return _("At most %(most)s rows at once. Import the list in parts.", most=rows["most"])
    if text.startswith("empty;"):
        return _("There is nothing in this list.")
    if text.startswith("not a CSV file"):
        return _("This is no list. Save it as CSV in UTF-8.")
    said = _(
        "The first line must name the columns: name, card, and if you like groups, photo, consent."
    )
    unknown = _UNKNOWN.findall(text)
    if not unknown:
        return said
    strange = _("Not known: %(columns)s", columns=", ".join(unknown[:_SHOWN]))
    return f"{said} {strange}"


def problem(text: str) -> str:
    """One thing that is wrong with a row."""
    if text in _KNOWN:
        return _(_KNOWN[text])
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return _(words, a=found[1], b=found[2])
    photo = _PHOTO.fullmatch(text)
    if photo is not None:
        return f"{photo['name']}: {unreadable(photo['why'])}"
    return text


def why(text: str) -> str:
    """What is said of a row that was sent."""
    if not text:
        return ""
    if text in _KNOWN:
        return _(_KNOWN[text])
    told = [part.strip() for part in text.split("; ")]
    if any(_OF_FILE.fullmatch(part) for part in told):
        # Each photo says by itself what is wrong: their number adds nothing.
        told = [part for part in told if not refused(part).frames]
    return " ".join(_part(part) for part in told if part)


def _part(text: str) -> str:
    photo = _OF_FILE.fullmatch(text)
    if photo is not None:
        flaw = next((one for one in Flaw if one == photo["why"]), None)
        return f"{photo['name']}: {_(FLAWS[flaw][1]) if flaw else photo['why']}"
    ending = refused(text)
    if ending.frames or ending.ending != "other":
        happened, more, _to_do = why_refused(ending, text)
        return f"{happened} {more}".strip()
    if text.startswith("looks like resident"):
        return _("Looks like somebody else who is here: see their page.")
    return gettext(text)
