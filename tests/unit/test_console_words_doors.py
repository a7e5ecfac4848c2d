"""What the brain notes in its health is said in words, for as long as it notes it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.words import doors

HEALTH = Path(__file__).parents[2] / "brain" / "health.py"


@pytest.mark.parametrize("note", doors.NOTES)
def test_a_note_that_has_other_words_is_one_that_the_brain_writes(note: str) -> None:
    assert f'"{note}"' in HEALTH.read_text(encoding="utf-8")
    assert doors.brain_note(note) == doors.NOTES[note]


def test_a_note_without_other_words_is_said_as_it_stands() -> None:
    known = next(iter(doors.NOTES))

    assert (
        doors.brain_note(f"the disk is full; {known}") == f"the disk is full. {doors.NOTES[known]}"
    )
