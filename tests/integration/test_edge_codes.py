"""Cards, PINs and passes at a door: real loop, reader, spool and lock; the rest is played."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from edge_world import World

from doorbus import passes
from doorbus.messages import (
    CodeKind,
    Decision,
    DoorEvent,
    EventKind,
    Pass,
    Reason,
    RevokedPasses,
)
from doorbus.topics import VERDICT
from edge.code_settings import SimulatedReaderSettings

PIN, CARD = "271828", "000000000017"
QUIET_S = 0.5
VISITOR = "p-5f1c0a9e7b3d2468"


@contextmanager
def _world(folder: Path, **changes: Any) -> Iterator[World]:
    reader = {"kind": "simulated", "source": str(folder / "reader")}
    with World(folder, reader=reader, **changes) as world:
        yield world


def _type(world: World, text: str) -> None:
    reader = world.settings.reader
    assert isinstance(reader, SimulatedReaderSettings)
    give_up_at = time.monotonic() + 5
    while not reader.source.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    with reader.source.open("w") as fifo:
        fifo.write(f"{text}\n")


def _spooled(folder: Path) -> bytes:
    files = [path for path in (folder / "state").rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def test_face_and_pin_go_out_as_one_and_open(tmp_path: Path) -> None:
    with _world(tmp_path, second={"kind": "pin"}) as world:
        world.brain.answer = world.brain.grant
        world.scene.someone = True
        time.sleep(3.0)
        assert world.brain.heard.bursts == []

        _type(world, PIN)
        world.wait_locked(openings=1)

        (burst,) = world.brain.heard.bursts
        assert burst.second is not None
        assert (burst.second.kind, burst.second.value) == (CodeKind.PIN, PIN)
        assert len(burst.crops) >= 8
        assert burst.liveness.blinks


def test_a_card_before_the_face_goes_with_it(tmp_path: Path) -> None:
    with _world(tmp_path, second={"kind": "card"}) as world:
        world.brain.answer = world.brain.grant
        _type(world, CARD)

        world.scene.someone = True
        world.wait_locked(openings=1)

        (burst,) = world.brain.heard.bursts
        assert burst.second is not None
        assert burst.second.value == CARD


def test_a_code_alone_opens_and_wrong_ones_rest_the_codes_only(tmp_path: Path) -> None:
    with _world(
        tmp_path, codes={"alone": True, "attempts": 2}, visit={"refusal_s": 0.1, "answer_s": 1.0}
    ) as world:
        brain = world.brain
        brain.answer = brain.grant
        brain.answer_code = lambda code: brain.say(
            VERDICT,
            brain.verdict(code)
            if code.value == PIN
            else brain.verdict(code, Decision.DENY, reason=Reason.WRONG_SECOND_FACTOR),
        )

        _type(world, PIN)
        world.wait_locked(openings=1)
        for wrong in ("999991", "999992"):
            _type(world, wrong)
            _wait_for_code(world, wrong)
            time.sleep(0.4)
        assert brain.wait_event(EventKind.PAUSED).detail == "codes 30 s"
        _type(world, PIN)
        time.sleep(QUIET_S)
        assert len(brain.heard.codes) == 3

        world.scene.someone = True
        world.wait_locked(openings=2)


def _wait_for_code(world: World, value: str) -> None:
    world.brain.wait(lambda heard: [code for code in heard.codes if code.value == value])


def test_no_digit_is_kept_or_told_by_the_door(tmp_path: Path) -> None:
    with _world(tmp_path, codes={"alone": True}) as world:
        world.brain.acking = False
        _type(world, PIN)
        world.brain.wait(lambda heard: heard.codes)
        world.brain.wait(lambda heard: [e for e in heard.events if e.kind is EventKind.NO_ANSWER])

        kept = _spooled(tmp_path)

    assert b"no_answer" in kept
    assert PIN.encode() not in kept
    assert all(PIN not in event.detail for event in world.brain.heard.events)


# --- passes --------------------------------------------------------------------------------------


class _Held:
    """A pass reader that reads what the test holds up."""

    def __init__(self) -> None:
        self.text: str | None = None

    def start(self) -> None: ...

    def show(self, image: object) -> None: ...

    def take(self) -> str | None:
        return self.text

    def stop(self) -> None: ...


def _pass(world: World, **changes: Any) -> str:
    now = int(time.time())
    fields: dict[str, Any] = {
        "id": VISITOR,
        "doors": ("front",),
        "valid_from": now - 60,
        "valid_until": now + 60,
        "uses": 1,
    }
    return passes.write(Pass.model_validate(fields | changes), world.brain.key)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> _Held:
    held = _Held()
    monkeypatch.setattr("edge_world.PASS_READER", held)
    return held


def test_a_pass_opens_and_is_told_by_its_number(tmp_path: Path, held: _Held) -> None:
    with World(tmp_path) as world:
        held.text = _pass(world)
        world.scene.someone, world.scene.blinking = True, False
        world.wait_locked(openings=1)

        assert world.brain.wait_event(EventKind.PASS).detail == VISITOR


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"doors": ("back",)}, f"other_door {VISITOR}"),
        ({"valid_until": 1_000}, f"expired {VISITOR}"),
        ({"valid_from": 4_000_000_000, "valid_until": 4_000_000_001}, f"not_yet {VISITOR}"),
    ],
)
def test_a_pass_that_does_not_count_is_told_with_why(
    tmp_path: Path, held: _Held, changes: dict[str, Any], why: str
) -> None:
    with World(tmp_path) as world:
        held.text = _pass(world, **changes)
        world.scene.someone, world.scene.blinking = True, False

        assert world.brain.wait_event(EventKind.PASS_REFUSED).detail == why
        assert world.openings() == 0


def test_a_tampered_pass_is_told_as_forged(tmp_path: Path, held: _Held) -> None:
    with World(tmp_path) as world:
        text = _pass(world)
        held.text = text[:-2] + ("00" if text[-2:] != "00" else "11")
        world.scene.someone, world.scene.blinking = True, False

        assert world.brain.wait_event(EventKind.PASS_REFUSED).detail == "forged"
        assert world.openings() == 0


def test_a_revoked_pass_stays_revoked_after_a_restart(tmp_path: Path, held: _Held) -> None:
    with World(tmp_path) as world:
        number = world.brain.number()
        world.brain.command(RevokedPasses(number=number, revoked=(VISITOR,)))
        time.sleep(QUIET_S)
        world.stop_door()
        world.start_door()
        held.text = _pass(world)
        world.scene.someone, world.scene.blinking = True, False

        assert world.brain.wait_event(EventKind.PASS_REFUSED).detail == f"revoked {VISITOR}"
        assert world.openings() == 0


def test_a_used_pass_is_used_up_after_a_restart(tmp_path: Path, held: _Held) -> None:
    with World(tmp_path) as world:
        held.text = _pass(world)
        world.scene.someone, world.scene.blinking = True, False
        world.wait_locked(openings=1)
        world.stop_door()
        world.start_door()

        assert world.brain.wait_event(EventKind.PASS_REFUSED).detail == f"used_up {VISITOR}"
        assert world.openings() == 1


def test_a_shadow_door_uses_up_no_pass(tmp_path: Path, held: _Held) -> None:
    with World(tmp_path, shadow=True) as world:
        held.text = _pass(world)
        world.scene.someone, world.scene.blinking = True, False
        would = world.brain.wait_event(EventKind.WOULD_OPEN).detail
        held.text = None
        # Whatever the door told of this pass was told before it told of its next start.
        world.stop_door()
        started = len(_told(world, EventKind.STARTED))
        world.start_door()
        world.brain.wait(lambda _: len(_told(world, EventKind.STARTED)) > started)
        held.text = _pass(world)
        world.brain.wait(lambda _: len(_told(world, EventKind.WOULD_OPEN)) > 1)

        assert would.startswith("granted visit")
        assert _told(world, EventKind.PASS) == _told(world, EventKind.PASS_REFUSED) == []
        assert world.openings() == 0


def _told(world: World, kind: EventKind) -> list[DoorEvent]:
    return [event for event in world.brain.heard.events if event.kind is kind]


def test_a_door_whose_clock_was_not_set_takes_no_pass(tmp_path: Path, held: _Held) -> None:
    (tmp_path / "now").write_text("")
    clock = {"kind": "simulated", "source": str(tmp_path / "now")}
    with World(tmp_path, clock=clock) as world:
        held.text = _pass(world)
        world.scene.someone, world.scene.blinking = True, False

        refused = world.brain.wait_event(EventKind.PASS_REFUSED).detail
        assert refused == f"clock_unsure {VISITOR}"
        world.brain.wait_event(EventKind.CLOCK_UNSURE)
        assert world.openings() == 0
