"""How does the brain come by processes that look at pictures, and get rid of them?

A nursery (`brain.looker`) holds one encoder's networks and forks lookers. It is started with the
first pair of eyes that needs it and ends with the last. A looker that dies at its start, or a
nursery that does, is tried again after a pause that grows; one that dies of a picture is replaced
at once.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import cbor2
import structlog

from brain import looking
from brain.looker import FORK
from brain.losses import LookingError, Loss
from faces.errors import ModelError

LOAD_S = 60.0
"""A nursery's time to load networks; on a slow board it takes ten seconds."""

FORK_S = 5.0
"""A looker's time to be there; a hundredth of a second is usual."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
"""Between attempts to start what dies at its start."""

END_S = 2.0
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_DATA_HOME", "DOORWARD_MODELS")
"""What a nursery keeps of the brain's environment: where Python and the models are."""

_log = structlog.get_logger()


class Looker:
    """One process that looks at pictures; belongs to one thread.

    Attributes:
        pid: of the process.
    """

    def __init__(self, link: socket.socket, pid: int, handle: int) -> None:
        self.pid = pid
        self._link = link
        self._handle = handle

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        # It becomes readable when the process ends; poll, for select has a greatest descriptor.
        ended = select.poll()
        ended.register(self._handle, select.POLLIN)
        return not ended.poll(0)

    def ask(self, request: object, within_s: float) -> dict[str, Any]:
        """Have it answer a request. Whatever this raises, end the looker.

        Raises:
            LookingError: it died, hung, ran out of memory, or failed.
        """
        until = time.monotonic() + within_s
        try:
            self._link.settimeout(within_s)
            looking.send(self._link, request)
            answer = looking.receive(self._link, looking.MOST_ANSWER, until)
        except TimeoutError:
            raise LookingError(
                Loss.HUNG, f"looking at pictures took more than {within_s:g} s"
            ) from None
        except (OSError, EOFError):
            raise LookingError(Loss.DIED, "the process that looked at pictures died") from None
        except Exception as error:  # noqa: BLE001  # the decoder of CBOR has several roots
            raise LookingError(Loss.FAILED, f"an unreadable answer: {error}") from None
        if not isinstance(answer, dict):
            raise LookingError(Loss.FAILED, "an answer that is none")
        if "failed" in answer:
            loss = Loss.MEMORY if answer.get("memory") is True else Loss.FAILED
            raise LookingError(loss, str(answer["failed"])[: looking.LONGEST_WORDS])
        return answer

    def end(self) -> None:
        """End it, whatever it is at. Twice is harmless."""
        if self._handle < 0:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self._handle = -1
        self._link.close()


class Nursery:
    """Starts lookers of one encoder; safe to use from several threads.

    Args:
        maker: what makes the eyes, `module:function`, called there with ...
        recipe: ... this.
    """

    def __init__(self, maker: str, recipe: str) -> None:
        self._command = (maker, recipe)
        self._lock = threading.Lock()
        self._users = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pause_s = 0.0
        self._not_before = 0.0
        self._losses: Counter[Loss] = Counter()
        self._running = 0

    @property
    def running(self) -> int:
        """Lookers there are."""
        return self._running

    def losses(self) -> Counter[Loss]:
        """How many lookers came to which end, and how often none could be had."""
        with self._lock:
            return Counter(self._losses)

    def attach(self) -> None:
        """Have the networks loaded for one more pair of eyes. Raises `ModelError`."""
        with self._lock:
            if self._process is None:
                self._begin()
            self._users += 1

    def detach(self) -> None:
        """One pair of eyes less; the last ends the nursery and every looker."""
        with self._lock:
            self._users -= 1
            if self._users <= 0:
                self._users = 0
                self._end()

    def looker(self) -> Looker:
        """A new looker.

        Raises:
            LookingError: none can be had now.
        """
        with self._lock:
            if time.monotonic() < self._not_before:
                self._losses[Loss.ABSENT] += 1
                raise LookingError(Loss.ABSENT, "what looks at pictures is started again soon")
            try:
                if self._process is None or self._process.poll() is not None:
                    self._end()
                    self._begin()
                made = self._fork()
            except (OSError, ValueError, EOFError, ModelError) as error:
                self._end()
                self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S)
                self._not_before = time.monotonic() + self._pause_s
                self._losses[Loss.ABSENT] += 1
                _log.error(
                    "what looks at pictures cannot be started; every visit is refused",
                    why=str(error) or type(error).__name__,
                    again_in_s=self._pause_s,
                )
                raise LookingError(Loss.ABSENT, "nothing is there to look at pictures") from None
            self._pause_s = 0.0
            self._running += 1
            return made

    def lost(self, loss: Loss | None) -> None:
        """A looker is gone; None where it was ended in peace."""
        with self._lock:
            self._running -= 1
            if loss is not None:
                self._losses[loss] += 1

    def _begin(self) -> None:
        """Start the process and wait until it has loaded. Raises `ModelError`, OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            # One thread a process: lookers are forked, and threads do not come along.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "brain.looker", str(theirs.fileno()), *self._command],
                stdin=subprocess.DEVNULL,
                env=environment,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the brain, which ends this one
            )
        self._control = ours
        try:
            said = self._told(LOAD_S)
        except (OSError, ValueError, EOFError):
            self._end()
            raise ModelError(
                "the process that looks at pictures did not start; its own words stand above"
            ) from None
        if "error" in said:
            self._end()
            raise ModelError(str(said["error"]))
        if said.get("threads") != 1:
            _log.warning("the networks brought threads of their own", **said)

    def _fork(self) -> Looker:
        assert self._control is not None  # noqa: S101  # `_begin` made it
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._control.settimeout(FORK_S)
                socket.send_fds(self._control, [FORK], [theirs.fileno()])
            pid = int(self._told(FORK_S)["pid"])
            looker = Looker(ours, pid, os.pidfd_open(pid))
        except BaseException:
            ours.close()
            raise
        try:
            looking.receive(ours, looking.MOST_ANSWER, time.monotonic() + FORK_S)
        except BaseException:
            looker.end()
            raise
        return looker

    def _told(self, within_s: float) -> dict[str, Any]:
        assert self._control is not None  # noqa: S101  # `_begin` made it
        self._control.settimeout(within_s)
        data = self._control.recv(1 << 16)
        if not data:
            raise EOFError
        said = cbor2.loads(data)
        if not isinstance(said, dict):
            raise ValueError("an answer that is none")  # noqa: TRY004  # handled with its like
        return said

    def _end(self) -> None:
        """End the nursery; its lookers die with it. Twice is harmless."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
