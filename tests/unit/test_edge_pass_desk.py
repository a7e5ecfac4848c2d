"""What a door makes of a pass, and what it keeps of it through kills, full disks and clocks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorbus import passes
from doorbus.messages import Pass, PassRefusal
from edge import durable
from edge.core.visit_events import PassKept
from edge.pass_book import PassBook
from edge.pass_desk import PassDesk
from edge.wall_clock import LatestTime

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
DAY_S = 86_400


def _pass(**changes: object) -> Pass:
    start = int(NOW.timestamp())
    fields: dict[str, object] = {
        "id": "p-5f1c0a9e7b3d2468",
        "doors": ("front",),
        "valid_from": start - DAY_S,
        "valid_until": start + DAY_S,
        "uses": 1,
    }
    return Pass.model_validate(fields | changes)


class _Clock:
    def __init__(self, at: datetime | None = NOW) -> None:
        self.at = at

    def now(self) -> datetime | None:
        return self.at


class _Door:
    """A desk over a state folder, as the edge makes it at each start."""

    def __init__(self, folder: Path, clock: _Clock, *, counting: bool = True) -> None:
        latest = LatestTime(folder / "latest-time")
        latest.start()
        self.book = PassBook(folder / "passes.json")
        self.book.start()
        self.desk = PassDesk(
            "front",
            KEY.public_key(),
            wall_clock=clock,
            latest=latest,
            book=self.book,
            counting=counting,
        )

    def refusal(self, one: Pass) -> PassRefusal | None:
        return self.desk.judge(passes.write(one, KEY)).refusal

    def use(self, one: Pass) -> PassKept:
        self.desk.judge(passes.write(one, KEY))
        return self.desk.use(one.id)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def test_a_used_pass_is_used_up_for_an_edge_that_was_killed_before_the_lock_moved(
    tmp_path: Path, clock: _Clock
) -> None:
    assert _Door(tmp_path, clock).use(_pass()) == PassKept(_pass().id)

    # Nothing was stopped in an orderly way: this is the next edge on the same disk.
    assert _Door(tmp_path, clock).refusal(_pass()) is PassRefusal.USED_UP


def test_a_use_is_on_the_disk_when_it_is_said_to_be(
    tmp_path: Path, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = durable.write

    def noting(path: Path, data: bytes) -> None:
        write(path, data)
        written.append(path.name)

    monkeypatch.setattr(durable, "write", noting)

    kept = _Door(tmp_path, clock).use(_pass())

    assert kept.refusal is None
    assert "passes.json" in written


def test_a_pass_of_several_uses_counts_over_restarts(tmp_path: Path, clock: _Clock) -> None:
    told = [_Door(tmp_path, clock).use(_pass(uses=3)).refusal for _ in range(5)]

    assert told == [None, None, None, PassRefusal.USED_UP, PassRefusal.USED_UP]


def test_a_desk_that_does_not_count_refuses_as_any_other_and_uses_nothing_up(
    tmp_path: Path, clock: _Clock
) -> None:
    shadow = _Door(tmp_path, clock, counting=False)

    told = [shadow.use(_pass()).refusal for _ in range(3)]

    assert told == [None, None, None]
    assert _Door(tmp_path, clock).refusal(_pass()) is None
    shadow.desk.revoke([_pass().id])
    assert shadow.use(_pass()).refusal is PassRefusal.REVOKED


def test_a_disk_that_does_not_take_a_use_opens_nothing(tmp_path: Path, clock: _Clock) -> None:
    door = _Door(tmp_path, clock)
    (tmp_path / ".passes.json.draft").mkdir()  # where the file would be written first

    assert door.use(_pass()).refusal is PassRefusal.NOT_KEPT
    assert door.refusal(_pass()) is None


def test_a_damaged_book_lets_no_pass_open_anything(tmp_path: Path, clock: _Clock) -> None:
    (tmp_path / "passes.json").write_text('{"uses": {}')

    door = _Door(tmp_path, clock)

    assert door.refusal(_pass()) is PassRefusal.NOT_KEPT
    assert not door.book.revoke([_pass().id])


def test_revocations_hold_over_restarts_and_are_replaced_as_a_whole(
    tmp_path: Path, clock: _Clock
) -> None:
    _Door(tmp_path, clock).desk.revoke([_pass().id])
    assert _Door(tmp_path, clock).refusal(_pass()) is PassRefusal.REVOKED

    _Door(tmp_path, clock).desk.revoke([])

    assert _Door(tmp_path, clock).refusal(_pass()) is None


def test_a_clock_that_jumps_back_does_not_bring_an_ended_pass_back(
    tmp_path: Path, clock: _Clock
) -> None:
    clock.at = NOW + timedelta(days=2)
    assert _Door(tmp_path, clock).refusal(_pass()) is PassRefusal.EXPIRED

    clock.at = NOW

    assert _Door(tmp_path, clock).refusal(_pass()) is PassRefusal.EXPIRED


def test_a_clock_that_was_not_set_counts_for_nothing(tmp_path: Path, clock: _Clock) -> None:
    clock.at = None

    assert _Door(tmp_path, clock).refusal(_pass()) is PassRefusal.CLOCK_UNSURE


def test_a_pass_may_end_between_being_seen_and_being_used(tmp_path: Path, clock: _Clock) -> None:
    door = _Door(tmp_path, clock)
    door.desk.judge(passes.write(_pass(), KEY))
    clock.at = NOW + timedelta(days=1)

    assert door.desk.use(_pass().id).refusal is PassRefusal.EXPIRED


def test_what_was_never_judged_cannot_be_used(tmp_path: Path, clock: _Clock) -> None:
    assert _Door(tmp_path, clock).desk.use(_pass().id).refusal is PassRefusal.NOT_KEPT


def test_a_tampered_pass_is_forged_and_names_nothing(tmp_path: Path, clock: _Clock) -> None:
    text = passes.write(_pass(), KEY)

    told = _Door(tmp_path, clock).desk.judge(text[:-1] + ("0" if text[-1] != "0" else "1"))

    assert (told.pass_id, told.refusal) == (None, PassRefusal.FORGED)


def test_passes_that_ended_leave_the_book(tmp_path: Path, clock: _Clock) -> None:
    _Door(tmp_path, clock).use(_pass())
    clock.at = NOW + timedelta(days=3)
    later = int(clock.at.timestamp()) + DAY_S

    _Door(tmp_path, clock).use(_pass(id="p-" + "1" * 16, valid_until=later))

    kept = json.loads((tmp_path / "passes.json").read_text())
    assert list(kept["uses"]) == ["p-" + "1" * 16]
