"""How is a text said in the reader's language? By the catalogues in `console/locales`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from console.words import times
from console.words.readers import current

LOCALES = Path(__file__).resolve().parent.parent / "locales"


@cache
def catalogue(language: str) -> Catalog:
    """What is said in that language, by what is said in English; empty for English."""
    path = LOCALES / language / "console.po"
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
    return ngettext_of(one, many, num) % {"num": times.number(num, current().language), **values}
