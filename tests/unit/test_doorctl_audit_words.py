"""`doorctl log --what` knows every word that a brain writes, and what a misspelt one may mean."""

from __future__ import annotations

from typing import get_args

import pytest

from brain import administration, away_notes
from doorbus import messages as m
from doorctl.audit_words import OPERATIONS, WORDS, advice


def test_whatever_administrators_do_and_doors_decide_alone_is_known() -> None:
    done = {
        word
        for kind in administration._CHANGES
        for word in get_args(kind.model_fields["op"].annotation)
    }
    alone = {kind.value for kind in away_notes.AWAY}

    assert done <= OPERATIONS
    assert {"unlock", "lockdown", "evacuate", "release", "export"} <= OPERATIONS
    assert alone <= WORDS


@pytest.mark.parametrize("word", sorted(WORDS))
def test_what_is_known_needs_no_advice(word: str) -> None:
    assert advice(word) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [("garnt", "grant"), ("denied", "deny"), ("unlok", "unlock"), ("passused", "pass_used")],
)
def test_a_misspelt_word_is_answered_with_what_may_be_meant_and_all_there_are(
    word: str, meant: str
) -> None:
    told = advice(word)

    assert told is not None
    assert meant in told.partition("?")[0]
    assert all(known in told for known in WORDS)


def test_reading_leaves_no_trace_to_look_for() -> None:
    assert WORDS.isdisjoint(get_args(m.ReadLog.model_fields["op"].annotation))
