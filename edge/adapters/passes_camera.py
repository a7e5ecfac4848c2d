"""How are passes looked for beside everything else, whatever somebody holds before the camera?

In a process of its own (`edge.qr`). A thread feeds it, waits for its answer no longer than
`LONGEST_S`, and starts it again where it died, hung or said nonsense.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import structlog

from doorbus.passes import LONGEST
from edge.adapters.qr_cv2 import Grey, prepared
from edge.ports import Image
from edge.qr import HEAD, LENGTH

LONGEST_S: Final = 1.5
"""Seconds that one picture may take; a common one takes some hundredths."""

START_S: Final = 30.0
"""Seconds until the process must answer for the first time, on a slow board with a busy disk."""

PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before it is started again, the longer the more often in a row."""

JOIN_S: Final = 3.0

_ROOT: Final = Path(__file__).parents[2]

_log = structlog.get_logger(__name__)


class _Broken(Exception):  # noqa: N818  # reads as what happened
    """The process died, hung, or said nonsense; the text says which."""


class CameraPassReader:
    """The `PassReader` port over a process that decodes QR codes.

    Args of the constructor:
        command: what to run.
        longest_s: seconds that one picture may take.
        start_s: the same for the first picture after a start.
    """

    def __init__(
        self,
        command: tuple[str, ...] = (sys.executable, "-m", "edge.qr"),
        *,
        longest_s: float = LONGEST_S,
        start_s: float = START_S,
    ) -> None:
        self._command = command
        self._longest_s = longest_s
        self._start_s = start_s
        self._changed = threading.Condition()
        self._slot: Image | None = None
        self._found: str | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = False
        self.restarts = 0
        self.looked_at = 0

    def start(self) -> None:
        """See `PassReader.start`."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="passes", daemon=True)
        self._thread.start()

    def show(self, image: Image) -> None:
        """See `PassReader.show`."""
        with self._changed:
            self._slot = image
            self._changed.notify()

    def take(self) -> str | None:
        """See `PassReader.take`."""
        with self._changed:
            found, self._found = self._found, None
            return found

    def stop(self) -> None:
        """See `PassReader.stop`."""
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(JOIN_S)
            if thread.is_alive():
                _log.error("passes_stuck", do="the process that looks for passes is left behind")

    # --- on its own thread -----------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                image = self._next()
                if image is None:
                    continue
                try:
                    text = self._asked(prepared(image))
                    failures = 0
                except (OSError, _Broken) as error:
                    self._end()
                    self.restarts += 1
                    pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
                    failures += 1
                    _log.warning("pass_reader_replaced", why=str(error), pause_s=pause)
                    self._stopping.wait(pause)
                    continue
                except Exception:  # noqa: BLE001  # a door outlives whatever a library throws
                    _log.exception("passes_stumbled")
                    self._stopping.wait(PAUSES_S[0])
                    continue
                self.looked_at += 1
                if text:
                    with self._changed:
                        self._found = text
        finally:
            self._end()

    def _next(self) -> Image | None:
        with self._changed:
            if self._slot is None and not self._stopping.is_set():
                self._changed.wait(0.5)
            image, self._slot = self._slot, None
            return image

    def _asked(self, grey: Grey) -> str:
        """What the process reads. Raises `_Broken`, `OSError`."""
        process = self._process
        if process is None:
            process = self._process = self._started()
        give_up_at = time.monotonic() + (self._longest_s if self._answered else self._start_s)
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  # pipes were asked for
        rows, columns = grey.shape
        _write(process.stdin.fileno(), HEAD.pack(rows, columns) + grey.tobytes(), give_up_at)
        answers = process.stdout.fileno()
        (length,) = LENGTH.unpack(_read(answers, LENGTH.size, give_up_at))
        if length > LONGEST:
            raise _Broken("it said nonsense")
        text = _read(answers, length, give_up_at)
        self._answered = True
        return text.decode("ascii", "replace")

    def _started(self) -> subprocess.Popen[bytes]:
        self._answered = False
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            start_new_session=True,
        )
        assert process.stdin is not None  # noqa: S101  # a pipe was asked for
        os.set_blocking(process.stdin.fileno(), False)
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _write(pipe: int, content: bytes, give_up_at: float) -> None:
    left = memoryview(content)
    while left:
        _, ready, _ = select.select((), (pipe,), (), max(0.0, give_up_at - time.monotonic()))
        if not ready:
            raise _Broken("a picture took too long")
        left = left[os.write(pipe, left) :]


def _read(pipe: int, size: int, give_up_at: float) -> bytes:
    content = b""
    while len(content) < size:
        ready, _, _ = select.select((pipe,), (), (), max(0.0, give_up_at - time.monotonic()))
        if not ready:
            raise _Broken("a picture took too long")
        piece = os.read(pipe, size - len(content))
        if not piece:
            raise _Broken("it died")
        content += piece
    return content
