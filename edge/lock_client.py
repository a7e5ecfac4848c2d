"""How does the edge give orders to its lock? Through `LockProcess`, which keeps it running."""

from __future__ import annotations

import math
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from edge.core.bolt import Beat, Close, Hold
from edge.errors import LockError
from edge.lock_child import ActuatorChoice, LockChild
from edge.lock_lines import BEAT, ERROR, FAILED, Lines, order, read_answer
from edge.ports import LockState

BEAT_EVERY: Final = 0.25
"""Seconds; beats asked for more often are not sent. The lock closes after 1 s without one."""

UNANSWERED_BEATS: Final = 8
"""So many beats without any line back, and the lock process counts as stuck: it is killed, and the
next one closes at its start. Counted in beats, not in time, because a suspended edge is not the
lock's fault."""

START_WITHIN: Final = 10.0
"""Seconds until the first `LOCKED`; importing a GPIO library on a slow board takes three."""

END_WITHIN: Final = 4.0
"""Seconds a lock process gets to close and end, a little more than it takes before it gives up."""

LONGEST_PAUSE: Final = 5.0
"""Seconds between attempts to start a lock process that keeps ending."""

_log = structlog.get_logger(__name__)


class LockProcess:
    """The edge's end of the lock: implements `edge.ports.Lock`.

    A lock process that ends is started again at once (which closes the bolt), later at growing
    intervals. `on_state` is called from a thread of this object, first with the `LOCKED` of the
    start, then at every change; an exception it raises is logged.
    """

    def __init__(self, choice: ActuatorChoice) -> None:
        self._choice = choice
        self._on_state: Callable[[LockState], None] = lambda _: None
        self._guard = threading.Lock()
        self._child: LockChild | None = None
        self._attendant: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._stopping = threading.Event()
        self._first_word = threading.Event()
        self._failure: str | None = None
        self._state: LockState | None = None
        self._beat_at = -math.inf

    @property
    def simulated(self) -> bool:
        """True where no hardware moves."""
        return self._choice.kind == "simulated"

    @property
    def rests_open(self) -> bool:
        """True where it is wired fail-safe: open once its process has ended."""
        return self._choice.rests_open

    @property
    def pid(self) -> int | None:
        """The lock process, for whoever watches it; None while there is none."""
        child = self._running()
        return child.process.pid if child else None

    def start(self, on_state: Callable[[LockState], None]) -> None:
        """Start the process and wait until it has closed the bolt.

        Raises:
            LockError: the actuator cannot be claimed, or the process does not come up.
        """
        if self._attendant is not None:
            raise LockError("the lock was started already; stop it first")
        arguments = self._choice.arguments()
        self._on_state = on_state
        self._stopping.clear()
        self._first_word.clear()
        self._failure = None
        self._state = None
        if not self.simulated:
            # lgpio puts a pipe of a fixed name into the working directory, and shares it with any
            # other process that does the same there, such as the edge with its sensor.
            self._folder = tempfile.TemporaryDirectory(prefix="doorward-lock-")
        self._attendant = threading.Thread(
            target=self._attend, args=(arguments,), name="lock-attendant", daemon=True
        )
        self._attendant.start()
        if not self._first_word.wait(START_WITHIN):
            self._failure = f"the lock process did not answer within {START_WITHIN:g} s"
            self._kill(self._running(), "it did not start")
        failure = self._failed()
        if failure is not None:
            self.stop()
            raise LockError(failure)

    def hold(self, seconds: float) -> None:
        """Open for `seconds` from now; replaces a running hold, whether it ends earlier or later.

        Closes by itself, whatever happens to the edge. Where the lock process cannot be reached
        the door stays shut and the log says so.

        Raises:
            LockError: `seconds` is not a positive number.
        """
        if not (math.isfinite(seconds) and seconds > 0):
            raise LockError(f"a lock cannot be held for {seconds} seconds; order a positive number")
        self._send(order(Hold(float(seconds), time.monotonic())))

    def close(self) -> None:
        """Close now."""
        self._send(order(Close()))

    def beat(self) -> None:
        """Heartbeat, to be called from the main loop at least twice a second; never blocks."""
        now = time.monotonic()
        if now - self._beat_at < BEAT_EVERY:
            return
        self._beat_at = now
        with self._guard:
            child = self._child
            if child is None:
                return
            if child.ready:
                child.unanswered += 1
            stuck = child.unanswered > UNANSWERED_BEATS
            late = not child.ready and now - child.started_at > START_WITHIN
        if stuck or late:
            self._kill(child, "it does not answer")
        else:
            self._send(order(Beat()))

    def stop(self) -> None:
        """Close and end the process; returns when it is gone, after at most some seconds."""
        self._stopping.set()
        attendant = self._attendant
        if attendant is None:
            return
        with self._guard:
            if self._child is not None:
                with suppress(OSError):
                    self._child.send(order(Close()))
                    self._child.link.shutdown(socket.SHUT_WR)
        attendant.join(END_WITHIN)
        if attendant.is_alive():
            self._kill(self._running(), "it did not end")
            attendant.join(END_WITHIN)
        if attendant.is_alive():
            _log.error("lock_thread_stuck", do="look at the process list for edge.lock")
        self._attendant = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _running(self) -> LockChild | None:
        with self._guard:
            return self._child

    def _failed(self) -> str | None:
        return self._failure

    def _send(self, line: bytes) -> None:
        with self._guard:  # two threads' lines must not mix, nor a link be closed meanwhile
            child = self._child
            try:
                taken = child is not None and child.send(line)
            except OSError:  # it ended; the attendant is about to notice
                child = None
        if child is None:
            if line != order(Beat()) and not self._stopping.is_set():
                _log.error("lock_not_reachable", lost=line.decode().strip())
        elif not taken:
            self._kill(child, "it does not read")

    def _kill(self, child: LockChild | None, why: str) -> None:
        if child is not None:
            _log.error("lock_process_killed", pid=child.process.pid, why=why)
            child.process.kill()

    def _attend(self, arguments: list[str]) -> None:
        """Thread: start the process, listen to it, and start it again when it ends."""
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                child = self._spawn(arguments)
            except OSError as error:
                self._hear_failure(f"the lock process cannot be started: {error}")
                pause = LONGEST_PAUSE
                continue
            if child is None:
                return
            self._listen(child)
            with self._guard:
                self._child = None
            code = child.bury(END_WITHIN)
            self._hear_end(code)
            if self._stopping.is_set() or self._failure is not None:
                return
            lived = time.monotonic() - child.started_at
            pause = 0.0 if lived > LONGEST_PAUSE else min(max(pause * 2, 0.1), LONGEST_PAUSE)

    def _spawn(self, arguments: list[str]) -> LockChild | None:
        """Start the process, unless stopping: stop() must never miss a child."""
        with self._guard:
            if self._stopping.is_set():
                return None
            self._child = LockChild.spawn(arguments, self._folder.name if self._folder else None)
            return self._child

    def _listen(self, child: LockChild) -> None:
        lines = Lines()
        while True:
            try:
                data = child.link.recv(4096)
            except OSError:
                data = b""
            if not data:
                return
            with self._guard:
                child.unanswered = 0
            for line in lines.feed(data):
                self._hear(child, *read_answer(line))

    def _hear(self, child: LockChild, word: str, text: str) -> None:
        if word == BEAT:
            return
        if word == ERROR:
            _log.error("lock_actuator", error=text)
        elif word == FAILED:
            self._hear_failure(text)
        elif word in LockState.__members__:
            with self._guard:
                child.ready = True
            self._tell(LockState(word))
            self._first_word.set()
        else:
            _log.warning("lock_said_nonsense", word=word[:40])

    def _hear_failure(self, text: str) -> None:
        """Keep what start() has to raise; later failures only go to the log."""
        if self._first_word.is_set():
            if not self._stopping.is_set():
                _log.error("lock_failed", error=text)
            return
        self._failure = text
        self._first_word.set()

    def _hear_end(self, code: int) -> None:
        if self._stopping.is_set():
            if code != 0:
                _log.error("lock_maybe_open", exit_code=code, do="look at the door")
        elif self._first_word.is_set():
            _log.error("lock_process_ended", exit_code=code, do="starting it again")
        else:
            self._hear_failure(f"the lock process ended at once, exit code {code}; see its log")

    def _tell(self, state: LockState) -> None:
        if state is self._state:
            return
        self._state = state
        try:
            self._on_state(state)
        except Exception:  # noqa: BLE001  # the lock must be attended whatever a listener does
            _log.exception("lock_listener_failed", state=state.value)
