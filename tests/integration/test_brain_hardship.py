"""What the brain does while its disk, its folder of keys or a door's name make trouble."""

from __future__ import annotations

import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from brain_world import PATIENCE_S, World, painted
from vault_keys import KEYS

from brain.adapters.store_sql import SqlStore
from brain.core.access import Resident
from brain.errors import StoreError
from brain.refusals import Refusals
from doorbus import messages as m
from doorbus import topics

LOOKS = (200, 30, 30)
CARD = "123456789012"


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(*doors: str) -> World:
        made.append(World(tmp_path, doors or ("front", "back")))
        return made[-1]

    yield make
    for world in made:
        world.close()


def fail_once(monkeypatch: pytest.MonkeyPatch, part: object, method: str) -> list[str]:
    """Let one call of a method meet a database that is away for a moment."""
    real = getattr(part, method)
    failed: list[str] = []

    def flaky(*given: Any, **named: Any) -> Any:
        if not failed:
            failed.append(method)
            raise StoreError("the disk was full for a moment")
        return real(*given, **named)

    monkeypatch.setattr(part, method, flaky)
    return failed


@pytest.mark.parametrize(
    ("part", "step"),
    [("_services.enrolling", "_release"), ("_services.enrolling._concluding", "_make_visible")],
)
def test_an_enrolment_outlives_a_moment_without_database(
    sites: Callable[..., World], monkeypatch: pytest.MonkeyPatch, part: str, step: str
) -> None:
    world = sites()
    brain, door, admin = world.brain(), world.door(), world.admin()
    failed = fail_once(monkeypatch, attrgetter(part)(brain), step)

    world.enrol(admin, door, CARD, LOOKS)

    assert failed == [step]


def test_an_order_is_answered_once_though_its_answer_cannot_be_noted_at_once(
    sites: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sites()
    brain, admin = world.brain(), world.admin()
    world.door()
    failed = fail_once(monkeypatch, brain._services.answering, "keep")

    first = admin.ok("unlock", door="front", transaction="t-once")
    give_up_at = time.monotonic() + PATIENCE_S
    while (again := admin.ask("unlock", door="front", transaction="t-once")).status != "ok":
        assert time.monotonic() < give_up_at

    assert failed == ["keep"]
    assert again.data == first


def test_a_new_door_is_followed_although_the_database_was_away_when_it_came(
    sites: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sites("front")
    brain = world.brain()
    failed = fail_once(monkeypatch, brain._base.reading, "refresh")

    world.add_door("late")
    late = world.door("late", started=False)
    give_up_at = time.monotonic() + PATIENCE_S
    while not late.heard.of(m.Ack) and time.monotonic() < give_up_at:
        late.tell(m.EventKind.STARTED)
        time.sleep(0.2)

    assert failed == ["refresh"]
    assert late.heard.of(m.Ack)


def test_a_door_may_be_called_frames(sites: Callable[..., World]) -> None:
    world = sites("front", "frames")
    world.brain()
    front = world.door("front")
    world.door("frames")

    burst = front.burst([painted(LOOKS)] * 6, 1)
    front.send(topics.RECOGNIZE, burst, bare=True)

    assert front.verdict_for(burst).decision is m.Decision.DENY


def test_the_last_frame_is_acknowledged_before_the_door_is_told_to_stop(
    sites: Callable[..., World],
) -> None:
    world = sites()
    world.brain()
    door, admin = world.door(), world.admin()

    world.enrol(admin, door, CARD, LOOKS)

    door.heard.wait(m.StopEnrolment)
    kinds = [type(value) for _, value in door.heard.items]
    acks = [place for place, kind in enumerate(kinds) if kind is m.Ack]
    assert len(acks) == 21
    assert kinds.index(m.StopEnrolment) > acks[-1]


def test_an_offset_beyond_all_numbers_is_a_bad_request(sites: Callable[..., World]) -> None:
    world = sites()
    world.brain()

    assert world.admin().refused("list", offset=2**70).code is m.ErrorCode.BAD_REQUEST


def test_a_failing_statement_tells_no_name_and_no_card(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'd.sqlite'}", KEYS)
    store.start()
    with store.work() as work:
        work.residents.add(Resident("r-1", "Alice Example", CARD))

    second = Resident("r-2", "Bob " + "Example" * 2, CARD)

    with pytest.raises(StoreError) as failure, store.work() as work:
        work.residents.add(second)

    told = "".join(traceback.format_exception(failure.value))
    store.stop()
    assert "UNIQUE" in told
    assert second.name not in told
    assert CARD not in told


def test_a_log_that_cannot_be_emptied_is_the_stores_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'd.sqlite'}", KEYS)
    store.start()

    def broken() -> object:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(store._engine, "raw_connection", broken)

    with pytest.raises(StoreError, match="disk I/O error"):
        store.scrub()


def test_a_refusal_with_any_control_sign_can_be_told() -> None:
    told: list[m.MessageRefused] = []
    refusals = Refusals(lambda refused: not told.append(refused), time.monotonic)  # type: ignore[func-returns-value]

    refusals.note("a\x7fb", "c\x85d\u2028e")

    assert [(one.topic, one.reason) for one in told] == [("a b", "c d e")]
