"""Who moves the bolt? This process, alone: it closes unless it was told, a moment ago, to hold.

Started by the edge (`edge.lock_client`) with one socket as standard input and output. It closes at
start, when a hold is over, when the edge's heartbeat is late, when the socket ends (so a SIGKILL
of the edge closes the door), on a line it does not understand, and on SIGTERM, SIGINT and SIGHUP.
A lock wired fail-safe is open once this process has ended, however it ends: it says so before.
It imports as little as it can: the first closing waits for nothing but the actuator's driver.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge.core.bolt import LONGEST_HOLD, Bolt, Close, Event, Gone, Tick, step
from edge.errors import LockError
from edge.lock_lines import BEAT, ERROR, FAILED, LOCKED, UNLOCKED, Lines, answer, read_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.ports import Actuator

RETRY_EVERY: Final = 0.2
"""Seconds between attempts to close an actuator that refuses."""

REPEAT_COMPLAINT_EVERY: Final = 5.0
"""Seconds between log lines about an actuator that goes on refusing."""

GIVE_UP_AFTER: Final = 3.0
"""Seconds of attempts once the edge is gone; then the hardware is left to the next lock process."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The file descriptors of the loop: orders in, answers out, and a byte for each signal."""

    orders: int
    answers: int
    signals: int


class LockLoop:
    """Carries out what `edge.core.bolt` decides, on one actuator."""

    def __init__(
        self,
        actuator: Actuator,
        channels: Channels,
        longest: float,
        *,
        rests_open: bool = False,
    ) -> None:
        self._actuator = actuator
        self._channels = channels
        self._bolt = Bolt(longest=longest, rests_open=rests_open)
        self._drawn: bool | None = None  # what the actuator last did; None: not known
        self._retry_at: float | None = None
        self._complained_at: float | None = None
        self._over_since: float | None = None
        self._lines = Lines()

    def run(self) -> int:
        """Serve until the end; returns the exit code, 0 once closed (wired fail-safe: open).

        The actuator must have been started. It is stopped, whatever happens.
        """
        try:
            self._drawn = False  # the actuator starts closed
            self._say(LOCKED)
            while not self._finished():
                events = self._wait()
                now = time.monotonic()
                for event in events:
                    self._apply(event, now)
                self._drive(now)
        finally:
            try:
                self._actuator.stop()
            except Exception as fault:  # noqa: BLE001  # a driver may raise anything
                self._complain(f"the actuator could not be released: {fault}")
                self._drawn = None
        if self._drawn is None:
            return 1
        return 0

    def _finished(self) -> bool:
        if self._over_since is None:
            return False
        done = self._drawn is self._bolt.is_open
        return done or time.monotonic() - self._over_since > GIVE_UP_AFTER

    def _wait(self) -> list[Event]:
        """Sleep until an order, a signal or the next deadline."""
        now = time.monotonic()
        deadlines = [at for at in (self._bolt.closes_at, self._retry_at) if at is not None]
        timeout = max(0.0, min(deadlines) - now) if deadlines else None
        sources = [self._channels.signals]
        if self._over_since is None:
            sources.append(self._channels.orders)
        ready, _, _ = select.select(sources, [], [], timeout)
        events: list[Event] = []
        if self._channels.orders in ready:
            try:
                data = os.read(self._channels.orders, 4096)
            except OSError:  # reset: the edge died with answers unread
                data = b""
            lines = self._lines.feed(data)
            events += [read_order(line) for line in lines]
            for line in lines:
                if line == BEAT.encode():
                    self._say(BEAT)
            if not data:
                events.append(Gone("the edge has gone"))
        if self._channels.signals in ready:
            number = os.read(self._channels.signals, 1)[0]
            events.append(Gone(f"received {signal.Signals(number).name}"))
        return events or [Tick()]

    def _apply(self, event: Event, now: float) -> None:
        outcome = step(self._bolt, event, now)
        self._bolt = outcome.bolt
        if self._bolt.over and self._over_since is None:
            self._over_since = now
        if outcome.remark is not None:
            self._note(outcome.remark)

    def _drive(self, now: float) -> None:
        """Make the actuator follow; a failure to open closes, a failure to close is tried again."""
        if self._bolt.is_open and self._drawn is not True:
            try:
                self._actuator.open()
            except Exception as fault:  # noqa: BLE001  # whatever the driver says, the door closes
                self._complain(f"the actuator did not open: {fault}")
                self._drawn = None
                self._bolt = step(self._bolt, Close(), now).bolt
                self._retry_at = now + RETRY_EVERY  # of use at the end of a fail-safe lock only
            else:
                self._drawn = True
                self._retry_at = None
                self._say(UNLOCKED)
        if not self._bolt.is_open and self._drawn is not False:
            try:
                self._actuator.close()
            except Exception as fault:  # noqa: BLE001  # the door must close in the end
                self._drawn = None
                self._retry_at = now + RETRY_EVERY
                self._complain_now_and_then(
                    f"the actuator did not close, trying again: {fault}", now
                )
            else:
                self._drawn = False
                self._retry_at = None
                self._complained_at = None
                self._say(LOCKED)

    def _say(self, word: str, text: str = "") -> None:
        """Tell the edge, unless it does not listen: the bolt never waits for a reader."""
        _, writable, _ = select.select([], [self._channels.answers], [], 0)
        if writable:
            with suppress(OSError):  # the edge went away; the end of its orders says so too
                os.write(self._channels.answers, answer(word, text))

    def _note(self, text: str) -> None:
        with suppress(OSError):
            os.write(2, f"doorward lock: {text}\n".encode())

    def _complain(self, text: str) -> None:
        self._note(text)
        self._say(ERROR, text)

    def _complain_now_and_then(self, text: str, now: float) -> None:
        if self._complained_at is None or now - self._complained_at >= REPEAT_COMPLAINT_EVERY:
            self._complained_at = now
            self._complain(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lock process; exit code 0 when closed, 1 when not, 2 when it never had the lock."""
    options = _parse(arguments)
    signals = _listen_for_signals()
    try:
        actuator = _choose(options)
        actuator.start()
    except LockError as error:
        with suppress(OSError):
            os.write(1, answer(FAILED, str(error)))
        sys.stderr.write(f"doorward lock: {error}\n")
        return 2
    channels = Channels(0, 1, signals)
    return LockLoop(actuator, channels, options.longest_hold, rests_open=options.rests_open).run()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m edge.lock", description=__doc__)
    parser.add_argument("--kind", required=True, choices=("simulated", "gpio"))
    parser.add_argument("--ledger", help="simulated: file that records every transition")
    parser.add_argument("--pin", type=int, help="gpio: BCM number of the relay's pin")
    parser.add_argument("--factory", choices=("rpigpio", "lgpio"), help="gpio: the library")
    parser.add_argument("--active-low", action="store_true", help="gpio: the relay draws on low")
    parser.add_argument("--rests-open", action="store_true", help="wired fail-safe")
    parser.add_argument("--longest-hold", type=float, default=LONGEST_HOLD, help="seconds")
    options = parser.parse_args(arguments)
    if options.kind == "simulated" and options.ledger is None:
        parser.error("a simulated lock needs --ledger")
    if options.kind == "gpio" and (options.pin is None or options.factory is None):
        parser.error("a gpio lock needs --pin and --factory")
    return options


def _choose(options: argparse.Namespace) -> Actuator:
    # Imported here, one or the other: gpiozero alone takes longer than everything else together.
    if options.kind == "simulated":
        from edge.adapters.actuator_simulated import (  # noqa: PLC0415
            SimulatedActuator,
        )

        return SimulatedActuator(options.ledger, rests_open=options.rests_open)
    from edge.adapters.actuator_gpio import GpioActuator  # noqa: PLC0415

    return GpioActuator(
        options.pin,
        options.factory,
        active_high=not options.active_low,
        rests_open=options.rests_open,
    )


def _listen_for_signals() -> int:
    """Make the ending signals readable: a handler that raised could interrupt a close."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


if __name__ == "__main__":
    sys.exit(main())
