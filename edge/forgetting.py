"""How does a door forget a resident who was removed?

Everything of that person that it keeps is deleted, durably, before it says so; what the disk does
not let go of is tried again when the brain asks again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from doorbus.messages import EventKind, Forget
from edge import durable
from edge.core.visit_events import Event
from edge.enrolment import Enroller
from edge.sender import Sender

_log = structlog.get_logger(__name__)


class Forgetting:
    """Carries out `forget`. For the main loop alone.

    Args of the constructor:
        spool: the folder of what waits for the brain.
        sender: tells the brain when it is done.
        enroller: may be at an enrolment of this person.
        caches: each erases a resident, by opaque id, from somewhere else; raises OSError where the
            disk refuses.
    """

    def __init__(
        self,
        spool: Path,
        sender: Sender,
        enroller: Enroller,
        caches: Sequence[Callable[[str], object]] = (),
    ) -> None:
        self._spool = spool
        self._sender = sender
        self._enroller = enroller
        self._caches = tuple(caches)

    def forget(self, command: Forget, now: float) -> Event | None:
        """Erase everything about a resident; what the visit has to know of it."""
        over = None
        for enrolment in command.enrolments:
            captures = self._enroller.capturing == enrolment
            ended = self._enroller.stop(enrolment, now)
            over = ended if captures else over
        try:
            for erase in self._caches:
                erase(command.resident)
            files = erase_pictures(self._spool, frozenset(command.enrolments))
        except OSError as error:
            _log.error("not_forgotten_yet", why=error.strerror, do="look at the disk of state_dir")
            return over
        _log.info("forgotten", resident=command.resident, files=files)
        self._sender.event(EventKind.FORGOTTEN, None, command.resident, now)
        return over


def erase_pictures(spool: Path, enrolments: frozenset[str]) -> int:
    """Delete the spool's pictures of some enrolments, and files of which nobody knows whose.

    Those are what a power cut left half written, and what could not be read and was put aside.

    Returns:
        How many files were deleted.

    Raises:
        OSError: one of them stays.
    """
    gone = 0
    for path in sorted(spool.iterdir()):
        if _is_theirs(path, enrolments):
            path.unlink()
            gone += 1
    if gone:
        durable.settle(spool)
    return gone


def _is_theirs(path: Path, enrolments: frozenset[str]) -> bool:
    if path.suffix == ".draft":
        return True  # nobody is writing: this is the one thread that does
    if path.suffix not in {".kept", ".unreadable"}:
        return False
    with path.open("rb") as file:
        header = file.readline()
    try:
        enrolment = json.loads(header)["enrolment"]
    except (ValueError, KeyError, TypeError):
        return True
    return enrolment in enrolments
