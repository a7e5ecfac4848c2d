"""Is every text of the console there in every language, and every code of the contract in words?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from starlette.requests import Request

import console
from console import words
from console.words import afterwards, codes
from doorbus import messages as m
from doorctl import audit_words

ROOT: Final = Path(console.__file__).parent
TRANSLATED: Final = sorted(set(words.LANGUAGES) - {"en"})
METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS: Final = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
KEYWORDS: Final = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDER: Final = re.compile(r"%\(\w+\)s|%%|%")
ENUMS: Final = sorted(
    (
        kind
        for kind in vars(m).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
    ),
    key=lambda kind: kind.__name__,
)


@cache
def texts() -> dict[str, tuple[str, ...]]:
    """Every text in the code: by its key, all its forms in English."""
    found: dict[str, tuple[str, ...]] = {}
    for _file, _line, text, _comments, _context in extract_from_dir(
        ROOT, METHODS, OPTIONS, keywords=KEYWORDS
    ):
        forms = (text,) if isinstance(text, str) else tuple(text)
        if len(forms) >= len(found.get(forms[0], ())):
            found[forms[0]] = forms
    return found


def entries(catalogue: Catalog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every text of a catalogue, and what it is in that language."""
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue  # fuzzy: of a text that has changed since
        key = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string
        yield key, (said,) if isinstance(said, str) else tuple(said or ())


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_no_translation_is_left_over(language: str) -> None:
    """A text that was added or changed has to be said anew in each language."""
    known = {key for key, said in entries(words.catalogue(language)) if all(said)}

    assert sorted(set(texts()) - known) == []
    assert sorted(known - set(texts())) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    """A placeholder that is missing loses a name; one too many breaks the page."""
    for key, said in entries(words.catalogue(language)):
        wanted = set(PLACEHOLDER.findall(texts()[key][-1]))

        for form in said:
            assert set(PLACEHOLDER.findall(form)) == wanted, key


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_that_counts_has_a_form_for_every_count(language: str) -> None:
    """Babel's own count of plural forms of the language."""
    catalogue = words.catalogue(language)
    for key, said in entries(catalogue):
        if len(texts()[key]) > 1:
            assert len(said) == catalogue.num_plurals, key


def test_no_text_breaks_where_it_is_filled_in() -> None:
    """All texts are %-formats, with values or without: a lone percent sign breaks the page."""
    for forms in texts().values():
        for form in forms:
            assert "%" not in PLACEHOLDER.findall(form), form


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_code_of_the_contract_has_words(kind: type[StrEnum]) -> None:
    """A new code is not shown as a code."""
    assert set(codes.WORDS.get(kind.__name__, {})) == {code.value for code in kind}


def test_nothing_is_in_words_that_is_no_code() -> None:
    """Words of a code that is gone are gone as well."""
    enums = {kind.__name__: {code.value for code in kind} for kind in ENUMS}

    for table in (codes.WORDS, codes.EXPLAINED):
        for name, said in table.items():
            assert set(said) <= enums[name]


def test_every_deed_of_the_audit_has_words() -> None:
    """What stands as `what` in the audit, the page says in words."""
    from console.words import log  # noqa: PLC0415  # its module is called as the page is

    assert {code for code in audit_words.WORDS if log.what(code) == code} == set()


def asks(query: str = "", cookie: str = "", accepts: str = "") -> Request:
    """A request of a browser that asks for a language in one of three ways."""
    headers = [(b"cookie", cookie.encode()), (b"accept-language", accepts.encode())]
    return Request(
        {"type": "http", "path": "/", "headers": headers, "query_string": query.encode()}
    )


def test_whoever_chose_a_language_gets_it_whatever_the_browser_asks_for() -> None:
    """On this page, then on this device, then for the account, then what the browser says."""
    everything = {"query": "lang=zh", "cookie": "lang=en", "accepts": "en"}

    assert words.reader(asks(**everything), "en", account="en").language == "zh"
    assert words.reader(asks(cookie="lang=zh", accepts="en"), "en", "en").language == "zh"
    assert words.reader(asks(accepts="en"), "en", account="zh").language == "zh"


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de-DE,en;q=0.3,zh;q=0.7", "zh"),
        ("en-GB,zh;q=0", "en"),
        ("de", "zh"),
        ("", "zh"),
        ("zh;q=nonsense,en", "en"),
        ("../../etc", "zh"),
    ],
)
def test_the_browser_is_asked_which_language_it_likes_best(accepts: str, language: str) -> None:
    """By its weights; whoever likes none that there is gets the site's own, here Chinese."""
    assert words.reader(asks(accepts=accepts), "zh").language == language


def test_a_language_that_there_is_not_is_nobodys_choice() -> None:
    """Not in the address, not in a cookie."""
    assert words.reader(asks("lang=xx", "lang=../zh"), "en").language == "en"


def test_moments_are_said_at_the_sites_time() -> None:
    """Midsummer in Berlin is two hours ahead; a site whose zone is not known says UTC."""
    at = 1_782_043_200.0  # 2026-06-21T12:00:00Z
    with words.reading(words.Reader("en", "Europe/Berlin")):
        assert words.moment(at) == "Sun 21 Jun 2026, 14:00:00"
        assert 'datetime="2026-06-21T14:00:00+02:00"' in words.when(at, full=True)
    with words.reading(words.Reader("zh", "Europe/Berlin")):
        assert words.moment(at) == "2026年6月21日 周日 14:00:00"
    with words.reading(words.Reader("en")):
        assert words.moment(at) == "Sun 21 Jun 2026, 12:00:00 UTC"
    with words.reading(words.Reader("en", "No/Such/Zone")):
        assert words.moment(at).endswith("UTC")


def test_a_code_that_is_not_known_is_said_as_it_stands() -> None:
    """A newer brain may tell what this console has no words for."""
    assert words.word("Reason", "quite_new") == "quite new"


def test_what_was_done_is_said_in_the_language_of_whoever_reads() -> None:
    """The code comes out of the address, so a made-up one says nothing."""
    with words.reading(words.Reader("zh")):
        assert words.done("saved") == "已保存。"
    assert words.done("saved") == "Saved."
    assert words.done("made-up") == ""
    assert all(afterwards.DONE.values())
