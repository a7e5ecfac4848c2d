"""Who decodes what strangers send? Processes that hold no key, open no file, and may die.

`python -m brain.looker <descriptor> <maker> <recipe>` is a nursery: it loads the networks once,
looks at no picture but one of its own, and forks a looker whenever the brain asks. So lookers share
the networks' memory, and a new one is there within milliseconds. A looker answers one request after
the other; whatever goes wrong in it ends it.

What a looker may: compute, and speak to the brain over one socket. It gets no environment but a few
names, can open nothing any more (no file, no connection), and takes so much more memory than the
networks, no more. What it could still do, were it taken over by a picture: lie about the pictures
that come after. The matcher behind the socket asks as much of its answers as of any other.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cbor2
import cv2
import numpy as np

from brain import looking
from brain.eyes import Looks
from faces import jpeg
from faces.errors import FacesError

HEADROOM = 512 << 20
"""Bytes of address space beside what the networks take. A picture of 1920x1080 pixels is 6 MB, and
forty of them with what the detector makes of each stay below 200 MB."""

FORK = b"fork"
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
"""Of `linux/prctl.h`."""


def main(arguments: Sequence[str]) -> int:
    """Be a nursery until the brain hangs up."""
    descriptor, maker, recipe = arguments
    control = socket.socket(fileno=int(descriptor))
    os.set_inheritable(control.fileno(), False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries lookers
    _closed_to_others()
    cv2.setNumThreads(1)
    module, _, name = maker.partition(":")
    try:
        eyes: Looks = getattr(importlib.import_module(module), name)(recipe)
        eyes.start()
        # Once, so that lookers find loaded whatever a library loads late.
        eyes.frame(0, jpeg.encode(np.full((240, 320, 3), 90, np.uint8)))
    except FacesError as error:
        control.send(cbor2.dumps({"error": str(error)}))
        return 2
    gc.collect()
    gc.freeze()
    control.send(cbor2.dumps({"threads": len([*Path("/proc/self/task").iterdir()])}))
    return _nurse(control, eyes)


def _nurse(control: socket.socket, eyes: Looks) -> int:
    own = os.getpid()
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if order != FORK or len(descriptors) != 1:
            return 0
        child = os.fork()
        if child == 0:
            try:
                control.close()
                _look(socket.socket(fileno=descriptors[0]), eyes, own)
            finally:
                os._exit(1)
        os.close(descriptors[0])
        control.send(cbor2.dumps({"pid": child}))


def _look(link: socket.socket, eyes: Looks, nursery: int) -> None:
    """Be a looker until the brain hangs up or something goes wrong."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        return
    _closed_to_others()
    _confine()
    looking.send(link, {"ready": True})
    while True:
        try:
            request = looking.receive(link, looking.MOST_REQUEST)
        except EOFError:
            return
        try:
            answer = _answer(eyes, request)
        except Exception as error:  # noqa: BLE001  # told to the brain, and the end of this process
            words = f"{type(error).__name__}: {error}"[: looking.LONGEST_WORDS]
            looking.send(link, {"failed": words, "memory": _lacked_memory(error)})
            return
        looking.send(link, answer)


def _answer(eyes: Looks, request: Mapping[str, Any]) -> dict[str, Any]:
    if "frame" in request:
        return looking.frame_answer(eyes.frame(request["index"], request["frame"]))
    return looking.seen_answer(eyes.burst(looking.crops_of(request), request["spots"]))


def _lacked_memory(error: Exception) -> bool:
    """Whether memory ran out; libraries say so in words of their own."""
    return isinstance(error, MemoryError) or "alloc" in str(error).lower()


def _closed_to_others() -> None:
    """No dump, and no other process of this user looks inside."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def _confine() -> None:
    """Give up whatever looking at pictures does not take; it cannot be had back."""
    with contextlib.suppress(OSError):  # some containers have none
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")  # goes before the brain does
    # What a library says of a broken picture, again and again, would fill the brain's log.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # No number is left for a new descriptor: what is open stays, nothing else can be opened.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _prctl(what: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(what, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
