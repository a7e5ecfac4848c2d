"""Who matches bursts? A bounded number of threads, each door's bursts in order, newest wanted."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from brain.core.freshness import Mark
from brain.eyes import Looks
from brain.live_gallery import Standing
from brain.losses import LookingError
from brain.shares import Share, joined, split, unlooked
from doorbus.messages import Burst, Crop, Reason
from matching.decision import Match, match
from matching.sight import Seen

MOST_WAITING = 64
"""Doors that may wait for a free thread."""

LATELY_S = 1.0
"""A door whose last burst was done so short a while ago lets others go first: no visit is so short,
and a door that sends burst after burst costs others nothing but what nobody else wants."""

MOST_AGE_S = 3.0
"""A door waits no longer for its verdict; an older burst is not worth the work."""

JOIN_S = 10.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A burst to be matched.

    Attributes:
        door: who asks.
        mark: which visit.
        burst: the pictures.
        since: when it came, seconds, monotonic.
    """

    door: str
    mark: Mark
    burst: Burst
    since: float


class Matchers:
    """Threads that look at bursts and find residents.

    Of each door one burst is in work and one waits; a newer one takes the waiting one's place.
    Threads without a burst of their own help with those in work. Of doors that wait, the one goes
    first that was served longest ago.

    Args:
        eyes: one for each thread.
        standing: gives residents, and what is asked of a burst, as they are now.
        done: hears each job's result, on the thread that did it; it must only put it somewhere.
        monotonic: seconds.
        broke: hears of each job that could not be done for what it is, on the thread that did it.
    """

    def __init__(
        self,
        eyes: Sequence[Looks],
        standing: Callable[[], Standing],
        done: Callable[[Job, Match], None],
        monotonic: Callable[[], float],
        broke: Callable[[Job, Exception], None] | None = None,
    ) -> None:
        self._eyes = eyes
        self._standing = standing
        self._done = done
        self._monotonic = monotonic
        self._broke = broke
        self._waiting: OrderedDict[str, Job] = OrderedDict()
        self._working: set[str] = set()
        self._ended: dict[str, float] = {}
        self._offered: deque[Share] = deque()
        self._idle = 0
        self._change = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Load the networks and start the threads. Raises `faces.errors.ModelError`."""
        for eyes in self._eyes:
            eyes.start()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(eyes,), name=f"matcher-{number}", daemon=True)
            for number, eyes in enumerate(self._eyes)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads after what they do now; what waits is dropped. Twice is harmless."""
        with self._change:
            self._stopping = True
            self._waiting.clear()
            self._change.notify_all()
        for thread in self._threads:
            thread.join(JOIN_S)
            if thread.is_alive():
                _log.error("a matching thread is stuck", thread=thread.name)
        self._threads = []
        for eyes in self._eyes:
            eyes.stop()

    @property
    def waiting(self) -> int:
        """Bursts that wait for a thread."""
        with self._change:
            return len(self._waiting)

    def submit(self, job: Job) -> Job | None:
        """Take a job; return one that will not be done for it: an older one, or itself."""
        with self._change:
            older = self._waiting.get(job.door)
            if older is None and len(self._waiting) >= MOST_WAITING:
                return job
            self._waiting[job.door] = job
            # All: a single notice may reach whoever waits for idleness instead of an idle thread.
            self._change.notify_all()
            return older

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until no burst is waiting or in work; False where some still are."""
        with self._change:
            return self._change.wait_for(
                lambda: self._stopping or not (self._waiting or self._working), timeout_s
            )

    def _run(self, eyes: Looks) -> None:
        while (job := self._next()) is not None:
            if isinstance(job, Share):
                self._help(eyes, job)
                continue
            try:
                found = self._match(eyes, job)
            except Exception as error:  # noqa: BLE001  # a burst may be anything; outlive it
                found = self._failed(job, error)
            with self._change:
                self._working.discard(job.door)
                self._ended[job.door] = self._monotonic()
                self._change.notify_all()
            self._done(job, found)

    def _failed(self, job: Job, error: Exception) -> Match:
        if isinstance(error, LookingError):
            _log.warning("a burst was not looked at", door=job.door, why=str(error))
        else:
            _log.error("matching failed", door=job.door, exc_info=error)
        if self._broke is not None:
            self._broke(job, error)
        return Match(Reason.BRAIN_ERROR)

    def _next(self) -> Job | Share | None:
        """A burst, or a share of somebody else's where none waits; None at the end."""
        with self._change:
            self._idle += 1
            self._change.wait_for(lambda: self._stopping or self._offered or self._ready())
            self._idle -= 1
            if self._stopping:
                return None
            door = self._ready()
            if door is not None and not (self._offered and self._lately(door)):
                self._working.add(door)
                return self._waiting.pop(door)
            share = self._offered.popleft()
            share.taken = True
            return share

    def _ready(self) -> str | None:
        there = (door for door in self._waiting if door not in self._working)
        # Those never served first, in the order in which they came.
        return min(there, key=lambda door: self._ended.get(door, float("-inf")), default=None)

    def _lately(self, door: str) -> bool:
        return self._monotonic() - self._ended.get(door, float("-inf")) < LATELY_S

    def _match(self, eyes: Looks, job: Job) -> Match:
        if self._monotonic() - job.since > MOST_AGE_S:
            return Match(Reason.BRAIN_ERROR)
        seen = self._look(eyes, job.burst.crops, job.door)
        now = self._standing()
        return match(seen.probes, seen.faults, now.gallery, now.rule, seen.weights)

    def _look(self, eyes: Looks, crops: Sequence[Crop], door: str) -> Seen:
        """Look at a burst, with the help of whoever has nothing to do."""
        with self._change:
            wanted = sum(
                not (door in self._working or self._lately(door)) for door in self._waiting
            )
            # Whoever works for a door that goes last will help before it takes that one's next.
            soon_free = sum(other != door and self._lately(other) for other in self._working)
            shares = split(crops, 1 + max(0, self._idle + soon_free - wanted))
            shares[0].taken = True
            self._offered.extend(shares[1:])
            if len(shares) > 1:
                self._change.notify_all()
        shares[0].look(eyes)
        for share in shares[1:]:
            if self._take_back(share):
                share.look(eyes)
        with self._change:
            self._change.wait_for(lambda: all(share.over for share in shares))
        for share in unlooked(shares):
            share.look(eyes)
        return joined(shares)

    def _take_back(self, share: Share) -> bool:
        """Whether nobody has taken what was offered, so that it is ours again."""
        with self._change:
            if share.taken:
                return False
            share.taken = True
            self._offered.remove(share)
            return True

    def _help(self, eyes: Looks, share: Share) -> None:
        share.look(eyes)
        with self._change:
            self._change.notify_all()
