"""The page has words for all that the audit and the doors can tell."""

from __future__ import annotations

from collections import Counter

from console.web.log_told import KINDS
from console.words import log as words_log
from doorbus.messages import EventKind, Noteworthy
from doorctl.audit_words import WORDS


def test_every_deed_that_the_audit_knows_has_words_once() -> None:
    codes = Counter(code for group in words_log.WHAT.values() for code in group)

    assert set(codes) >= WORDS | set(Noteworthy)
    assert set(codes.values()) == {1}


def test_a_deed_of_another_release_is_said_as_it_stands() -> None:
    assert words_log.what("some_new_deed") == "some new deed"


def test_every_kind_of_event_but_the_waking_is_in_one_group() -> None:
    kinds = Counter(kind for _, group in KINDS.values() for kind in group)

    assert set(kinds) == set(EventKind) - {EventKind.WOKE}
    assert set(kinds.values()) == {1}


def test_a_reason_is_said_by_what_it_is_a_code_of() -> None:
    def said(what: str, reason: str) -> str:
        return words_log.reason({"what": what, "reason": reason})

    parcel = said("unlock", "<b>parcel</b> 50 %")
    assert parcel == "<b>parcel</b> 50 %"
    assert said("deny", "second_factor code") != said("deny", "second_factor")
    assert "p-1" not in said("pass_refused", "expired p-1")
    assert said("add", "refused: card_taken").startswith("not done: ")
    assert said("deny", "") == ""
