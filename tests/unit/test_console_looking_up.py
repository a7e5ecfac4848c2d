"""Tests of searching people, of the parts of long answers, and of days at the site."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.looking_up import Part, address, card_of, offset, sought, yes_no
from console.core.moments import seconds
from console.web.asking import made
from doorbus.messages import ListResidents


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", {}),
        ("  ", {}),
        ("0017", {"card": "0017"}),
        ("2026 0000 0017", {"card": "202600000017"}),
        ("202600-000017", {"card": "202600000017"}),
        ("  ann   teak ", {"name": "ann teak"}),
        ("Henry 8", {"name": "Henry 8"}),
        ("1234567890123", {"name": "1234567890123"}),
        ("\uff11\uff12", {"name": "\uff11\uff12"}),
    ],
)
def test_digits_are_a_card_and_all_else_is_a_name(typed: str, asked: dict[str, str]) -> None:
    assert sought(typed) == asked


@given(st.text(max_size=100))
def test_whatever_is_typed_can_be_asked_for(typed: str) -> None:
    made(ListResidents, **sought(typed))


def test_a_whole_card_is_told_from_a_part_of_one() -> None:
    assert card_of("2026 0000 0017") == "202600000017"
    assert card_of("2026") is None
    assert card_of("Resident One") is None


@given(st.integers(0, 500), st.integers(1, 60))
def test_pages_lead_through_all_rows_and_back(total: int, size: int) -> None:
    seen, first = 0, 0
    while True:
        part = Part(first, min(size, total - first), total, size)
        seen += part.shown
        assert part.last == seen
        if part.after is None:
            break
        first = part.after
    assert seen == total
    while part.before is not None:
        part = Part(part.before, size, total, size)
    assert part.first == 0


@pytest.mark.parametrize("word", ["", "-1", "1e9", "\u0663", "9" * 10, "x", " 5"])
def test_an_address_that_somebody_made_up_begins_at_the_beginning(word: str) -> None:
    assert offset(word) == 0


def test_a_filter_of_three_is_yes_no_or_either() -> None:
    assert (yes_no("yes"), yes_no("no"), yes_no(""), yes_no("maybe")) == (True, False, None, None)


def test_an_address_has_what_is_not_empty() -> None:
    found = urlsplit(address("/people", {"q": "a&b", "group": ""}, offset=50, more=None))

    assert found.path == "/people"
    assert parse_qs(found.query) == {"q": ["a&b"], "offset": ["50"]}
    assert address("/people", {}) == "/people"


def test_days_and_minutes_are_the_sites_own() -> None:
    berlin = ZoneInfo("Europe/Berlin")

    assert seconds("2026-07-01", berlin) == 1782856800.0
    assert seconds("2026-07-01T01:30", berlin) == 1782862200.0
    for none in ("", "yesterday", "2026-02-30", "2026-07-01T01:30+02:00", "20260701"):
        assert seconds(none, berlin) is None
