"""The story's comparison with the audit is exact: `story.audit`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.store_ports import AuditEntry
from story.audit import Chapter, Line, differences

NAMES = {"r-1": "Resident 01", "r-2": "Resident 02"}
FOUND = [
    AuditEntry(100.0, "admin.alice", "add", "r-1"),
    AuditEntry(101.0, "admin.alice", "add", "r-2"),
    AuditEntry(200.0, "door:front", "grant", "r-1", "front", "match"),
    AuditEntry(200.0, "door:front", "life", None, "front", "policy demo"),
    AuditEntry(201.0, "door:back", "deny", None, "back", "unknown"),
]
STORY = [
    Chapter(
        "morning",
        90.0,
        lines=[
            Line("admin.alice", "add", "Resident 01"),
            Line("admin.alice", "add", "Resident 02"),
        ],
    ),
    Chapter(
        "rush",
        150.0,
        together=True,
        lines=[
            Line("door:back", "deny", None, "back", "unknown"),
            Line("door:front", "grant", "Resident 01", "front", "match"),
            Line("door:front", "life", None, "front", "policy demo"),
        ],
    ),
    Chapter("evening", 300.0),
]


def test_an_audit_that_tells_the_story_agrees() -> None:
    assert differences(STORY, FOUND, NAMES) == []


@pytest.mark.parametrize("place", range(len(FOUND)))
@pytest.mark.parametrize(
    "change",
    [
        {"actor": "admin.bob"},
        {"what": "other"},
        {"resident": "r-9"},
        {"door": "cellar"},
        {"reason": "else"},
        {"at": 300.5},
        {"at": 10.0},
    ],
    ids="-".join,
)
def test_any_change_of_any_line_shows(place: int, change: dict[str, object]) -> None:
    changed = [*FOUND]
    changed[place] = replace(FOUND[place], **change)  # type: ignore[arg-type]  # any field
    changed.sort(key=lambda entry: entry.at)

    assert differences(STORY, changed, NAMES)


@pytest.mark.parametrize("place", range(len(FOUND)))
def test_a_line_that_is_missing_or_there_twice_shows(place: int) -> None:
    assert differences(STORY, FOUND[:place] + FOUND[place + 1 :], NAMES)
    assert differences(STORY, FOUND[: place + 1] + FOUND[place:], NAMES)


@pytest.mark.parametrize("chapter", [0, 1])
def test_a_line_that_the_story_lacks_or_has_too_much_shows(chapter: int) -> None:
    for lines in (STORY[chapter].lines[1:], [*STORY[chapter].lines, STORY[chapter].lines[0]]):
        story = [*STORY]
        story[chapter] = replace(STORY[chapter], lines=lines)

        assert differences(story, FOUND, NAMES)


def test_another_order_shows_but_where_doors_act_together() -> None:
    swapped = [FOUND[1], FOUND[0], *FOUND[2:]]
    swapped[0], swapped[1] = replace(swapped[0], at=100.0), replace(swapped[1], at=101.0)
    together = [*FOUND[:2], FOUND[4], FOUND[2], FOUND[3]]
    together[2] = replace(together[2], at=200.0)

    assert differences(STORY, swapped, NAMES) == [
        "morning: in another order, from line 1: admin.alice | add | Resident 02 | - | "
    ]
    assert differences(STORY, together, NAMES) == []


def test_an_audit_whose_time_runs_backwards_shows() -> None:
    backwards = [FOUND[0], replace(FOUND[1], at=99.0), *FOUND[2:]]

    (wrong,) = differences(STORY, backwards, NAMES)

    assert "earlier than the line before it" in wrong


@given(st.permutations(range(len(FOUND))), st.integers(0, len(FOUND)))
def test_only_the_whole_audit_in_its_order_agrees(order: list[int], count: int) -> None:
    """But for what happened at the same time in a chapter of several doors."""
    shuffled = [FOUND[place] for place in order][:count]
    fits = [place for place in order if place < 2][:2] == [0, 1] and count == len(FOUND)
    ordered = [entry.at for entry in shuffled] == sorted(entry.at for entry in shuffled)

    assert (differences(STORY, shuffled, NAMES) == []) is (fits and ordered)
