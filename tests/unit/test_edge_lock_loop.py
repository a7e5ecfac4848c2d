"""The lock process's loop on actuators that misbehave, over a real socket."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from edge.core.bolt import Beat, Close, Hold
from edge.lock import Channels, LockLoop
from edge.lock_lines import order


@dataclass
class StubbornActuator:
    """A bolt whose driver fails a given number of times."""

    simulated: bool = True
    failing_closes: float = 0
    failing_opens: int = 0
    failing_stops: int = 0
    drawn: bool = False
    calls: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.drawn = False

    def open(self) -> None:
        self.calls.append("open")
        if self.failing_opens > 0:
            self.failing_opens -= 1
            self.drawn = True  # it may have moved before it failed
            raise OSError("relay does not answer")
        self.drawn = True

    def close(self) -> None:
        self.calls.append("close")
        if self.failing_closes > 0:
            self.failing_closes -= 1
            raise OSError("relay is stuck")
        self.drawn = False

    def stop(self) -> None:
        self.calls.append("stop")
        if self.failing_stops > 0:
            self.failing_stops -= 1
            raise OSError("no such device")


class Rig:
    """A loop in a thread, with the edge's end of its socket."""

    def __init__(
        self, actuator: StubbornActuator, longest: float = 30.0, *, rests_open: bool = False
    ) -> None:
        self.edge, self._theirs = socket.socketpair()
        self.edge.settimeout(5)
        self._signals, self.signal_pipe = os.pipe()
        fd = self._theirs.fileno()
        channels = Channels(fd, fd, self._signals)
        self.loop = LockLoop(actuator, channels, longest, rests_open=rests_open)
        self.exit_code: int | None = None
        self._thread = threading.Thread(target=self._run)
        self._text = ""

    def _run(self) -> None:
        self.exit_code = self.loop.run()

    def start(self) -> None:
        self._thread.start()
        self.expect("LOCKED")

    def hold(self, seconds: float) -> None:
        self.edge.sendall(order(Hold(seconds, time.monotonic())))

    def expect(self, wanted: str) -> str:
        """Read lines until one starts with `wanted`; returns it."""
        while True:
            line, newline, rest = self._text.partition("\n")
            if not newline:
                data = self.edge.recv(4096).decode()
                assert data, f"the loop ended before it said {wanted}"
                self._text += data
                continue
            self._text = rest
            if line.startswith(wanted):
                return line

    def end(self) -> int | None:
        self.edge.close()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return self.exit_code

    def release(self) -> None:
        self.edge.close()
        if self._thread.ident is not None:
            self._thread.join(10)
        self._theirs.close()
        os.close(self._signals)
        os.close(self.signal_pipe)


@pytest.fixture
def actuator() -> StubbornActuator:
    return StubbornActuator()


@pytest.fixture
def rig(actuator: StubbornActuator) -> Iterator[Rig]:
    rig = Rig(actuator)
    yield rig
    rig.release()


def test_a_hold_is_reported_at_both_ends_and_moves_the_bolt_once_each_way(
    rig: Rig, actuator: StubbornActuator
) -> None:
    rig.start()

    rig.hold(0.1)
    rig.expect("UNLOCKED")
    rig.expect("LOCKED")

    assert rig.end() == 0
    assert actuator.calls == ["open", "close", "stop"]


def test_a_hold_during_a_hold_does_not_move_the_bolt(rig: Rig, actuator: StubbornActuator) -> None:
    rig.start()

    rig.hold(0.5)
    rig.expect("UNLOCKED")
    rig.hold(0.2)
    rig.expect("LOCKED")

    assert actuator.calls == ["open", "close"]


def test_every_beat_is_answered(rig: Rig) -> None:
    rig.start()

    rig.edge.sendall(order(Beat()) * 2)

    assert rig.expect("beat") == "beat"
    assert rig.expect("beat") == "beat"


def test_a_garbled_line_closes_and_the_next_hold_opens_again(rig: Rig) -> None:
    rig.start()
    rig.hold(5)
    rig.expect("UNLOCKED")

    rig.edge.sendall(b"hold tight\n")
    rig.expect("LOCKED")
    rig.hold(5)

    rig.expect("UNLOCKED")


def test_a_close_that_fails_is_reported_and_tried_until_it_works(
    rig: Rig, actuator: StubbornActuator, capfd: pytest.CaptureFixture[str]
) -> None:
    rig.start()
    rig.hold(5)
    rig.expect("UNLOCKED")
    actuator.failing_closes = 3

    rig.edge.sendall(order(Close()))

    assert "relay is stuck" in rig.expect("error")
    rig.expect("LOCKED")
    assert not actuator.drawn
    assert actuator.calls.count("close") == 4
    assert "relay is stuck" in capfd.readouterr().err


def test_an_open_that_fails_closes_and_waits_for_another_order(
    rig: Rig, actuator: StubbornActuator
) -> None:
    rig.start()
    actuator.failing_opens = 1

    rig.hold(5)

    assert "relay does not answer" in rig.expect("error")
    rig.expect("LOCKED")
    assert not actuator.drawn
    rig.hold(5)
    rig.expect("UNLOCKED")


def test_a_bolt_that_never_closes_is_left_after_a_while_with_exit_code_1(
    rig: Rig, actuator: StubbornActuator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.lock.GIVE_UP_AFTER", 0.3)
    rig.start()
    rig.hold(5)
    rig.expect("UNLOCKED")
    actuator.failing_closes = float("inf")

    assert rig.end() == 1
    assert actuator.calls.count("close") >= 2


def test_an_actuator_that_cannot_be_released_ends_with_exit_code_1(
    rig: Rig, actuator: StubbornActuator, capfd: pytest.CaptureFixture[str]
) -> None:
    actuator.failing_stops = 1
    rig.start()

    assert rig.end() == 1
    assert "no such device" in capfd.readouterr().err


def test_an_edge_that_does_not_read_cannot_keep_the_bolt_open(
    rig: Rig, actuator: StubbornActuator
) -> None:
    rig.start()
    rig.edge.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for _ in range(2000):  # far more answers than the socket holds
        rig.edge.sendall(order(Beat()) * 20)

    rig.hold(0.3)
    deadline = time.monotonic() + 5
    while actuator.calls != ["open", "close"] and time.monotonic() < deadline:
        time.sleep(0.01)

    assert actuator.calls == ["open", "close"]


def test_a_hold_longer_than_the_longest_is_cut(actuator: StubbornActuator) -> None:
    rig = Rig(actuator, longest=0.2)
    try:
        rig.start()
        rig.hold(60)
        rig.expect("UNLOCKED")
        began = time.monotonic()
        rig.expect("LOCKED")
        assert time.monotonic() - began < 0.8
    finally:
        rig.release()


@pytest.fixture
def safe(actuator: StubbornActuator) -> Iterator[Rig]:
    rig = Rig(actuator, rests_open=True)
    yield rig
    rig.release()


def test_a_fail_safe_lock_says_that_it_is_open_when_the_edge_has_gone(
    safe: Rig, actuator: StubbornActuator
) -> None:
    safe.start()
    safe.edge.shutdown(socket.SHUT_WR)

    safe.expect("UNLOCKED")

    assert safe.end() == 0
    assert actuator.calls == ["open", "stop"]


def test_a_fail_safe_lock_that_does_not_open_at_the_end_is_tried_again(
    safe: Rig, actuator: StubbornActuator
) -> None:
    actuator.failing_opens = 2
    safe.start()

    assert safe.end() == 0
    assert actuator.calls == ["open", "open", "open", "stop"]
