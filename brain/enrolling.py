"""How does an enrolment go, from the first frame to templates or a refusal?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from brain.core import enrolment as rules
from brain.core.enrolment import Enrolment, FramesSoFar, Step
from brain.core.training import Trained, TrainingRule, train
from brain.errors import FrameStoreError, StoreError
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.ports import Clock, FrameStore
from brain.reading import Letter, Reading
from brain.store_ports import AuditEntry, PeopleStore, Work
from brain.trainer import Looked, Trainer
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import (
    EnrolFrame,
    EnrolmentChanged,
    EnrolmentState,
    StartEnrolment,
    StopEnrolment,
    frame_item,
)
from doorbus.topics import ENROL_FRAME
from faces import jpeg
from faces.errors import JpegError

PROGRESS_EVERY = 10
"""Stored frames between two messages of progress."""

_log = structlog.get_logger()


class Enrolling:
    """Takes frames in, keeps them, and has them trained; on one thread."""

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        frames: FrameStore,
        gallery: LiveGallery,
        trainer: Trainer,
        outgoing: Outgoing,
        clock: Clock,
        rule: TrainingRule,
        expiry_s: float,
    ) -> None:
        self._reading = reading
        self._store = store
        self._frames = frames
        self._gallery = gallery
        self._trainer = trainer
        self._outgoing = outgoing
        self._clock = clock
        self._rule = rule
        self._expiry_s = expiry_s
        self._progress: dict[str, float] = {}
        self._unfinished: list[Looked] = []

    # --- from start to start ---------------------------------------------------------------------

    def pick_up(self) -> None:
        """Go on where the last run of the brain ended."""
        with self._store.work() as work:
            everything = work.enrolments.in_state(*EnrolmentState)
            known = work.templates.all(self._gallery.encoder)
            frames = {one.id: work.enrolments.frames(one.id) for one in everything}
        keep = {EnrolmentState.CAPTURING, EnrolmentState.TRAINING, EnrolmentState.TRAINED}
        for stray in self._frames.enrolments() - {e.id for e in everything if e.state in keep}:
            _log.info("frames of an ended enrolment are deleted", enrolment=stray)
            self._frames.erase(stray)
        for one in everything:
            if one.state is EnrolmentState.CAPTURING:
                self._progress[one.id] = self._clock.monotonic()
                for index in sorted(frames[one.id].stored):
                    self._trainer.look(one.id, index)
            elif one.state is EnrolmentState.TRAINING or (
                one.state is EnrolmentState.TRAINED and one.resident not in known
            ):
                # The second case: another encoder was chosen, which has to see the frames anew.
                self._trainer.train(one.id, sorted(frames[one.id].stored))

    def resume(self, door: str) -> None:
        """The door is there (again): tell it which frames are wanted of it."""
        with self._store.work() as work:
            one = work.enrolments.capturing_at(door)
        if one is not None:
            self.ask(one)

    def opened(self, one: Enrolment) -> None:
        """An administrator opened it; after the commit."""
        self._progress[one.id] = self._clock.monotonic()
        self._tell(one, 0)
        self.ask(one)

    def ask(self, one: Enrolment) -> bool:
        """Have the door capture what is missing; False where the door was never heard of."""
        epoch = self._reading.epoch(one.door)
        if epoch is None:
            return False
        with self._store.work() as work:
            number = work.doors.next_number(one.door)
            stored = work.enrolments.frames(one.id).stored
        return self._outgoing.command(
            one.door,
            epoch,
            StartEnrolment(
                number=number,
                enrolment=one.id,
                count=one.count,
                missing=rules.missing(one.count, stored),
            ),
        )

    def ended(self, one: Enrolment, stored: int) -> None:
        """It is cancelled or refused; after the commit. Nothing of it is kept."""
        self._progress.pop(one.id, None)
        self._trainer.forget(one.id)
        try:
            self._frames.erase(one.id)
        except FrameStoreError as error:
            _log.error("frames stay until the next start", why=str(error))
        self._release(one)
        self._tell(one, stored)

    def expire(self) -> None:
        """Refuse what has waited too long for its next frame; end what could not be ended."""
        unfinished, self._unfinished = self._unfinished, []
        for looked in unfinished:
            self.finish(looked)
        now = self._clock.monotonic()
        for enrolment, since in list(self._progress.items()):
            if rules.expired(now - since, self._expiry_s):
                self._refuse(enrolment, "expired: no frame came for too long")

    # --- frames ----------------------------------------------------------------------------------

    def take(self, wire: Wire) -> None:
        """A message on `frames/enroll`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(ENROL_FRAME, wire)
        try:
            frame = letter.content()
        except MessageError:
            self._refuse_unreadable(letter, wire)
            raise
        try:
            refusal, go_on = self._keep(letter, frame)
        except FrameStoreError as error:
            # No ack: the door keeps the frame and sends it again.
            _log.error("a frame cannot be kept", why=str(error))  # says where and what to do
            return
        # Before anything else: a door told to stop forgets what was not acknowledged.
        self._outgoing.ack(letter.door, letter.epoch, frame.item, refusal)
        go_on()
        if refusal is not None:
            raise MessageError(f"{wire.topic}: {refusal}")

    def _keep(
        self, letter: Letter[EnrolFrame], frame: EnrolFrame
    ) -> tuple[str | None, Callable[[], None]]:
        """Store a frame; why not, where it is refused, and what follows once that is told."""
        with self._store.work() as work:
            one = work.enrolments.by_id(frame.enrolment)
            if one is not None and one.door == letter.door:
                stored = work.enrolments.frames(one.id).stored
                if frame.index in stored and frame.count == one.count:
                    return None, _nothing  # the ack got lost
            refusal = rules.objection(one, letter.door, frame.index, frame.count)
            if one is None or refusal is not None:
                return refusal, _nothing
            try:
                jpeg.check_header(frame.jpeg)
            except JpegError as error:
                refusal = str(error)
                work.enrolments.frame_refused(one.id, frame.index, refusal)
            else:
                self._frames.write(one.id, frame.index, frame.jpeg)
                work.enrolments.frame_stored(one.id, frame.index)
            so_far = work.enrolments.frames(one.id)
            step = rules.next_step(one, so_far)
            if step is Step.TRAIN:
                work.enrolments.set_state(one.id, EnrolmentState.TRAINING)
            elif step is Step.ASK_AGAIN:
                work.enrolments.begin_round(one.id)
        if refusal is None:
            self._progress[one.id] = self._clock.monotonic()
            self._trainer.look(one.id, frame.index)
        return refusal, partial(self._go_on, one, so_far, step, grew=refusal is None)

    def _go_on(self, one: Enrolment, so_far: FramesSoFar, step: Step, *, grew: bool) -> None:
        stored = len(so_far.stored)
        if step is Step.TRAIN:
            self._progress.pop(one.id, None)
            # First what nobody would do again, should telling the door fail.
            self._trainer.train(one.id, sorted(so_far.stored))
            self._tell(rules.moved(one, EnrolmentState.TRAINING), stored)
            self._release(one)
        elif step is Step.ASK_AGAIN:
            self.ask(one)
        elif step is Step.GIVE_UP:
            self._refuse(one.id, f"{len(so_far.refused)} frames stayed unusable")
        elif grew and stored % PROGRESS_EVERY == 0:
            self._tell(one, stored)

    def _refuse_unreadable(self, letter: Letter[EnrolFrame], wire: Wire) -> None:
        """Name the frame in an ack all the same, if it can be: it must not block its sender."""
        enrolment, index = wire.properties.get("enrolment"), wire.properties.get("index", "")
        if enrolment and len(enrolment) <= 60 and index.isascii() and index.isdigit():
            try:
                item = frame_item(enrolment, int(index[:9]))
                self._outgoing.ack(letter.door, letter.epoch, item, "unreadable frame")
            except ValueError:
                return  # not even a name

    # --- results ---------------------------------------------------------------------------------

    def finish(self, looked: Looked) -> None:
        """The trainer has looked at all frames of an enrolment."""
        try:
            self._conclude(looked)
        except StoreError as error:
            _log.error("an enrolment's end is tried again", why=str(error))
            self._unfinished.append(looked)

    def _conclude(self, looked: Looked) -> None:
        if looked.faults is None:
            self._refuse(
                looked.enrolment, "training failed by an error of the brain; see its log, try again"
            )
            return
        with self._store.work() as work:
            one = work.enrolments.by_id(looked.enrolment)
        if one is None or one.state not in {EnrolmentState.TRAINING, EnrolmentState.TRAINED}:
            return  # cancelled or removed meanwhile
        result = train(
            looked.samples, looked.faults, one.resident, self._gallery.snapshot(), self._rule
        )
        if isinstance(result, Trained):
            self._make_visible(one, result, len(looked.samples) + len(looked.faults))
        elif one.state is EnrolmentState.TRAINED:
            _log.error(
                "a resident cannot be recognised by the new encoder; enrol them again",
                resident=one.resident,
                reason=result.reason,
            )
        else:
            self._refuse(one.id, result.reason)

    def _make_visible(self, one: Enrolment, result: Trained, stored: int) -> None:
        reason = ""
        if result.lookalike is not None:
            reason = f"looks like resident {result.lookalike}: is somebody enrolled twice?"
        with self._store.work() as work:
            work.templates.replace(one.resident, self._gallery.encoder, result.templates)
            version = work.templates.next_version()
            work.enrolments.set_state(one.id, EnrolmentState.TRAINED, reason)
            self._audit(work, one, "trained", reason)
        self._gallery.put(version, one.resident, result.templates)
        done = rules.moved(one, EnrolmentState.TRAINED, reason)
        self._tell(done, stored, templates=len(result.chosen))

    def _refuse(self, enrolment: str, reason: str) -> None:
        with self._store.work() as work:
            one = work.enrolments.by_id(enrolment)
            if one is None or one.state not in rules.OPEN:
                self._progress.pop(enrolment, None)
                return
            stored = len(work.enrolments.frames(enrolment).stored)
            work.enrolments.set_state(enrolment, EnrolmentState.REFUSED, reason)
            self._audit(work, one, "enrolment_refused", reason)
        self.ended(rules.moved(one, EnrolmentState.REFUSED, reason), stored)

    # --- telling ---------------------------------------------------------------------------------

    def _release(self, one: Enrolment) -> None:
        """Have the door stop capturing."""
        epoch = self._reading.epoch(one.door)
        if epoch is None:
            return
        with self._store.work() as work:
            number = work.doors.next_number(one.door)
        self._outgoing.command(one.door, epoch, StopEnrolment(number=number, enrolment=one.id))

    def _tell(self, one: Enrolment, stored: int, templates: int = 0) -> None:
        self._outgoing.event(
            EnrolmentChanged(
                enrolment=one.id,
                resident=one.resident,
                door=one.door,
                state=one.state,
                stored=stored,
                count=one.count,
                templates=templates,
                reason=one.reason[:200],
            )
        )

    def _audit(self, work: Work, one: Enrolment, what: str, reason: str) -> None:
        work.audit.append(
            AuditEntry(self._clock.wall(), "brain", what, one.resident, one.door, reason)
        )


def _nothing() -> None:
    """Nothing follows."""
