"""Every request is answered by exactly one of a site's brains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.division import Division, Rank
from doorbus.bus import Wire

FRONT, BACK = frozenset({"front"}), frozenset({"back"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'doorward.sqlite'}", KEYS)
    store.start()
    with store.work() as work:
        for door in FRONT | BACK:
            work.doors.use_key(door, "0" * 64)
    yield store
    store.stop()


def request(body: object, *, retain: bool = False) -> Wire:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Wire("admin/users/admin.alice", payload, retain=retain)


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        {"op": "list"},
        {"op": "enroll", "door": "front"},
        {"op": "enroll", "door": "back"},
        {"op": "enroll", "door": "attic"},
        {"op": "enroll", "door": 7},
        ["door"],
        b"no json",
        b"[" * 100_000,
    ],
)
def test_exactly_one_of_two_brains_answers(store: SqlStore, body: object, retain: bool) -> None:
    brains = (
        Division(Rank.FIRST, lambda: FRONT, store),
        Division(Rank.DEPUTY, lambda: BACK, store),
    )

    answers = [brain.answers(request(body, retain=retain)) for brain in brains]

    assert sorted(answers) == [False, True]
    assert Division(Rank.ONLY, lambda: FRONT, store).answers(request(body, retain=retain))


def test_who_serves_a_door_answers_for_it(store: SqlStore) -> None:
    deputy = Division(Rank.DEPUTY, lambda: BACK, store)

    assert deputy.answers(request({"op": "unlock", "door": "back"}))
    assert not deputy.answers(request({"op": "unlock", "door": "front"}))
    assert (deputy.serves("back"), deputy.serves("front")) == (True, False)


def test_the_only_brain_ends_what_began_at_a_door_that_is_gone(store: SqlStore) -> None:
    assert Division(Rank.ONLY, lambda: FRONT, store).serves("back")
