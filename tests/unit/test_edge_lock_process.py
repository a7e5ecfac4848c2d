"""The lock as a real process: what closes it, however the edge or the process itself ends.

The proof is the simulated lock's ledger, which outlives every process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.adapters.actuator_simulated import Transition, read_ledger
from edge.errors import LockError
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
from edge.ports import LockState

ROOT = Path(__file__).parents[2]
CLOSED_WITHIN = 1.5
"""Seconds: what the door promises after a SIGKILL of the edge."""

EDGE = """
import sys, time
from pathlib import Path
from edge.lock_child import ActuatorChoice
from edge.lock_client import LockProcess
lock = LockProcess(ActuatorChoice("simulated", ledger=Path(sys.argv[1])))
lock.start(lambda state: print(state.value, lock.pid, flush=True))
lock.hold(25)
while True:
    lock.beat()
    time.sleep(0.1)
"""


def eventually(condition: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


class Door:
    """A lock in a process, driven by the test as an edge's main loop would."""

    def __init__(self, ledger: Path, longest_hold: float = 30.0) -> None:
        self.ledger = ledger
        self.states: list[LockState] = []
        choice = ActuatorChoice("simulated", ledger=ledger, longest_hold=longest_hold)
        self.lock = LockProcess(choice)

    def start(self) -> None:
        self.lock.start(self.states.append)

    def open(self, seconds: float = 25.0) -> None:
        self.lock.hold(seconds)
        self.beat_until(lambda: self.states[-1] is LockState.UNLOCKED)

    def beat_until(self, condition: Callable[[], bool], within: float = 10.0) -> None:
        def beaten() -> bool:
            self.lock.beat()
            return condition()

        eventually(beaten, within)

    def entries(self) -> list[str]:
        return [entry.state for entry in read_ledger(self.ledger)]

    def lock_pid(self) -> int:
        pid = self.lock.pid
        assert pid is not None
        return pid


@pytest.fixture
def door(ledger: Path) -> Iterator[Door]:
    door = Door(ledger)
    yield door
    door.lock.stop()


@pytest.fixture
def edge(ledger: Path) -> Iterator[subprocess.Popen[str]]:
    """An edge of its own process that holds its lock open and beats."""
    process = subprocess.Popen(
        [sys.executable, "-c", EDGE, str(ledger)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        assert process.stdout is not None
        for state in ("LOCKED", "UNLOCKED"):
            assert process.stdout.readline().split()[0] == state
        yield process
        process.kill()


def closing(ledger: Path) -> Transition:
    """The closing after the first opening, waited for."""
    eventually(lambda: len(read_ledger(ledger)) >= 3)
    third = read_ledger(ledger)[2]
    assert third.state == "LOCKED"
    return third


def test_a_sigkill_of_the_edge_closes_the_lock(edge: subprocess.Popen[str], ledger: Path) -> None:
    killed_at = time.monotonic()
    edge.kill()

    assert closing(ledger).monotonic - killed_at < CLOSED_WITHIN


def test_an_edge_that_hangs_closes_the_lock(edge: subprocess.Popen[str], ledger: Path) -> None:
    stopped_at = time.monotonic()
    edge.send_signal(signal.SIGSTOP)

    assert closing(ledger).monotonic - stopped_at < CLOSED_WITHIN


def test_an_edge_that_resumes_does_not_open_the_lock_again(
    edge: subprocess.Popen[str], ledger: Path
) -> None:
    edge.send_signal(signal.SIGSTOP)
    closing(ledger)
    edge.send_signal(signal.SIGCONT)
    time.sleep(0.6)  # several beats

    assert read_ledger(ledger)[-1].state == "LOCKED"


def test_a_main_loop_that_stops_beating_closes_the_lock(door: Door) -> None:
    door.start()
    door.open()

    eventually(lambda: door.entries() == ["LOCKED", "UNLOCKED", "LOCKED"], within=CLOSED_WITHIN)


def test_beats_keep_a_hold_going_beyond_the_heartbeat_limit(door: Door) -> None:
    door.start()
    door.open(2.0)

    door.beat_until(lambda: door.states[-1] is LockState.LOCKED)

    _, opened, closed = read_ledger(door.ledger)
    assert closed.monotonic - opened.monotonic == pytest.approx(2.0, abs=0.25)


def test_a_sigkill_of_the_lock_process_closes_through_a_new_one(door: Door) -> None:
    door.start()
    door.open()
    first = door.lock_pid()

    os.kill(first, signal.SIGKILL)
    door.beat_until(lambda: door.entries() == ["LOCKED", "UNLOCKED", "LOCKED"], CLOSED_WITHIN)

    pids = [entry.pid for entry in read_ledger(door.ledger)]
    assert pids[:2] == [first, first]
    assert pids[2] != first
    eventually(lambda: door.states[-1] is LockState.LOCKED)


def test_the_new_lock_process_serves_like_the_first(door: Door) -> None:
    door.start()
    first = door.lock_pid()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: door.lock.pid not in {None, first})

    door.open(0.3)
    door.beat_until(lambda: door.states[-1] is LockState.LOCKED)

    assert door.states == [LockState.LOCKED, LockState.UNLOCKED, LockState.LOCKED]


def test_a_lock_process_that_hangs_is_killed_and_replaced(door: Door) -> None:
    door.start()
    door.open()
    first = door.lock_pid()

    os.kill(first, signal.SIGSTOP)
    door.beat_until(lambda: read_ledger(door.ledger)[-1].pid != first)

    assert door.entries() == ["LOCKED", "UNLOCKED", "LOCKED"]


def test_stop_closes_an_open_lock_and_ends_the_process(door: Door) -> None:
    door.start()
    door.open()
    pid = door.lock_pid()

    door.lock.stop()
    door.lock.stop()

    assert door.entries() == ["LOCKED", "UNLOCKED", "LOCKED"]
    assert door.states[-1] is LockState.LOCKED
    assert door.lock.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_stop_before_start_is_harmless_and_a_stopped_lock_starts_again(door: Door) -> None:
    door.lock.stop()
    door.start()
    door.lock.stop()
    door.start()

    door.open(5)

    assert door.entries() == ["LOCKED", "LOCKED", "UNLOCKED"]


def test_close_closes_now(door: Door) -> None:
    door.start()
    door.open()

    door.lock.close()
    door.beat_until(lambda: door.states[-1] is LockState.LOCKED, within=0.5)


@pytest.mark.parametrize(("first", "second"), [(20.0, 0.6), (0.3, 0.9)])
def test_of_two_overlapping_holds_the_new_one_counts(
    door: Door, first: float, second: float
) -> None:
    door.start()
    door.open(first)
    ordered_at = time.monotonic()
    door.lock.hold(second)

    door.beat_until(lambda: door.states[-1] is LockState.LOCKED)

    entries = read_ledger(door.ledger)
    assert [entry.state for entry in entries] == ["LOCKED", "UNLOCKED", "LOCKED"]
    assert entries[2].monotonic - ordered_at == pytest.approx(second, abs=0.2)


def test_the_longest_hold_is_kept_whatever_is_ordered(ledger: Path) -> None:
    door = Door(ledger, longest_hold=0.5)
    door.start()
    try:
        door.open(60)
        door.beat_until(lambda: door.states[-1] is LockState.LOCKED, within=1.5)
    finally:
        door.lock.stop()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_hold_of_no_sensible_time_is_refused_before_it_is_sent(
    door: Door, seconds: float
) -> None:
    door.start()

    with pytest.raises(LockError, match="positive"):
        door.lock.hold(seconds)

    assert door.entries() == ["LOCKED"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_closes_and_ends_in_order(ledger: Path, number: signal.Signals) -> None:
    process = bare_lock(ledger)
    write(process, f"hold 20.0 {time.monotonic()!r}\n")
    eventually(lambda: len(read_ledger(ledger)) == 2)

    process.send_signal(number)

    assert process.wait(5) == 0
    assert [entry.state for entry in read_ledger(ledger)] == ["LOCKED", "UNLOCKED", "LOCKED"]
    release(process)


def test_a_malformed_line_closes(ledger: Path) -> None:
    process = bare_lock(ledger)
    write(process, f"hold 20.0 {time.monotonic()!r}\n")
    eventually(lambda: len(read_ledger(ledger)) == 2)

    write(process, "hold nan soon\n")

    assert closing(ledger).state == "LOCKED"
    release(process)
    assert process.wait(5) == 0


def test_an_order_that_waited_too_long_opens_nothing(ledger: Path) -> None:
    process = bare_lock(ledger)
    process.send_signal(signal.SIGSTOP)
    write(process, f"hold 20.0 {time.monotonic() - 5!r}\n")
    process.send_signal(signal.SIGCONT)

    release(process)

    assert process.wait(5) == 0
    assert [entry.state for entry in read_ledger(ledger)] == ["LOCKED"]


def test_a_ledger_that_cannot_be_written_fails_the_start_and_says_why(tmp_path: Path) -> None:
    door = Door(tmp_path / "missing" / "ledger.jsonl")

    with pytest.raises(LockError, match=r"lock\.ledger"):
        door.start()

    assert door.states == []
    assert door.lock.pid is None


@pytest.mark.parametrize(
    "choice",
    [
        ActuatorChoice("simulated"),
        ActuatorChoice("gpio", pin=17),
        ActuatorChoice("gpio", factory="lgpio"),
    ],
)
def test_an_incomplete_choice_names_the_missing_key(choice: ActuatorChoice) -> None:
    with pytest.raises(LockError, match=r"set lock\."):
        LockProcess(choice).start(lambda _: None)


def test_a_real_lock_that_cannot_be_had_is_an_error_and_never_a_simulated_one() -> None:
    lock = LockProcess(ActuatorChoice("gpio", pin=17, factory="lgpio", active_high=False))

    with pytest.raises(LockError, match=r"doorward\[pi5\]|Raspberry Pi"):
        lock.start(lambda _: None)

    assert not lock.simulated
    assert lock.pid is None


def test_a_listener_that_raises_does_not_stop_the_lock_from_being_attended(ledger: Path) -> None:
    heard: list[LockState] = []

    def listener(state: LockState) -> None:
        heard.append(state)
        raise RuntimeError("a listener's mistake")

    lock = LockProcess(ActuatorChoice("simulated", ledger=ledger))
    lock.start(listener)
    lock.hold(0.2)
    eventually(lambda: len(heard) == 3)
    lock.stop()

    assert heard == [LockState.LOCKED, LockState.UNLOCKED, LockState.LOCKED]


def test_the_lock_process_loads_nothing_heavy() -> None:
    heavy = {"numpy", "cv2", "pydantic", "structlog", "gpiozero", "paho", "asyncio", "subprocess"}
    program = "import sys, edge.lock, edge.adapters.actuator_simulated; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert heavy.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    "arguments", [["--kind=simulated"], ["--kind=gpio", "--pin=4"], ["--kind=none"], []]
)
def test_an_incomplete_command_line_is_refused(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge.lock", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=30,
    )

    assert done.returncode == 2
    assert "usage" in done.stderr


def bare_lock(ledger: Path) -> subprocess.Popen[str]:
    """A lock process on plain pipes, once it has closed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edge.lock", "--kind=simulated", f"--ledger={ledger}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "LOCKED\n"
    return process


def write(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


def release(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def safe(ledger: Path) -> Iterator[Door]:
    door = Door(ledger)
    door.lock = LockProcess(ActuatorChoice("simulated", ledger=ledger, rests_open=True))
    yield door
    door.lock.stop()


def test_a_fail_safe_lock_closes_at_start_and_after_a_hold_and_is_open_once_stopped(
    safe: Door,
) -> None:
    safe.start()
    safe.open(0.2)
    safe.beat_until(lambda: safe.states[-1] is LockState.LOCKED)

    safe.lock.stop()

    assert safe.lock.rests_open
    assert safe.entries() == ["LOCKED", "UNLOCKED", "LOCKED", "UNLOCKED"]
    assert safe.states[-1] is LockState.UNLOCKED


def test_a_sigkill_of_the_edge_opens_a_fail_safe_lock(ledger: Path) -> None:
    program = EDGE.replace("ledger=Path(sys.argv[1])", "ledger=Path(sys.argv[1]), rests_open=True")
    program = program.replace("lock.hold(25)\n", "")
    edge = subprocess.Popen(
        [sys.executable, "-c", program, str(ledger)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert edge.stdout is not None
    assert edge.stdout.readline().startswith("LOCKED")

    edge.kill()
    edge.wait()
    edge.stdout.close()

    eventually(lambda: read_ledger(ledger)[-1].state == "UNLOCKED", CLOSED_WITHIN)


def test_a_fail_safe_lock_that_is_killed_is_closed_by_the_next_one(safe: Door) -> None:
    safe.start()
    safe.open()
    os.kill(safe.lock_pid(), signal.SIGKILL)

    safe.beat_until(lambda: safe.states[-1] is LockState.LOCKED)
