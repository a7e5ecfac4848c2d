"""How is something said to a reader: in their language, and at the site's own time?

Who reads is kept beside the request (a context variable, set by `console.web.routes`), so that
pages and templates say `_("...")` and need not pass a reader about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import Markup
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.requests import Request

from console import words_codes, words_done, words_mistakes, words_times

LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""Each in its own name, so that whoever reads no other finds it."""

COOKIE: Final = "lang"
"""What somebody chose on this device; it comes before what their account says."""

_LOCALES = Path(__file__).resolve().parent / "locales"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page.

    Attributes:
        language: one of `LANGUAGES`.
        zone: the site's own, such as `Europe/Berlin`; empty while the brain has not told it.
    """

    language: str = "en"
    zone: str = ""


_reading: ContextVar[Reader] = ContextVar("reader", default=Reader())  # noqa: B039  # frozen


def reader(request: Request, otherwise: str, account: str = "", zone: str = "") -> Reader:
    """Who reads.

    Args:
        request: their choice in it (`?lang=`, then the cookie) comes first, and what the browser
            asks for comes after `account`.
        otherwise: the language for whoever asks for none that there is.
        account: the language of the account that is signed in; empty for none.
        zone: of the site.
    """
    for wish in (request.query_params.get(COOKIE), request.cookies.get(COOKIE), account):
        if wish in LANGUAGES:
            return Reader(wish, zone)
    asked = negotiate_locale(_accepted(request), list(LANGUAGES), sep="-")
    return Reader(asked or otherwise, zone)


def _accepted(request: Request) -> list[str]:
    """What the browser asks for, dearest first; only the language, since `zh-CN` is `zh` here."""
    wishes: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(wishes, key=lambda wish: wish[0]) if weight]


@contextmanager
def reading(who: Reader) -> Iterator[Reader]:
    """Have everything be said to this reader while the block runs."""
    before = _reading.set(who)
    try:
        yield who
    finally:
        _reading.reset(before)


def now_reading(who: Reader) -> None:
    """Have everything be said to this reader for the rest of the request."""
    _reading.set(who)


def current() -> Reader:
    """Who reads now."""
    return _reading.get()


@cache
def catalogue(language: str) -> Catalog:
    """What is said in that language, by what is said in English; empty for English."""
    path = _LOCALES / language / "console.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def gettext(text: str) -> str:
    """A text in the reader's language, placeholders still in it; the English where none is."""
    message = catalogue(current().language).get(text)
    said = message.string if message is not None else ""
    return said if isinstance(said, str) and said else text


def ngettext_of(one: str, many: str, number: int) -> str:
    """A text for so many, in the reader's language, placeholders still in it."""
    message = catalogue(current().language).get(one)
    if message is None or not isinstance(message.string, (list, tuple)):
        return one if number == 1 else many
    forms = message.string
    said = forms[0] if len(forms) == 1 or number == 1 else forms[1]
    return str(said) or (one if number == 1 else many)


def _(text: str, **values: object) -> str:
    """A text in the reader's language, with values for its `%(name)s`; `%%` is a percent sign."""
    return gettext(text) % values


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """A text for so many; the number itself is `%(num)s`."""
    return ngettext_of(one, many, num) % {"num": number(num), **values}


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
    known = words_codes.WORDS.get(str(code), {}).get(value)
    return value.replace("_", " ") if known is None else gettext(known)


def explained(code: StrEnum | str, value: str | None = None) -> str:
    """What a code means, in a sentence; empty where its word says it all."""
    kind, text = (type(code).__name__, str(code)) if value is None else (str(code), value)
    known = words_codes.EXPLAINED.get(kind, {}).get(text)
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
    return words_times.element(at, who.language, who.zone, full=full)


def moment(at: float) -> str:
    """A moment in words, at the site's own time; for sentences."""
    who = current()
    return words_times.whole(at, who.language, who.zone)


def day(date: str) -> Markup:
    """A day such as `2026-12-25` as a `<time>`; what is no day is said as it stands."""
    return words_times.day(date, current().language)


def clock(at: float) -> str:
    """The time of day, such as 08:05:31."""
    who = current()
    return words_times.clock(at, who.language, who.zone)


def number(value: float, digits: int = 0) -> str:
    """A number as the reader writes it."""
    return words_times.number(value, current().language, digits)


def percent(share: float) -> str:
    """A share of 1 in percent."""
    return words_times.percent(share, current().language)


def size(octets: float) -> str:
    """So many bytes, in the unit that fits."""
    return words_times.size(octets, current().language)


def span(seconds: float) -> str:
    """How long, roughly: `3 hours`."""
    return words_times.span(seconds, current().language)


def zone_name() -> str:
    """The site's zone, or UTC while it is not known."""
    return words_times.zone_name(current().zone)


def done(code: str) -> str:
    """What is said after something was done; empty for a code that is none."""
    return gettext(words_done.DONE[code]) if code in words_done.DONE else ""


def op_of(kind: type[BaseModel]) -> str:
    """The name of a request, such as `add`."""
    return str(get_args(kind.model_fields["op"].annotation)[0])


def mistake(problem: ErrorDetails) -> str:
    """What is wrong with one field, for the person who typed it."""
    text, values = words_mistakes.found(problem)
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
