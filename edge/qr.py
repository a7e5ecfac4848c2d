"""What does the process do that looks for passes? Pictures in, texts out; it holds no key.

    python -m edge.qr

Whoever holds something before the camera chooses what a QR decoder chews on. So it is not in the
door's own process: this one has little memory (`MEMORY`), gives way to everything else (`nice`), is
killed when one picture takes too long, and is started again.

In:  two unsigned 16-bit numbers (rows, columns; network order), then as many grey bytes.
Out: an unsigned 16-bit number, then as many ASCII bytes; 0 for no pass.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from contextlib import suppress
from typing import BinaryIO, Final

import cv2
import numpy as np

from edge.adapters.qr_cv2 import SIDE, Cv2PassFinder

HEAD: Final = struct.Struct("!HH")
LENGTH: Final = struct.Struct("!H")

MEMORY: Final = 1 << 30
"""Bytes of address space beyond what it has once everything is loaded."""

NICE: Final = 10


def main() -> int:
    """Look at pictures until there are no more."""
    os.nice(NICE)
    cv2.setNumThreads(1)
    finder = Cv2PassFinder()
    finder.find(np.zeros((120, 160), np.uint8))  # loads what it loads
    _limit()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        grey = _next(source)
        if grey is None:
            return 0
        text = b""
        with suppress(cv2.error, MemoryError):
            text = (finder.find(grey) or "").encode("ascii", "replace")
        answers.write(LENGTH.pack(len(text)) + text)
        answers.flush()


def _limit() -> None:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # no path of ours
        pages = int(file.read().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next(source: BinaryIO) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None:
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    rows, columns = HEAD.unpack(head)
    if not (0 < rows <= SIDE and 0 < columns <= SIDE):
        return None
    content = source.read(rows * columns)
    if len(content) < rows * columns:
        return None
    return np.frombuffer(content, np.uint8).reshape(rows, columns)


if __name__ == "__main__":
    sys.exit(main())
