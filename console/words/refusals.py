"""Why did the brain refuse something, in words for whoever asked at a page?

Its own texts are for administrators at a command line: they name ops and fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.words.marked import N_
from doorbus.messages import ErrorCode

_NO_DOOR: Final = N_("No door has this name any more.")
_NO_GROUP: Final = N_("There is no such group any more.")

_WORDS: Final[Mapping[ErrorCode, str]] = {
    ErrorCode.UNKNOWN_CARD: N_("Nobody here has this card."),
    ErrorCode.UNKNOWN_DOOR: _NO_DOOR,
    ErrorCode.CARD_TAKEN: N_("Somebody else has this card already."),
    ErrorCode.ALREADY_ENROLLED: N_("This person is enrolled already: take new pictures instead."),
    ErrorCode.NOT_ENROLLED: N_("This person is not enrolled yet."),
    ErrorCode.NOTHING_TO_UNDO: N_("There is nothing to take back."),
    ErrorCode.ENROLMENT_OPEN: N_("An enrolment of this person is under way already."),
    ErrorCode.NO_ENROLMENT: N_("No enrolment of this person is under way any more."),
    ErrorCode.DOOR_BUSY: N_("This door is busy with another enrolment; try again later."),
    ErrorCode.DOOR_SILENT: N_("The door did not answer, and nothing was done."),
    ErrorCode.OUTCOME_UNKNOWN: N_(
        "Nobody knows whether the door did it: look at the door before you try again."
    ),
    ErrorCode.TRANSACTION_REUSED: N_(
        "This form was sent before with other words in it. Look whether that was done, then send "
        "it again."
    ),
    ErrorCode.BRAIN_ERROR: N_(
        "The brain could not do it and changed nothing; its log says why. Try again later."
    ),
    ErrorCode.UNKNOWN_GROUP: _NO_GROUP,
    ErrorCode.UNKNOWN_SCHEDULE: N_("There are no such hours any more."),
    ErrorCode.UNKNOWN_RULE: N_("There is no such rule any more."),
    ErrorCode.UNKNOWN_HOLIDAY: N_("That day is no holiday."),
    ErrorCode.UNKNOWN_PASSBACK: N_("There is no such area any more."),
    ErrorCode.UNKNOWN_PASS: N_("There is no such pass any more."),
    ErrorCode.PIN_TAKEN: N_("Somebody else has this PIN: take another."),
    ErrorCode.NOT_ALLOWED: N_("Your account may not do this."),
}

_FIELDS: Final[Mapping[ErrorCode, tuple[str, ...]]] = {
    ErrorCode.CARD_TAKEN: ("new_card", "card"),
    ErrorCode.UNKNOWN_CARD: ("add", "remove", "card"),
    ErrorCode.UNKNOWN_DOOR: ("door", "doors"),
    ErrorCode.DOOR_BUSY: ("door",),
    ErrorCode.DOOR_SILENT: ("door",),
    ErrorCode.UNKNOWN_GROUP: ("group", "doors"),
    ErrorCode.UNKNOWN_SCHEDULE: ("schedule",),
    ErrorCode.UNKNOWN_HOLIDAY: ("date",),
    ErrorCode.NAME_TAKEN: ("date", "name"),
    ErrorCode.UNKNOWN_PASSBACK: ("name",),
    ErrorCode.PIN_TAKEN: ("pin",),
}
"""Beside which field it is said, where the brain's text names none: the first that was given."""

_BAD: Final[tuple[tuple[str, str], ...]] = (
    (
        "holds the resident's name or card",
        N_("No name and no card here: this note is kept for ever. Say where the consent is kept."),
    ),
    ("must be later than `from`", N_("The end must be later than the beginning, and than now.")),
    (
        "days after `from`",
        N_("A pass lasts at most 366 days. Give a card to somebody who comes for longer."),
    ),
    ("passes are out", N_("Too many passes are out: take some back, or let some of them end.")),
    (
        "and a pass names 1 to",
        N_("This group has too many doors for one pass: make several, or one for every door."),
    ),
    ("there is no such day or time", N_("There is no such day or time.")),
)
"""What the brain says of requests that have the right form and make no sense."""

_TAKEN_DATE: Final = N_("That day is a holiday already.")
_NAMED: Final = re.compile(r"`?(?:[a-z]+\.)?(?P<field>[a-z_]{1,32})`?: (?P<text>.*)", re.DOTALL)
_RULES: Final = re.compile(r"\((?P<rules>[0-9][^)]*)\)")
_SECONDS: Final = re.compile(r"try again in (?P<seconds>[0-9]+) s")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal, taken apart.

    Attributes:
        text: what to say, with placeholders.
        values: for these.
        field: beside which field; empty for the form as a whole.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    field: str = ""


def refusal(code: ErrorCode, text: str, given: Collection[str]) -> Refusal:
    """What to say of a refusal, and beside which field.

    Args:
        code: the brain's.
        text: the brain's own.
        given: the fields of the request.
    """
    named = _NAMED.fullmatch(text)
    about = named["field"] if named is not None and named["field"] in given else ""
    candidates = _FIELDS.get(code, ())
    where = about or next((name for name in candidates if name in given), "")
    if code is ErrorCode.IN_USE:
        return _in_use(text)
    if code is ErrorCode.RATE_LIMITED:
        return _too_often(text)
    if code is ErrorCode.NAME_TAKEN and where == "date":
        return Refusal(_TAKEN_DATE, field=where)
    if code in _WORDS:
        return Refusal(_WORDS[code], field=where)
    said = named["text"] if named is not None and about else text
    known = next((words for part, words in _BAD if part in said), None)
    return Refusal(known or said.replace("%", "%%"), field=where)


def _in_use(text: str) -> Refusal:
    rules = _RULES.search(text)
    if rules is None:
        return Refusal(N_("Something still names it: take that away first."))
    numbers = {"rules": rules["rules"].removesuffix(", and more")}
    return Refusal(N_("Rules still name it (%(rules)s): delete these first."), numbers)


def _too_often(text: str) -> Refusal:
    seconds = _SECONDS.search(text)
    if seconds is None:
        return Refusal(N_("Too many of these in a short time: wait a little."))
    return Refusal(
        N_("Too many of these in a short time: wait %(seconds)s seconds."),
        {"seconds": seconds["seconds"]},
    )
