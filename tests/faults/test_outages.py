"""No brain for long, no room on a disk, another time, exceptions where nobody expects them."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from brain_world import RED, Admin, painted
from cases import case
from extent import FULL
from fault_table import Note
from fault_world import HOLD_S, NOISE, FaultWorld, LivingDoor, wait_until
from ledger import held_too_long
from test_forgery import Wiretap, judge, let_in
from test_network import heard, stored_events

from doorbus import messages as m
from doorbus.messages import Decision

CARD: Final = "000000000009"
DAY_S: Final = 86_400.0
HEALED_S: Final = 10.0

pytestmark = pytest.mark.skipif(not FULL, reason="full form only")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultWorld]:
    with FaultWorld(tmp_path) as world:
        yield world


# --- no brain ------------------------------------------------------------------------------------


@case(31, "brain away while doors capture frames and tell of events", "0 lost, 0 twice")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_doors_gather_while_the_brain_is_away_is_stored_once_it_is_back(
    world: FaultWorld, note: Note
) -> None:
    count, names = 1000, 2
    brain = world.side.brain()
    doors = [world.living(name) for name in ("front", "back")[:names]]
    tap = Wiretap(world, "door/front/event")
    admin: Admin = world.side.admin()
    wait_until(lambda: stored_events(world), "the brain hears of the door")
    for number, door in enumerate(doors):
        wait_until(functools.partial(known, world, door.name), "the door is known")
        admin.ok("enroll", card=f"{number + 1:012}", door=door.name, name="Somebody", count=count)
    wait_until(lambda: any(e.kind is m.EventKind.ENROLLING for e in heard(tap)), "it enrols")
    brain.stop()
    for door in doors:
        door.walk_up()
    waiting = [door.settings.state_dir / "spool" for door in doors]
    seen = 0

    def gathered() -> bool:
        nonlocal seen
        seen = max(seen, sum(len(list(spool.glob("*"))) for spool in waiting))
        return any(e.kind is m.EventKind.ENROLMENT_SENT for e in heard(tap)) or seen >= (
            names * count * 0.95
        )

    wait_until(gathered, "all frames are captured", 120)
    world.side.brain()
    begun = time.monotonic()
    trained = "SELECT count(*) FROM enrolment WHERE state = 'trained'"
    wait_until(lambda: world.rows(trained)[0][0] == names, "all is stored and trained", 180)
    took = time.monotonic() - begun
    stored = world.rows("SELECT count(*) FROM frame WHERE outcome = 'stored'")[0][0]
    produced = {event.id for event in heard(tap)}
    wait_until(lambda: produced <= stored_events(world), "all events are stored", 30)

    lost = names * count - stored
    note(f"{names * count} frames, {len(produced)} events", frames_stored=stored)
    note(acknowledged_lost=lost)
    note(most_waiting=seen, caught_up_s=f"{took:.1f}")
    assert stored == names * count


def known(world: FaultWorld, door: str) -> bool:
    """Whether the brain has heard of a door."""
    return bool(world.rows("SELECT count(*) FROM event WHERE door = ?", door)[0][0])


# --- no room -------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own; skips where none may be mounted."""
    folder.mkdir(parents=True)
    made = subprocess.run(
        ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", "-l", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Take all the room that is left; returns the file that does."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(os.urandom(65_536))
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")
    return path


@case(32, "the brain's disk full", "nobody let in unwritten, nothing acknowledged is lost")
@pytest.mark.slow
def test_a_full_disk_of_the_brain_loses_nothing_that_was_acknowledged(
    tmp_path: Path, note: Note
) -> None:
    with FaultWorld(tmp_path) as world, small_disk(tmp_path / "data", 8):
        world.side.brain()
        admin, door = world.enrol_noise()
        admin.ok("enroll", card=CARD, door="back", name="Somebody")
        start = door.heard.wait(m.StartEnrolment, after=1)
        filler = fill(tmp_path / "data")
        for index in start.missing:
            door.frame(start, index, painted(RED))
        verdict = door.visit([painted(NOISE) for _ in range(20)], 1)
        audited = world.rows("SELECT count(*) FROM audit WHERE what = 'grant'")[0][0]
        time.sleep(0.5)
        acked = {
            item.id
            for ack in door.heard.of(m.Ack)
            for item in ack.items
            if item.id.startswith(start.enrolment) and item.outcome is m.Outcome.STORED
        }
        kept = world.rows(
            "SELECT count(*) FROM frame WHERE enrolment = ? AND outcome = 'stored'", start.enrolment
        )[0][0]
        filler.unlink()
        door.capture(start, lambda: painted(RED))
        world.side.trained(admin, start.enrolment)
        after = door.visit([painted(NOISE) for _ in range(20)], 2)
        # The site goes before its disk does.
        world.__exit__()

    note(f"20 frames, 1 visit: {verdict.reason.value}", acknowledged=len(acked), kept=kept)
    note(acknowledged_lost=max(0, len(acked) - kept))
    assert len(acked) <= kept
    assert (verdict.decision is Decision.GRANT) == (audited == 1)
    assert after.decision is Decision.GRANT


@case(33, "a door's disk full", "the lock works, it goes on, and says what it lost")
@pytest.mark.slow
def test_a_full_disk_of_a_door_keeps_nobody_out(tmp_path: Path, note: Note) -> None:
    with FaultWorld(tmp_path) as world, small_disk(tmp_path / "edge-front", 2):
        world.side.brain()
        world.enrol_noise()
        door = world.living(ledger=tmp_path / "ledger.jsonl")
        let_in(door)
        filler = fill(tmp_path / "edge-front")
        let_in(door)
        during = door.unlocks
        filler.unlink()
        let_in(door)
        judge(world, door, note)
        world.__exit__()

    note("a visit before, during and after")
    assert during == 2


@case(34, "the broker's disk full", "visits work")
@pytest.mark.slow
def test_a_full_disk_of_the_broker_keeps_nobody_out(tmp_path: Path, note: Note) -> None:
    with (
        small_disk(tmp_path / "broker", 2),
        FaultWorld(tmp_path, broker_state=tmp_path / "broker") as world,
    ):
        world.side.brain()
        world.enrol_noise()
        door = world.living()
        let_in(door)
        filler = fill(tmp_path / "broker")
        let_in(door)
        world.broker.kill()
        filler.unlink()
        world.broker.restart()
        let_in(door)
        judge(world, door, note)
        world.__exit__()

    note("a visit before, during, and after a kill of the full broker")


# --- another time --------------------------------------------------------------------------------


@case(35, "clock jumps of a day, forth and back, in a visit and a hold", "visits and holds as ever")
@pytest.mark.slow
def test_jumps_of_the_clock_neither_open_nor_hold_the_lock(
    world: FaultWorld, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.side.brain()
    world.enrol_noise()
    door = world.living()
    let_in(door)
    real, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    for jump in (DAY_S, -DAY_S, -DAY_S):
        before = door.unlocks
        door.walk_up()
        time.sleep(0.2)
        ahead = jump
        wait_until(functools.partial(opened_since, door, before), "let in all the same")
        ahead = 0.0
        door.walk_off()
        time.sleep(HOLD_S + 0.6)
    grants = world.rows("SELECT count(*) FROM audit WHERE what = 'grant' AND door = 'front'")[0][0]

    note("3 jumps", unlocks=door.unlocks, audited=grants)
    assert door.unlocks == grants == 4
    assert held_too_long(door.ledger(), HOLD_S) == []


def opened_since(door: LivingDoor, before: int) -> bool:
    """Whether the lock has opened more often than that."""
    return door.unlocks > before


# --- exceptions ----------------------------------------------------------------------------------

CALLBACKS: Final = (
    "edge.hearing.Hearing.hear",
    "edge.inbox.Inbox.put",
    "brain.recognition.Recognition.take",
    "edge.bursts.Bursts.carry_out",
    "edge.eyes.Eyes.look",
    "edge.sender.Sender.acked",
    "edge.sender.Sender.event",
    "edge.inbox.Inbox.put_frame",
    "edge.adapters.indicator_none.NoIndicator.show",
    "edge.lock_client.LockProcess.hold",
    "edge.lock_client.LockProcess.beat",
    "brain.recognition.Recognition.finish",
    "brain.outgoing.Outgoing.verdict",
    "brain.inbox.Inbox.put",
    "brain.inbox.Inbox.get",
    "brain.worker.Matchers.submit",
    "brain.worker.Matchers._match",
    "brain.reading.Reading.open",
    "brain.app.Brain._tick",
)


@case(
    36, "exceptions thrown inside callbacks of doors and brain", "lock closed, healed within 10 s"
)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_exception_anywhere_closes_the_lock_and_heals(
    world: FaultWorld, note: Note, monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    owner, _, name = callback.rpartition(".")
    module, _, kind = owner.rpartition(".")
    target = getattr(__import__(module, fromlist=[kind]), kind)
    real, thrown = getattr(target, name), 0

    def throwing(*given: Any, **named: Any) -> Any:
        nonlocal thrown
        if armed and not thrown:
            thrown += 1
            raise ArithmeticError("thrown by a test")
        return real(*given, **named)

    armed = False
    monkeypatch.setattr(target, name, throwing)
    world.side.brain()
    world.enrol_noise()
    door = world.living()
    let_in(door)
    armed = True
    door.walk_up()
    wait_until(lambda: thrown, "the callback is called")
    time.sleep(1.0)
    door.walk_off()
    wait_until(lambda: door.ledger()[-1].state == "LOCKED", "the lock closes", HOLD_S + 1)
    restarted = restart_dead(world, door)
    begun = time.monotonic()
    let_in(door)
    healed = time.monotonic() - begun

    if restarted:
        note(f"{callback.removeprefix('edge.').removeprefix('brain.')} ends the {restarted}")
    note(not_healed_in_10_s=int(healed > HEALED_S))
    assert healed < HEALED_S
    judge_quietly(world, door)


def restart_dead(world: FaultWorld, door: LivingDoor) -> str:
    """Start again whoever ended, as systemd does; who that was."""
    if door.crashed is not None:
        door.crashed = None
        door.stop()
        door.start()
        return "edge"
    if not world.side.brains[-1].alive:  # its program ends where this is so
        world.side.brains[-1].stop()
        world.side.brain()
        return "brain"
    return ""


def judge_quietly(world: FaultWorld, door: LivingDoor) -> None:
    """As `judge`, without a line in the table."""
    judge(world, door, lambda *_, **__: None)
