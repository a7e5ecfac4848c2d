"""Who looks at bursts and frames, and how is everybody exchanged for another encoder?"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

import structlog

from brain.core.training import Sample
from brain.eyes import Eyes, Looks
from brain.live_gallery import LiveGallery
from brain.losses import LookingError
from brain.parts import Encoding, Parts
from brain.trainer import Looked, Trainer
from brain.worker import Job, Matchers
from faces.errors import FacesError
from matching.decision import Fault, Match

RETIRE_S = 15.0
_log = structlog.get_logger()


class Workforce:
    """Matchers and a trainer, of the configured encoder or of the one before.

    Args:
        coming: the configured encoder.
        workers: threads that match.
        matched: hears the result of a burst and by which encoder, on a matcher's thread.
        looked: hears the result of an enrolment, on a trainer's thread.
        prepared: hears that `prepare` is done, on a thread of its own.
        unprepared: hears why it could not be, on that thread.
        broke: hears of a burst that broke what looked at it, on a matcher's thread.
        broke_frame: the same of a frame, on a trainer's thread.
        seen: hears what each frame of an enrolment shows, on a trainer's thread.

    Attributes:
        trainer: who looks at enrolments' frames at this moment.
    """

    def __init__(
        self,
        parts: Parts,
        gallery: LiveGallery,
        coming: Encoding,
        *,
        workers: int,
        matched: Callable[[Job, Match, str], None],
        looked: Callable[[Looked], None],
        prepared: Callable[[], None],
        unprepared: Callable[[str], None],
        broke: Callable[[Job, Exception], None],
        broke_frame: Callable[[bytes, LookingError], None],
        seen: Callable[[str, int, Sample | Fault], None],
    ) -> None:
        self._parts = parts
        self._gallery = gallery
        self._coming = coming
        self._workers = workers
        self._matched = matched
        self._looked = looked
        self._prepared = prepared
        self._unprepared = unprepared
        self._broke = broke
        self._broke_frame = broke_frame
        self._seen = seen
        self._matchers = self._make_matchers(coming)
        self._next_matchers: Matchers | None = None
        self._leaving: tuple[Trainer | None, Matchers | None] = (None, None)
        self.trainer = self.make_trainer(coming)

    @property
    def waiting(self) -> int:
        """Bursts that wait for a matcher."""
        return self._matchers.waiting

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError`."""
        self._matchers.start()
        self.trainer.start()

    def stop(self) -> None:
        """End all threads. Twice is harmless."""
        self.trainer.stop()
        self._matchers.stop()
        if self._next_matchers is not None:
            self._next_matchers.stop()

    def serve(self, encoding: Encoding | None) -> None:
        """At the start: the encoder before, the configured one, or none yet."""
        if encoding is None:
            self._gallery.wait()
        elif encoding is not self._coming:
            self._be_of(encoding)
            self._matchers = self._make_matchers(encoding)
            self.trainer = self.make_trainer(encoding)

    def _be_of(self, encoding: Encoding) -> None:
        dimensions = encoding.make().dimensions
        self._gallery.become(encoding.identity, dimensions, encoding.match, encoding.target)

    def prepare(self) -> None:
        """Load the networks of the next matchers beside everything else."""
        self._next_matchers = matchers = self._make_matchers(self._coming)

        def ready() -> None:
            try:
                matchers.start()
            except FacesError as error:
                why = str(error)
                _log.error("the configured encoder cannot be loaded", why=why)
                self._unprepared(why)
                return
            self._prepared()

        threading.Thread(target=ready, name="preparing", daemon=True).start()

    def swap(self, trainer: Trainer) -> None:
        """From now on the configured encoder answers; what is under way ends as it began.

        Raises `StoreError`; then every visit is refused until it is called once more.
        """
        if self._gallery.encoder != self._coming.identity:
            self._be_of(self._coming)
            self._gallery.wait()
        self._gallery.load()
        before, self._matchers = self._matchers, self._next_matchers or self._matchers
        self._next_matchers = None
        old_trainer, self.trainer = self.trainer, trainer
        self._gallery.tell()
        self._leaving = (old_trainer, None if before is self._matchers else before)

    def retire(self) -> None:
        """Send away whoever `swap` replaced: matchers end what they have."""
        trainer, matchers = self._leaving
        self._leaving = (None, None)
        if trainer is not None:
            trainer.stop()
        if matchers is not None:
            threading.Thread(target=_retire, args=(matchers,), name="retiring", daemon=True).start()

    def _eyes(self, encoding: Encoding) -> Looks:
        if self._parts.lookers is not None:
            return self._parts.lookers.eyes(encoding)
        landmarks = self._parts.landmarks
        return Eyes(
            self._parts.detector(), encoding.make(), None if landmarks is None else landmarks()
        )

    def _make_matchers(self, encoding: Encoding) -> Matchers:
        return Matchers(
            [self._eyes(encoding) for _ in range(self._workers)],
            functools.partial(self._gallery.standing_of, encoding.identity),
            lambda job, found: self._matched(job, found, encoding.identity),
            self._parts.clock.monotonic,
            self._broke,
        )

    def submit(self, job: Job) -> Job | None:
        """To the matchers of this moment; a job that is given back was not taken."""
        return self._matchers.submit(job)

    def _give_way(self, patience_s: float) -> bool:
        """To the matchers of this moment."""
        return self._matchers.wait_until_idle(patience_s)

    def make_trainer(self, encoding: Encoding) -> Trainer:
        """One that gives way to the matchers; not started."""
        return Trainer(
            self._eyes(encoding),
            self._parts.frames,
            self._give_way,
            self._looked,
            encoder=encoding.identity,
            broke=self._broke_frame,
            seen=self._seen,
        )


def _retire(matchers: Matchers) -> None:
    """Let matchers end what they have, then stop them."""
    matchers.wait_until_idle(RETIRE_S)
    matchers.stop()
