"""Eyes that misbehave on command, for tests of the processes that look at pictures.

`brain.looker` is given one of these as its maker; a picture's last bytes say what happens.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from brain_world import PaintedDetector, PaintedEncoder

from brain.core.training import Sample
from brain.eyes import Eyes
from doorbus.messages import Crop
from faces.errors import ModelError
from matching.decision import Fault
from matching.sight import SPOT_CHECKS, Seen

HANG, DIE, CRASH, STUMBLE = b"hang", b"die!", b"crash", b"stumble"
MEMORY, NATIVE_MEMORY, REACH, LIE = b"memory", b"malloc", b"reach", b"lie"


class HostileEyes(Eyes):
    """Painted faces, and what pictures like to do to those who decode them."""

    def burst(self, crops: Sequence[Crop], spot_checks: int = SPOT_CHECKS) -> Seen:
        seen = super().burst(crops, spot_checks)
        for one in crops:
            _suffer(one.jpeg)
            if one.jpeg.endswith(LIE):
                return Seen(seen.probes * np.float32(np.nan), seen.faults, seen.weights)
        return seen

    def frame(self, index: int, data: bytes) -> Sample | Fault:
        _suffer(data)
        return super().frame(index, data)


def _suffer(data: bytes) -> None:
    if data.endswith(HANG):
        time.sleep(600)
    elif data.endswith(DIE):
        os.kill(os.getpid(), signal.SIGKILL)
    elif data.endswith(CRASH):
        ctypes.string_at(0)
    elif data.endswith(STUMBLE):
        raise ArithmeticError("of no use")
    elif data.endswith(MEMORY):
        np.ones(1 << 28).sum()  # 2 GB
    elif data.endswith(NATIVE_MEMORY):
        allocate = ctypes.CDLL(None).calloc
        allocate.restype = ctypes.c_void_p
        while allocate(1 << 20, 64):
            pass
        raise MemoryError
    elif data.endswith(REACH):
        raise PermissionError(f"reached {_reached()}")


def _reached() -> list[str]:
    """What a looker that was taken over could lay hands on."""
    found = [name for name in os.environ if "SECRET" in name]
    for what, take in (
        ("file", lambda: Path("/etc/hostname").read_bytes()),
        ("socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        ("pipe", os.pipe),
        ("limit", _raised),
    ):
        try:
            take()
            found.append(what)
        except (OSError, ValueError):
            continue
    return found


def _raised() -> None:
    # Root may raise its limits; nobody else can.
    if os.getuid() == 0:
        raise OSError
    import resource  # noqa: PLC0415  # loaded already, nothing can be opened

    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def painted_eyes(_: str) -> HostileEyes:
    """What obeys pictures."""
    return HostileEyes(PaintedDetector(), PaintedEncoder())


def stillborn(recipe: str) -> HostileEyes:
    """Eyes whose lookers die as they are forked; each nursery leaves a line in the file."""
    with Path(recipe).open("a", encoding="ascii") as file:
        file.write("born\n")
    os.register_at_fork(after_in_child=lambda: os._exit(1))
    return painted_eyes(recipe)


def without_model(_: str) -> HostileEyes:
    """Eyes that cannot be had."""
    raise ModelError("the model is gone; fetch it")
