"""How does a gallery come to be of another encoder, without closing a door?

The stored frames of everybody's enrolment are embedded by the configured encoder, beside matching
and giving way to it; what is done stays done, so that a restart goes on. Meanwhile doors are
answered by the encoder before (see `brain.first_encoding`). When nobody is left, the gallery and
what matches against it change together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from brain.core.training import Trained, train
from brain.errors import FrameStoreError, StoreError
from brain.first_encoding import first_encoding
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.parts import Encoding
from brain.ports import Clock, FrameStore
from brain.store_ports import AuditEntry, PeopleStore, TemplateSet, Work
from brain.trainer import Looked, Trainer
from doorbus.messages import EncoderChanging, EnrolmentState

TELL_EVERY_S = 5.0
MOST_NAMED = 256
_log = structlog.get_logger()


@dataclass(slots=True)
class _Wanted:
    """A resident whose frames are to be embedded."""

    resident: str
    every: tuple[int, ...]
    chosen: tuple[int, ...]


@dataclass(slots=True)
class _Count:
    """How far it is."""

    residents: int = 0
    left_out: dict[str, None] = field(default_factory=dict)
    told: float = float("-inf")


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
        self._wanted: dict[str, _Wanted] = {}
        self._count = _Count()
        self._prepared = False
        self._finished = False

    @property
    def note(self) -> str:
        """What an administrator should know; empty where all is well."""
        parts = []
        if self._trainer is not None:
            done = self._count.residents - len(self._wanted) - len(self._count.left_out)
            parts.append(
                f"changing the encoder: {done} of {self._count.residents} residents are embedded"
                + ("" if self._serving is not None else "; until then every visit is refused")
            )
        if self._count.left_out:
            parts.append(f"{len(self._count.left_out)} residents must be enrolled again")
        return "; ".join(parts)

    def decide(self) -> Encoding | None:
        """Which encoder answers doors at first; None for none, so that all visits are refused.

        Raises `StoreError`. Comes once the store is open, before anything is matched.
        """
        self._serving = first_encoding(self._store, self._coming, self._former)
        return self._serving

    def begin(self) -> None:
        """Look for residents without templates of the coming encoder, and begin with them."""
        if self._queue():
            return
        if self._serving is not self._coming:
            self._finish()

    def owns(self, looked: Looked) -> bool:
        """Whether frames were looked at for the change."""
        return looked.enrolment in self._wanted

    def take(self, looked: Looked) -> None:
        """Frames of one resident were looked at with the coming encoder."""
        one = self._wanted[looked.enrolment]
        try:
            done = self._embedded(one, looked)
        except StoreError as error:
            _log.error("a resident's new templates are kept later", why=str(error))
            self._look(looked.enrolment, one)
            return
        if not done:
            return
        del self._wanted[looked.enrolment]
        self._tell()
        if not self._wanted and not self._queue():
            self._finish()

    def complete(self) -> None:
        """The matchers of the coming encoder are ready."""
        self._prepared = True
        if not self._wanted and not self._queue():
            self._finish()

    def tell(self) -> None:
        """Tell how far it is, to whoever could not hear it before, if anything changes."""
        if self._trainer is not None or self._finished or self._count.left_out:
            self._tell(at_once=True)

    def stop(self) -> None:
        """End the looking. Twice is harmless."""
        if self._trainer is not None:
            self._trainer.stop()
            self._trainer = None

    # --- one resident after the other ------------------------------------------------------------

    def _queue(self) -> bool:
        """Queue whoever lacks templates of the coming encoder; False where nobody does."""
        there = self._frames.enrolments()
        with self._store.work() as work:
            behind = work.templates.residents(without=self._coming.identity)
            wanted = {
                resident: self._frames_of(work, resident, there)
                for resident in behind
                if resident not in self._count.left_out
            }
            everybody = work.templates.holders(self._coming.identity) + len(behind)
        self._count.residents = everybody
        for resident, found in wanted.items():
            if found is None:
                self._leave_out(resident, "their frames are not kept")
        queued = {found[0]: found[1] for found in wanted.values() if found is not None}
        if not queued:
            return False
        self._finished = False
        if self._trainer is None:
            self._trainer = self._looking()
            self._trainer.start()
            _log.info("residents are embedded by another encoder", residents=len(queued))
        self._wanted |= queued
        for enrolment, one in queued.items():
            self._look(enrolment, one)
        self._tell(at_once=True)
        return True

    def _frames_of(self, work: Work, resident: str, there: set[str]) -> tuple[str, _Wanted] | None:
        """The enrolment whose templates a resident has, and its frames; None where none are."""
        for one in work.enrolments.of(resident):
            if one.state is EnrolmentState.TRAINED and one.id in there:
                every = tuple(sorted(work.enrolments.frames(one.id).stored))
                chosen = work.templates.chosen(resident)
                return one.id, _Wanted(resident, every, chosen or every)
        return None

    def _look(self, enrolment: str, one: _Wanted) -> None:
        assert self._trainer is not None  # noqa: S101  # somebody is wanted
        self._trainer.train(enrolment, one.chosen)

    def _embedded(self, one: _Wanted, looked: Looked) -> bool:
        """Keep a resident's new templates; False where more frames are looked at first."""
        coming = self._coming
        result = train(looked.samples, looked.faults or (), coming.training)
        if not isinstance(result, Trained):
            if len(one.chosen) < len(one.every):
                # What was chosen by the encoder before does not do: look at everything.
                one.chosen = one.every
                self._look(looked.enrolment, one)
                return False
            self._leave_out(one.resident, result.reason)
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

    def _leave_out(self, resident: str, why: str) -> None:
        self._count.left_out[resident] = None
        _log.error(
            "a resident cannot be recognised by the configured encoder; enrol them again",
            resident=resident,
            why=why,
        )

    # --- all together ----------------------------------------------------------------------------

    def _finish(self) -> None:
        """Everybody who can be is embedded: change over."""
        another = self._serving is not None and self._serving is not self._coming
        if another and not self._prepared:
            self._prepare()
            return
        trainer, self._trainer = self._trainer, None
        if self._serving is not self._coming:
            self._change_over(trainer)
        elif trainer is not None:
            trainer.stop()
        self._finished = True
        self._tell(at_once=True)

    def _change_over(self, trainer: Trainer | None) -> None:
        coming = self._coming
        with self._store.work() as work:
            work.templates.set_encoder(coming.identity, coming.recipe)
            work.templates.forget_others(coming.identity)
            gone = work.former.forget_others(coming.identity)
            work.renewals.forget_others(coming.identity)
            work.templates.next_version()
            work.audit.append(
                AuditEntry(self._clock.wall(), "brain", "encoder_changed", reason=coming.identity)
            )
        self._serving = coming
        for enrolment in gone:
            try:
                self._frames.erase(enrolment)
            except FrameStoreError as error:
                _log.error("frames stay until the next start", why=str(error))
        if trainer is None:
            trainer = self._looking()
            trainer.start()
        self._swap(trainer)
        _log.info("doors are answered by the configured encoder now", encoder=coming.identity)

    def _tell(self, *, at_once: bool = False) -> None:
        now = self._clock.monotonic()
        if not at_once and now < self._count.told + TELL_EVERY_S:
            return
        self._count.told = now
        left_out = tuple(self._count.left_out)
        self._outgoing.event(
            EncoderChanging(
                serving="" if self._serving is None else self._serving.identity,
                coming=self._coming.identity,
                done=self._count.residents - len(self._wanted) - len(left_out),
                residents=self._count.residents,
                left_out=left_out[:MOST_NAMED],
                finished=self._finished,
            )
        )
