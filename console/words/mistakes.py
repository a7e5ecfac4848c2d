"""What is wrong with a field, in words for whoever typed it?

pydantic's own words are for programmers ("String should match pattern"), and a pattern says nothing
to whoever mistyped a card. So fields that people fill in have words of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from console.words.marked import N_

_CARD: Final = N_("A card is exactly 12 digits.")
_PLAIN_NAME: Final = N_("Only a to z, 0 to 9 and -, at most 32 of them.")
_PIN: Final = N_("A PIN is 4 to 11 digits.")
_MOMENT: Final = N_("A day such as 2026-11-02, or a minute of it such as 2026-11-02T12:00.")
_TIME: Final = N_("A time of day such as 08:30.")

_MISSING: Final = N_("This must be filled in.")

_FORMS: Final[Mapping[str, str]] = {
    "account": _PLAIN_NAME,
    "add": _CARD,
    "after": _PLAIN_NAME,
    "at": _MOMENT,
    "card": _CARD,
    "date": N_("A day such as 2026-12-25."),
    "door": _PLAIN_NAME,
    "doors": _PLAIN_NAME,
    "duress": _PIN,
    "end": _TIME,
    "from": _MOMENT,
    "group": _PLAIN_NAME,
    "inside": _PLAIN_NAME,
    "new_card": _CARD,
    "outside": _PLAIN_NAME,
    "pass": N_("This is no number of a pass."),
    "pin": _PIN,
    "remove": _CARD,
    "schedule": _PLAIN_NAME,
    "start": _TIME,
    "until": _MOMENT,
    "valid_from": _MOMENT,
    "valid_until": _MOMENT,
}
"""What a field takes, where its form is wrong."""

_TEXTS: Final = frozenset(
    {"string_pattern_mismatch", "string_too_long", "string_too_short", "string_type"}
)

_WORDS: Final[Mapping[str, str]] = {
    "missing": _MISSING,
    "string_too_short": _MISSING,
    "string_too_long": N_("At most %(max_length)s characters."),
    "string_pattern_mismatch": N_("Line breaks and control characters cannot stand here."),
    "too_short": N_("Choose at least %(min_length)s."),
    "too_long": N_("At most %(max_length)s can be given."),
    "greater_than": N_("This must be more than %(gt)s."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than": N_("This must be less than %(lt)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "int_parsing": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "int_parsing_size": N_("This number is too large."),
    "float_parsing": N_("This must be a number."),
    "finite_number": N_("This must be a number."),
    "bool_parsing": N_("This must be yes or no."),
    "enum": N_("Choose one of those that are offered."),
    "literal_error": N_("Choose one of those that are offered."),
}
"""By pydantic's name of a mistake; placeholders are those of its context."""

_VALUES: Final[Mapping[str, str]] = {
    "a year of 2000 to 2199": N_("The year must be 2000 to 2199."),
    "Invalid isoformat string": N_("There is no such day."),
    "day is out of range for month": N_("There is no such day."),
    "month must be in 1..12": N_("There is no such day."),
    "hour must be in 0..23": N_("There is no such time of day."),
    "minute must be in 0..59": N_("There is no such time of day."),
    "`end` must be later than `start`": N_(
        "The end must be later than the start; say that it is on the next day where it runs over "
        "midnight."
    ),
}
"""Mistakes that validators of the contract tell in their own words, by how these begin."""

_WHOLE: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "`valid_until` must be later",
        "valid_until",
        N_("The end must be later than the beginning."),
    ),
    ("`until` must be later", "until", N_("The end must be later than the beginning.")),
    ("`duress` must be another", "duress", N_("This must be another one than the PIN.")),
    (
        "`duress` must have as many",
        "duress",
        N_("This must have as many digits as the PIN, or it gives itself away."),
    ),
    ("give `name`, `new_card`", "", N_("Give a new name, a new card, or both.")),
    ("give exactly one of `card`", "who", N_("Say who: one person, one group, or everybody.")),
    ("give exactly one of `door`", "where", N_("Say where: one door, a group, or every door.")),
    ("give `door`, or `doors`", "where", N_("Say where: one door, a group, or every door.")),
    ("give `card` or `resident`", "card", N_("Give a card or an opaque number, not both.")),
    ("a card stands in `add`", "add", N_("One card cannot join and leave at once.")),
    ("`group`: `all` stands", "group", N_("“all” means every door already; take another name.")),
    ("`door` must be there", "door", N_("Choose a door.")),
    ("`count` must say", "count", N_("1 to 200 photos can be sent.")),
    ("`visit` needs a `door`", "door", N_("Choose a door: each counts its own visits.")),
)
"""What is wrong with several fields at once: how it begins, the field beside which it is said."""


def found(problem: ErrorDetails) -> tuple[str, Mapping[str, Any]]:
    """A text, with the values for its placeholders."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing" or (kind == "string_too_short" and context.get("min_length") == 1):
        return _MISSING, {}
    field = next((str(step) for step in reversed(problem["loc"]) if isinstance(step, str)), "")
    if kind in _TEXTS and field in _FORMS:
        return _FORMS[field], {}
    if kind in {"value_error", "assertion_error"}:
        return of_value(problem["msg"]), {}
    words = _WORDS.get(kind)
    return (_plain(problem["msg"]), {}) if words is None else (words, context)


def of_value(message: str) -> str:
    """What a validator of the contract says, in words where there are any."""
    said = message.removeprefix("Value error, ")
    return next((text for begins, text in _VALUES.items() if said.startswith(begins)), _plain(said))


def of_whole(message: str) -> tuple[str, str]:
    """What is wrong with several fields at once.

    Returns:
        The field that it is said beside, empty for none, and the text.
    """
    said = message.removeprefix("Value error, ")
    for begins, field, text in _WHOLE:
        if said.startswith(begins):
            return field, text
    if said.startswith("door ") and "in `inside` and in `outside`" in said:
        return "outside", N_("A door leads in or out, not both.")
    return "", _plain(said)


def _plain(text: str) -> str:
    """A text that is no template."""
    return text.replace("%", "%%")
