"""How does a door match a face, or find a PIN, by itself without its loop waiting?

On a thread of its own, which gives way to everything else, with the very code by which the brain
matches (`matching.sight`, `matching.decision`). One visit at a time: the door has no more.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from doorbus import pins
from doorbus.messages import Burst, CachedResident, CodeKind, Reason, SecondFactor
from matching.decision import Match, MatchRule, match
from matching.frozen import frozen
from matching.gallery import Gallery
from matching.life import LifeRule, against_life
from matching.sight import Sight

JOIN_S: Final = 10.0
NICE: Final = 5
"""How far it gives way to the thread that feeds the lock's heartbeat."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class HereJob:
    """A visit to match.

    Attributes:
        burst: its pictures, as they went to the brain or would have.
        gallery: who may be found.
        rule: what is asked.
        life: what counts as evidence of life.
        second: what is asked for beside a face: none, card or pin.
        residents: by opaque id, for their PINs.
    """

    burst: Burst
    gallery: Gallery
    rule: MatchRule
    life: LifeRule
    second: str = "none"
    residents: Mapping[str, CachedResident] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeJob:
    """A PIN without a face.

    Attributes:
        visit: of which visit.
        nonce: of it.
        shown: the PIN.
        residents: whose it may be.
    """

    visit: int
    nonce: str
    shown: SecondFactor
    residents: tuple[CachedResident, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FoundHere:
    """What the matching thread says, for the door's inbox.

    Attributes:
        visit: of which visit.
        nonce: of it.
        found: whom burst or PIN show.
        objects: what is wrong with the card or PIN beside the face, where one is asked for.
        duress: whether the PIN was the one that calls for help.
    """

    visit: int
    nonce: str
    found: Match
    objects: Reason | None = None
    duress: bool = False


class LocalMatching:
    """Matches bursts: `start`, `submit`, `stop`.

    Args of the constructor:
        sight: what looks; not started. None where only PINs are looked for.
        done: hears what was found, on the matching thread; must only put it somewhere.
    """

    def __init__(self, sight: Sight | None, done: Callable[[FoundHere], None]) -> None:
        self._sight = sight
        self._done = done
        self._jobs: queue.Queue[HereJob | CodeJob | None] = queue.Queue(maxsize=1)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load the networks and begin. Raises `faces.errors.ModelError` naming file and command."""
        if self._sight is not None:
            self._sight.start()
        self._thread = threading.Thread(target=self._run, name="matching", daemon=True)
        self._thread.start()

    def submit(self, job: HereJob | CodeJob) -> None:
        """Match this one; one that still waits is dropped for it."""
        with suppress(queue.Empty):
            self._jobs.get_nowait()
        with suppress(queue.Full):
            self._jobs.put_nowait(job)

    def stop(self) -> None:
        """End after what is being done. Twice is harmless."""
        if self._thread is None:
            return
        with suppress(queue.Empty):
            self._jobs.get_nowait()
        self._jobs.put(None)
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            _log.error("matching_stuck", do="the door stops all the same")
        self._thread = None

    def _run(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while (job := self._jobs.get()) is not None:
            try:
                found = self._done_with(job)
            except Exception:  # noqa: BLE001  # a door outlives whatever a library throws
                _log.exception("matching_failed", do="the visit is refused")
                mark = job if isinstance(job, CodeJob) else job.burst
                found = FoundHere(mark.visit, mark.nonce, Match(Reason.BRAIN_ERROR))
            self._done(found)

    def _done_with(self, job: HereJob | CodeJob) -> FoundHere:
        if isinstance(job, CodeJob):
            return owner(job)
        if self._sight is None:
            raise RuntimeError("a face to match, and nothing to see it with")
        return looked_at(self._sight, job)


def owner(job: CodeJob) -> FoundHere:
    """Find whose PIN it is; on all cores, since each guess at a hash is made to cost something."""
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        every = cores.map(lambda one: _told_by(one, job.shown.value), job.residents)
        for resident, duress in zip(job.residents, every, strict=True):
            if duress is not None:
                cores.shutdown(wait=False, cancel_futures=True)
                match = Match(Reason.MATCH, resident.id)
                return FoundHere(job.visit, job.nonce, match, duress=duress)
    return FoundHere(job.visit, job.nonce, Match(Reason.WRONG_SECOND_FACTOR))


def _told_by(resident: CachedResident, pin: str) -> bool | None:
    """Whether this is the resident's duress PIN, False for the other; None for neither."""
    if resident.pin and pins.matches(pin, resident.pin):
        return False
    if resident.duress and pins.matches(pin, resident.duress):
        return True
    return None


def looked_at(sight: Sight, job: HereJob) -> FoundHere:
    """Match a visit, and look at the PIN beside the face."""
    return beside(matched(sight, job), job)


def beside(found: Match, job: HereJob) -> FoundHere:
    """Look at what was shown beside the face of somebody who was found.

    As at the brain it must be right also where the brain's settings ask for nothing: then it is the
    door's own that ask.
    """
    burst, shown = job.burst, job.burst.second
    told = FoundHere(burst.visit, burst.nonce, found)
    if found.resident is None or (shown is None and job.second == "none"):
        return told
    resident = job.residents.get(found.resident)
    unknown = resident is None or (job.second == "none" and not resident.pin)
    if shown is None or shown.kind is not CodeKind.PIN or job.second == "card" or unknown:
        # Nobody's card is in a cache, and PINs only where the brain's settings ask for them.
        return replace(told, objects=Reason.SECOND_FACTOR)
    duress = None if resident is None else _told_by(resident, shown.value)
    if duress is None:
        return replace(told, objects=Reason.WRONG_SECOND_FACTOR)
    return replace(told, duress=duress)


def matched(sight: Sight, job: HereJob) -> Match:
    """What the brain would say of this burst with this gallery: every step as it takes them.

    Args:
        sight: started.
        job: the visit.
    """
    burst = job.burst
    lifeless = against_life(burst.liveness, [crop.at_ms for crop in burst.crops], job.life)
    if lifeless is not None:
        return Match(lifeless)
    if not job.gallery.residents:
        return Match(Reason.NO_RESIDENTS)
    seen = sight.burst(burst.crops)
    found = match(seen.probes, seen.faults, job.gallery, job.rule, seen.weights)
    if found.reason is Reason.MATCH and frozen([crop.jpeg for crop in burst.crops]):
        return Match(Reason.NO_LIFE)
    return found
