"""How is something said to a reader: in their language, and at the site's own time?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, get_args

from markupsafe import Markup
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from console.words import afterwards, codes, mistakes, times
from console.words.readers import (
    COOKIE,
    LANGUAGES,
    Reader,
    current,
    now_reading,
    reader,
    reading,
)
from console.words.said import _, catalogue, gettext, ngettext, ngettext_of

__all__ = [
    "COOKIE",
    "LANGUAGES",
    "TEMPLATE_FUNCTIONS",
    "Reader",
    "_",
    "catalogue",
    "clock",
    "current",
    "day",
    "done",
    "explained",
    "gettext",
    "mistake",
    "moment",
    "ngettext",
    "ngettext_of",
    "now_reading",
    "number",
    "op_of",
    "percent",
    "reader",
    "reading",
    "size",
    "span",
    "when",
    "word",
    "zone_name",
]


def word(code: StrEnum | str, value: str | None = None) -> str:
    """What a code of the contract is called.

    Args:
        code: a member of one of its enums; or the enum's name, with the code in `value`.
        value: a code as text, such as one out of the data of an answer; one that is not known is
            said as it stands.
    """
    if value is None:
        assert isinstance(code, StrEnum)  # noqa: S101  # a text needs the name of its enum
        return word(type(code).__name__, code.value)
    known = codes.WORDS.get(str(code), {}).get(value)
    return value.replace("_", " ") if known is None else gettext(known)


def explained(code: StrEnum | str, value: str | None = None) -> str:
    """What a code means, in a sentence; empty where its word says it all."""
    kind, text = (type(code).__name__, str(code)) if value is None else (str(code), value)
    known = codes.EXPLAINED.get(kind, {}).get(text)
    return "" if known is None else gettext(known)


def when(at: float | None, *, full: bool = False) -> Markup:
    """A moment as a `<time>`, at the site's own time: how long ago, and the whole of it on top.

    Args:
        at: seconds since 1970; None is said as "never".
        full: say the whole of it, not how long ago.
    """
    if at is None:
        return Markup("{}").format(_("never"))
    who = current()
    return times.element(at, who.language, who.zone, full=full)


def moment(at: float) -> str:
    """A moment in words, at the site's own time; for sentences."""
    who = current()
    return times.whole(at, who.language, who.zone)


def day(date: str) -> Markup:
    """A day such as `2026-12-25` as a `<time>`; what is no day is said as it stands."""
    return times.day(date, current().language)


def clock(at: float) -> str:
    """The time of day, such as 08:05:31."""
    who = current()
    return times.clock(at, who.language, who.zone)


def number(value: float, digits: int = 0) -> str:
    """A number as the reader writes it."""
    return times.number(value, current().language, digits)


def percent(share: float) -> str:
    """A share of 1 in percent."""
    return times.percent(share, current().language)


def size(octets: float) -> str:
    """So many bytes, in the unit that fits."""
    return times.size(octets, current().language)


def span(seconds: float) -> str:
    """How long, roughly: `3 hours`."""
    return times.span(seconds, current().language)


def zone_name() -> str:
    """The site's zone, or UTC while it is not known."""
    return times.zone_name(current().zone)


def done(code: str) -> str:
    """What is said after something was done; empty for a code that is none."""
    return gettext(afterwards.DONE[code]) if code in afterwards.DONE else ""


def op_of(kind: type[BaseModel]) -> str:
    """The name of a request, such as `add`."""
    return str(get_args(kind.model_fields["op"].annotation)[0])


def mistake(problem: ErrorDetails) -> str:
    """What is wrong with one field, for the person who typed it."""
    text, values = mistakes.found(problem)
    return gettext(text) % values


TEMPLATE_FUNCTIONS: Final[Mapping[str, Any]] = {
    "word": word,
    "explained": explained,
    "when": when,
    "moment": moment,
    "day": day,
    "clock": clock,
    "number": number,
    "percent": percent,
    "size": size,
    "span": span,
    "zone_name": zone_name,
}
"""What templates say things with, beside `_` and `ngettext`."""
