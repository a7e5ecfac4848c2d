"""The bus's thread lives on through whatever happens on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import structlog

from doorbus import lifeline
from doorbus.bus import BusEvent, Connected, Disconnected
from doorbus.errors import BusError
from doorbus.lifeline import Bell, Lifeline


class Scripted:
    """An attempt to connect that does what it is told."""

    def __init__(self, line: Lifeline, act: Callable[[Lifeline], str]) -> None:
        self._line = line
        self._act = act
        self.was_online = False
        self.closed = False

    def serve(self) -> str:
        return self._act(self._line)

    def close(self) -> None:
        self.closed = True


class Bench:
    """A lifeline that goes through a script, one attempt after the other, and then waits."""

    def __init__(self, *script: Callable[[Lifeline], str]) -> None:
        self.events: list[BusEvent] = []
        self.ended: list[str] = []
        self.attempts: list[Scripted] = []
        self.times: list[float] = []
        self.done = threading.Event()
        self._script = list(script)
        self.line = Lifeline("front", lambda error: f"explained {error}", self.ended.append)

    def attempt(self, _: Bell) -> Scripted:
        self.times.append(time.monotonic())
        act = self._script.pop(0) if self._script else self._rest
        self.attempts.append(Scripted(self.line, act))
        return self.attempts[-1]

    def run(self) -> None:
        """Go through the script, and stop."""
        self.line.start(self.events.append, self.attempt)
        assert self.done.wait(10)
        self.line.stop()

    def _rest(self, line: Lifeline) -> str:
        self.done.set()
        line.stopping.wait(10)
        return "stopped"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(lifeline, "MOST_DELAY_S", 0.05)


def _raises(error: BaseException) -> Callable[[Lifeline], str]:
    def act(_: Lifeline) -> str:
        raise error

    return act


def _says(reason: str) -> Callable[[Lifeline], str]:
    return lambda _: reason


def _online(reason: str) -> Callable[[Lifeline], str]:
    def act(line: Lifeline) -> str:
        line.connected()
        return reason

    return act


@pytest.mark.parametrize(
    "error",
    [OSError("refused"), ValueError("a bug"), MemoryError(), SystemExit(), KeyboardInterrupt()],
)
def test_no_error_ends_the_thread(error: BaseException) -> None:
    bench = Bench(_raises(error), _raises(error))

    bench.run()

    assert len(bench.attempts) == 3
    assert all(one.closed for one in bench.attempts)


def test_an_error_while_connecting_is_explained() -> None:
    bench = Bench(_raises(ConnectionRefusedError("nobody")))

    bench.run()

    assert bench.events == [Disconnected("explained nobody")]
    assert bench.ended[0] == "explained nobody"


def test_an_outage_is_told_once_however_many_attempts_it_takes() -> None:
    bench = Bench(*[_says("no")] * 4, _online("broke"), *[_says("no")] * 3)

    bench.run()

    assert bench.events == [Disconnected("no"), Connected(), Disconnected("broke")]


def test_each_reason_of_an_outage_is_logged_once() -> None:
    bench = Bench(_says("broke"), *[_says("refused")] * 3, _online("broke"), _says("refused"))

    with structlog.testing.capture_logs() as said:
        bench.run()

    reasons = [line["reason"] for line in said if line["log_level"] == "warning"]
    assert reasons == ["broke", "refused", "broke", "refused"]


def test_attempts_come_slower_and_slower_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    most = _watched_delays(monkeypatch)
    bench = Bench(*[_says("no")] * 5)

    bench.run()

    assert most[:5] == pytest.approx([0.01, 0.02, 0.04, 0.05, 0.05])


def test_a_good_connection_makes_the_next_attempt_quick_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    most = _watched_delays(monkeypatch)

    def good(line: Lifeline) -> str:
        bench.attempts[-1].was_online = True
        return _online("broke")(line)

    bench = Bench(_says("no"), _says("no"), good)

    bench.run()

    assert most[:3] == pytest.approx([0.01, 0.02, 0.01])


def test_the_real_delays_are_one_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert (lifeline.FIRST_DELAY_S, lifeline.MOST_DELAY_S) == (1.0, 5.0)


def test_nothing_is_told_of_an_end_that_was_asked_for() -> None:
    bench = Bench()

    bench.run()

    assert bench.events == []
    assert bench.ended == ["stopped"]


def test_it_starts_once() -> None:
    bench = Bench()
    bench.line.start(bench.events.append, bench.attempt)

    with pytest.raises(BusError, match="front"):
        bench.line.start(bench.events.append, bench.attempt)
    bench.line.stop()


def test_a_thread_that_is_stuck_is_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "JOIN_TIMEOUT_S", 0.05)
    freed = threading.Event()

    def stuck(_: Lifeline) -> str:
        freed.wait(10)
        return "freed"

    bench = Bench(stuck)
    bench.line.start(bench.events.append, bench.attempt)

    with structlog.testing.capture_logs() as said:
        bench.line.stop()
    freed.set()

    assert [line["event"] for line in said] == ["the bus's thread is stuck"]


def test_ringing_never_blocks_and_outlives_the_bell() -> None:
    bell = Bell()
    for _ in range(100_000):
        bell.ring()
    bell.silence()
    bell.close()

    bell.ring()


def test_ringing_and_telling_before_the_start_does_nothing() -> None:
    line = Lifeline("front", str, lambda _: None)

    line.ring()
    line.tell(Connected())
    line.stop()


def _watched_delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest that each wait might have been."""
    most: list[float] = []

    def uniform(least: float, top: float) -> float:
        most.append(top)
        return least

    monkeypatch.setattr("random.uniform", uniform)
    return most
