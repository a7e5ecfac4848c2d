"""Whatever is asked for, the list is everybody who fits, by name, and its pages are its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.store_ports import Selection, Work

NAMES = ("Ann", "anne", "ANNA", "Ben", "Änne", "Straße", "STRASSE", "Zoe", "ben", "Ann")
PEOPLE = tuple(
    Resident(f"r-{number}", name, f"{number * 111_111_111:012}", number % 3 != 0)
    for number, name in enumerate(NAMES)
)
IDS = st.frozensets(st.sampled_from([one.id for one in PEOPLE]))
SELECTIONS = st.builds(
    Selection,
    name=st.none() | st.sampled_from(["a", "nn", "ÄN", "ss", "ß", "x", "ann"]),
    card=st.none() | st.sampled_from(["1", "22", "000", "9", "123"]),
    enabled=st.none() | st.booleans(),
    among=st.none() | IDS,
    outside=IDS,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    folder: Path = tmp_path_factory.mktemp("store")
    store = SqlStore(f"sqlite:///{folder}/doorward.sqlite", KEYS)
    store.start()
    with store.work() as work:
        for one in PEOPLE:
            work.residents.add(one)
    yield store
    store.stop()


def fits(one: Resident, which: Selection) -> bool:
    return (
        (which.name is None or which.name.casefold() in one.name.casefold())
        and (which.card is None or which.card in one.card)
        and (which.enabled is None or which.enabled == one.enabled)
        and (which.among is None or one.id in which.among)
        and one.id not in which.outside
    )


@settings(max_examples=60)
@given(which=SELECTIONS, offset=st.integers(0, 12), limit=st.integers(1, 12))
def test_a_page_is_a_part_of_those_who_fit(
    store: SqlStore, which: Selection, offset: int, limit: int
) -> None:
    wanted = sorted((one for one in PEOPLE if fits(one, which)), key=lambda one: (one.name, one.id))

    with store.work() as work:
        page = [one for one, _ in work.residents.page(offset, limit, which)]
        count = work.residents.count(which)

    assert page == wanted[offset : offset + limit]
    assert count == len(wanted)


def test_a_new_name_and_card_are_found_and_the_old_ones_are_not(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/doorward.sqlite", KEYS)
    store.start()
    with store.work() as work:
        work.residents.add(Resident("r-1", "Ann", "000000000001"))
        assert _found(work, "ann") == ["Ann"]

    with store.work() as work:
        work.residents.rename("r-1", "Zoe", "000000000002")

    with store.work() as work:
        assert (_found(work, "ann"), _found(work, "zoe")) == ([], ["Zoe"])
        assert work.residents.by_card("000000000001") is None
        assert work.residents.by_card("000000000002") == Resident("r-1", "Zoe", "000000000002")
    store.stop()


def _found(work: Work, part: str) -> list[str]:
    return [one.name for one, _ in work.residents.page(0, 9, Selection(name=part))]
