"""Whatever is done to an audit, its chain shows where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.audit_chain import (
    BEGINNING,
    EMPTY,
    Head,
    Link,
    check,
    code,
    following,
    read_head,
)
from brain.store_ports import AuditEntry

KEY = b"k" * 32
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
lines = st.builds(
    AuditEntry,
    at=st.floats(0, 4e9),
    actor=texts,
    what=texts,
    resident=st.none() | texts,
    door=st.none() | texts,
    reason=texts,
)
chains = st.lists(lines, min_size=1, max_size=8)


def chained(entries: list[AuditEntry], key: bytes = KEY) -> list[Link]:
    head, links = EMPTY, []
    for entry in entries:
        head = following(key, head, entry)
        links.append(Link(head.entries, entry, head.code))
    return links


def head_of(links: list[Link]) -> Head:
    return Head(links[-1].number, links[-1].code)


@given(chains)
def test_what_was_written_is_whole_and_every_earlier_head_is_one_of_it(
    entries: list[AuditEntry],
) -> None:
    links = chained(entries)

    for noted in (None, EMPTY, *(Head(link.number, link.code) for link in links)):
        found = check(KEY, links, noted)
        assert (found.head, found.broken, found.why) == (head_of(links), None, "")


@given(chains, lines, st.data())
def test_an_edit_shows_at_its_entry(
    entries: list[AuditEntry], other: AuditEntry, data: st.DataObject
) -> None:
    links = chained(entries)
    place = data.draw(st.integers(0, len(links) - 1))
    field = data.draw(st.sampled_from(["at", "actor", "what", "resident", "door", "reason"]))
    edited = replace(entries[place], **{field: getattr(other, field)})
    links[place] = replace(links[place], line=edited)

    found = check(KEY, links)

    assert found.broken == (None if edited == entries[place] else place + 1)


@given(chains, st.data())
def test_a_gap_shows_at_its_entry_numbered_anew_or_not(
    entries: list[AuditEntry], data: st.DataObject
) -> None:
    links = chained(entries)
    place = data.draw(st.integers(0, len(links) - 1))
    left = links[:place] + links[place + 1 :]
    anew = [replace(link, number=number) for number, link in enumerate(left, 1)]

    for remaining in (left, anew):
        assert check(KEY, remaining, head_of(links)).broken == place + 1


@given(chains, st.data())
def test_another_order_shows_where_it_begins(
    entries: list[AuditEntry], data: st.DataObject
) -> None:
    links = chained(entries)
    order = data.draw(st.permutations(range(len(links))))
    moved = [replace(links[place], number=number) for number, place in enumerate(order, 1)]

    found = check(KEY, moved)

    first = next((number for number, place in enumerate(order, 1) if place != number - 1), None)
    assert found.broken == first


@given(chains, st.data())
def test_an_end_that_was_cut_off_shows_against_a_noted_head_only(
    entries: list[AuditEntry], data: st.DataObject
) -> None:
    links = chained(entries)
    left = data.draw(st.integers(0, len(links) - 1))

    assert check(KEY, links[:left]).broken is None
    assert check(KEY, links[:left], head_of(links)).broken == left + 1


@given(chains, lines, st.data())
def test_one_who_has_the_key_and_writes_anew_shows_against_a_noted_head(
    entries: list[AuditEntry], other: AuditEntry, data: st.DataObject
) -> None:
    links = chained(entries)
    place = data.draw(st.integers(0, len(links) - 1))
    forged = chained([*entries[:place], replace(other, reason="forged"), *entries[place + 1 :]])

    found = check(KEY, forged, head_of(links))

    same = forged[place].line == entries[place]
    assert found.broken == (None if same else len(entries))


@given(chains)
def test_without_the_key_not_even_the_first_entry_can_be_written(
    entries: list[AuditEntry],
) -> None:
    assert check(KEY, chained(entries, b"another key")).broken == 1


@given(lines, lines, st.integers(1, 9), st.integers(1, 9))
def test_no_two_entries_have_one_code(
    one: AuditEntry, other: AuditEntry, first: int, second: int
) -> None:
    same = (repr(one), first) == (repr(other), second)

    assert (code(KEY, BEGINNING, first, one) == code(KEY, BEGINNING, second, other)) is same


def test_the_code_is_the_one_of_the_format() -> None:
    line = AuditEntry(1.5, "admin.alice", "unlock", None, "front", "")

    assert following(b"\x07" * 32, EMPTY, line).code.hex() == (
        "2af6f0d2c0a9768350646ab2f8e715ac678b329ab93488dac421fc1d8073ead7"
    )


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_a_head_is_read_as_it_was_written(entries: int, mac: bytes) -> None:
    assert read_head(str(Head(entries, mac))) == Head(entries, mac)


@pytest.mark.parametrize(
    "text", ["", "5", "5:", "-1:" + "0" * 64, "5:" + "0" * 63, "5:" + "G" * 64]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a head"):
        read_head(text)
