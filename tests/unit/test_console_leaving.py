"""Tests of what is said before and after somebody is removed."""

from __future__ import annotations

from typing import Any

import pytest

from console.core.leaving import Kept, Share, after, before, meant
from console.words import rules as words_rules

SHOWN: dict[str, Any] = {
    "templates": 0,
    "former": 0,
    "renewals": 0,
    "groups": [],
    "rules": [],
    "inside": {},
    "pin": False,
    "enrolment": None,
}
ERASED: dict[str, Any] = {
    "name": True,
    "card": True,
    "templates": 0,
    "former": 0,
    "renewals": 0,
    "enrolments": 0,
    "groups": 0,
    "rules": 0,
    "pin": False,
}


def test_of_somebody_without_a_face_name_and_card_go() -> None:
    assert before(SHOWN) == (Share(Kept.NAME_AND_CARD),)
    assert after({"erased": {"database": ERASED, "frames": 0, "quarantine": 0}}) == (
        Share(Kept.NAME_AND_CARD),
    )


def test_everything_that_is_there_is_said_before_it_goes() -> None:
    everything = {
        "templates": 10,
        "former": 5,
        "renewals": 1,
        "groups": ["staff", "night"],
        "rules": [{"rule": 1, "resident": "r-1"}, {"rule": 2, "group": "staff"}],
        "inside": {"vault": {}},
        "pin": True,
        "enrolment": {"stored": 200},
    }

    said = {share.what: share for share in before(everything)}

    assert set(said) == set(Kept) - {Kept.ENROLMENTS, Kept.SAMPLES}
    assert said[Kept.RULES].number == 1
    assert said[Kept.GROUPS].names == ("staff", "night")


def test_what_was_erased_is_said_with_its_numbers() -> None:
    database = {name: True if value is True else 2 for name, value in ERASED.items()}
    database["pin"] = True
    answer = {"erased": {"database": database, "frames": 200, "quarantine": 3}}

    said = {share.what: share.number for share in after(answer)}

    assert set(said) == set(Kept) - {Kept.AREAS}
    assert (said[Kept.PICTURES], said[Kept.SAMPLES], said[Kept.PIN]) == (200, 3, None)


@pytest.mark.parametrize("kept", list(Kept))
def test_each_thing_has_words(kept: Kept) -> None:
    one, two = (words_rules.share(Share(kept, number, ("vault",))) for number in (1, 2))

    assert one
    assert "%(" not in one + two


@pytest.mark.parametrize("typed", ["Ann Teak", "ann  teak ", "202600000017", "2026 0000 0017"])
def test_name_or_card_say_who_is_meant(typed: str) -> None:
    assert meant(typed, "Ann Teak", "202600000017")


@pytest.mark.parametrize("typed", ["", " ", "Ann", "202600000018", "yes"])
def test_nothing_else_does(typed: str) -> None:
    assert not meant(typed, "Ann Teak", "202600000017")
