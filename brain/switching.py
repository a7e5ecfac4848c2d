"""How does a gallery come to be of another encoder, without closing a door?

The stored frames of everybody's enrolment are embedded by the configured encoder, beside matching
and giving way to it; what is done stays done, so that a restart goes on. Meanwhile doors are
answered by the encoder before (see `brain.first_encoding`). When nobody is left, the gallery and
what matches against it change together.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from brain.behind import Behind, Wanted
from brain.core.training import Trained, train
from brain.errors import BrainError, FrameStoreError, StoreError, VaultError
from brain.first_encoding import first_encoding
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.parts import Encoding
from brain.ports import Clock, FrameStore
from brain.store_ports import AuditEntry, PeopleStore, TemplateSet
from brain.trainer import Looked, Trainer
from doorbus.messages import EncoderChanging, EnrolmentState
from faces.errors import FacesError

TELL_EVERY_S = 5.0
LOOK_AGAIN_S = 10.0
"""Seconds between two looks at whether those left out are enrolled again."""

MOST_NAMED = 256
_log = structlog.get_logger()


class Switching:
    """Changes the gallery's encoder where another one is configured; on one thread.

    Args:
        coming: the configured encoder.
        former: makes the encoder of a recipe again; None where it cannot be had.
        looking: makes the trainer that looks with the coming encoder.
        prepare: readies the matchers of the coming encoder elsewhere, then has `complete` called.
        swap: has the doors answered by them from now on, and enrolments looked at by the trainer.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        frames: FrameStore,
        gallery: LiveGallery,
        outgoing: Outgoing,
        clock: Clock,
        coming: Encoding,
        former: Callable[[str], Encoding | None],
        looking: Callable[[], Trainer],
        prepare: Callable[[], None],
        swap: Callable[[Trainer], None],
    ) -> None:
        self._store = store
        self._frames = frames
        self._gallery = gallery
        self._outgoing = outgoing
        self._clock = clock
        self._coming = coming
        self._former = former
        self._looking = looking
        self._prepare = prepare
        self._swap = swap
        self._serving: Encoding | None = coming
        self._trainer: Trainer | None = None
        self._wanted: dict[str, Wanted] = {}
        self._behind = Behind(store, frames, coming.identity)
        self._told = float("-inf")
        self._begun = False
        self._preparing = self._prepared = False
        self._changed = False
        self._finished = False
        self._looked_again = float("-inf")
        self._trouble = ""

    @property
    def note(self) -> str:
        """What an administrator should know; empty where all is well."""
        parts = []
        if self._trainer is not None:
            everybody = self._behind.residents
            parts.append(
                f"changing the encoder: {self._done} of {everybody} residents are embedded"
                + ("" if self._serving is not None else "; until then every visit is refused")
            )
        if self._behind.left_out:
            parts.append(f"{len(self._behind.left_out)} residents must be enrolled again")
        if self._trouble:
            parts.append(f"the change of the encoder is held up: {self._trouble}")
        return "; ".join(parts)

    @property
    def _done(self) -> int:
        waiting = len(self._wanted) + self._behind.waiting
        return self._behind.residents - waiting - len(self._behind.left_out)

    def decide(self) -> Encoding | None:
        """Which encoder answers doors at first; None for none, so that all visits are refused.

        Raises `StoreError`. Comes once the store is open, before anything is matched.
        """
        self._serving = first_encoding(self._store, self._coming, self._former)
        return self._serving

    def begin(self) -> None:
        """Look for residents without templates of the coming encoder, and begin with them."""
        self._begun = True
        self._finished = self._serving is self._coming
        self._go_on()

    def retry(self) -> None:
        """Go on where a database or a disk failed; every second."""
        if not self._begun or self._wanted or self._preparing:
            return
        if self._finished and not self._trouble:
            if not self._behind.left_out:
                return
            now = self._clock.monotonic()
            if now < self._looked_again + LOOK_AGAIN_S:
                return
            self._looked_again = now
        self._go_on()

    def unprepared(self, why: str) -> None:
        """The matchers of the coming encoder cannot be had; a restart tries again."""
        self._trouble = why

    def _go_on(self) -> None:
        """Queue who is next; change over where nobody is left."""
        try:
            if not self._queue() and (not self._finished or self._trainer is not None):
                self._finish()
        except (BrainError, FacesError) as error:
            self._trouble = str(error)
            _log.error("the change of the encoder is tried again", why=str(error))
        else:
            self._trouble = ""

    def owns(self, looked: Looked) -> bool:
        """Whether frames were looked at for the change."""
        return looked.enrolment in self._wanted

    def take(self, looked: Looked) -> None:
        """Frames of one resident were looked at with the coming encoder."""
        one = self._wanted[looked.enrolment]
        try:
            done = self._embedded(one, looked)
        except VaultError as error:
            self._behind.leave_out(one.resident, str(error))
            done = True
        except StoreError as error:
            _log.error("a resident's new templates are kept later", why=str(error))
            self._look(looked.enrolment, one)
            return
        if not done:
            return
        del self._wanted[looked.enrolment]
        self._tell()
        if not self._wanted:
            self._go_on()

    def complete(self) -> None:
        """The matchers of the coming encoder are ready."""
        self._prepared, self._preparing = True, False
        if not self._wanted:
            self._go_on()

    def tell(self) -> None:
        """Tell how far it is, to whoever could not hear it before, if anything changes."""
        if self._trainer is not None or self._changed or self._behind.left_out:
            self._tell(at_once=True)

    def stop(self) -> None:
        """End the looking. Twice is harmless."""
        if self._trainer is not None:
            self._trainer.stop()
            self._trainer = None

    # --- one resident after the other ------------------------------------------------------------

    def _queue(self) -> bool:
        """Queue some who lack templates of the coming encoder; False where nobody does."""
        queued: dict[str, Wanted] = {}
        while not queued:
            if not self._behind.waiting and not self._behind.look():
                return False
            queued = self._behind.some()
            if not queued and self._behind.waiting:
                self._finished = False
                return True  # messages first; the next second goes on
        self._finished = False
        if self._trainer is None:
            self._trainer = self._looking()
            self._trainer.start()
            waiting = len(queued) + self._behind.waiting
            _log.info("residents are embedded by another encoder", residents=waiting)
        self._wanted |= queued
        for enrolment, one in queued.items():
            self._look(enrolment, one)
        self._tell(at_once=True)
        return True

    def _look(self, enrolment: str, one: Wanted) -> None:
        assert self._trainer is not None  # noqa: S101  # somebody is wanted
        self._trainer.train(enrolment, one.chosen)

    def _embedded(self, one: Wanted, looked: Looked) -> bool:
        """Keep a resident's new templates; False where more frames are looked at first."""
        coming = self._coming
        rule = coming.training.for_photos if one.uploaded else coming.training
        result = train(looked.samples, looked.faults or (), rule)
        if not isinstance(result, Trained):
            if len(one.chosen) < len(one.every):
                # What was chosen by the encoder before does not do: look at everything.
                one.chosen = one.every
                self._look(looked.enrolment, one)
                return False
            self._behind.leave_out(one.resident, result.reason)
            return True
        chosen = tuple(sample.index for sample in result.chosen)
        new = TemplateSet(coming.identity, result.templates, chosen)
        version = None
        with self._store.work() as work:
            now = work.enrolments.by_id(looked.enrolment)
            if now is None or now.state is not EnrolmentState.TRAINED:
                return True  # removed, undone or replaced meanwhile
            work.templates.add(one.resident, new)
            if self._serving is self._coming:
                version = work.templates.next_version()
        if version is not None:
            self._gallery.put(version, one.resident, result.templates)
        return True

    # --- all together ----------------------------------------------------------------------------

    def _finish(self) -> None:
        """Everybody who can be is embedded: change over."""
        another = self._serving is not None and self._serving is not self._coming
        if another and not self._prepared:
            self._preparing = True
            self._prepare()
            return
        if self._serving is not self._coming:
            self._change_over()
        elif self._trainer is not None:
            self._trainer.stop()
        self._trainer = None
        self._finished = self._changed = True
        self._tell(at_once=True)

    def _change_over(self) -> None:
        """Anything in here may fail, and is then done once more from the beginning."""
        coming = self._coming
        with self._store.work() as work:
            again = work.templates.encoder() == coming.identity
            work.templates.set_encoder(coming.identity, coming.recipe)
            work.templates.forget_others(coming.identity)
            gone = work.former.forget_others(coming.identity)
            work.renewals.forget_others(coming.identity)
            work.templates.next_version()
            if not again:
                now = self._clock.wall()
                work.audit.append(
                    AuditEntry(now, "brain", "encoder_changed", reason=coming.identity)
                )
        for enrolment in gone:
            try:
                self._frames.erase(enrolment)
            except FrameStoreError as error:
                _log.error("frames stay until the next start", why=str(error))
        if self._trainer is None:
            trainer = self._looking()
            trainer.start()
            self._trainer = trainer
        self._swap(self._trainer)
        self._serving = coming
        _log.info("doors are answered by the configured encoder now", encoder=coming.identity)

    def _tell(self, *, at_once: bool = False) -> None:
        now = self._clock.monotonic()
        if not at_once and now < self._told + TELL_EVERY_S:
            return
        self._told = now
        left_out = self._behind.left_out
        self._outgoing.event(
            EncoderChanging(
                serving="" if self._serving is None else self._serving.identity,
                coming=self._coming.identity,
                done=self._done,
                residents=self._behind.residents,
                left_out=left_out[:MOST_NAMED],
                finished=self._finished,
            )
        )
