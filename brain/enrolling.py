"""How does an enrolment go, from its opening until all frames are there or it ends without?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

import structlog

from brain.concluding import Concluding
from brain.core import enrolment as rules
from brain.core.enrolment import Enrolment, FramesSoFar, Step
from brain.core.frame_looks import FrameLooks
from brain.core.training import Sample, TrainingRule, what_ails
from brain.errors import FrameStoreError
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
    EnrolmentState,
    StartEnrolment,
    StopEnrolment,
    frame_item,
)
from doorbus.topics import ENROL_FRAME
from faces import jpeg
from faces.errors import JpegError
from matching.decision import Fault

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
        serves: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._reading = reading
        self._store = store
        self._frames = frames
        self._trainer = trainer
        self._outgoing = outgoing
        self._clock = clock
        self._expiry_s = expiry_s
        self._serves = serves
        self._progress: dict[str, float] = {}
        self._rule = rule
        self._looks: dict[str, FrameLooks] = {}
        self._concluding = Concluding(
            store=store,
            gallery=gallery,
            outgoing=outgoing,
            clock=clock,
            rule=rule,
            refuse=self._refuse,
            erase=self._erase,
        )

    # --- from start to start ---------------------------------------------------------------------

    def pick_up(self) -> None:
        """Go on where the last run of the brain ended."""
        # The folders first: what another brain opens after this look is no stray.
        there = self._frames.enrolments()
        with self._store.work() as work:
            kept = work.enrolments.in_state(*rules.OPEN, EnrolmentState.TRAINED)
            keep = {one.id for one in kept} | work.former.enrolments()
        for stray in there - keep:
            _log.info("frames of an ended enrolment are deleted", enrolment=stray)
            self._frames.erase(stray)
        self._go_on_looking()

    def ruled_by(self, trainer: Trainer, rule: TrainingRule) -> None:
        """Another encoder looks, and asks other cosines of frames, from now on."""
        self._trainer = trainer
        self._rule = rule
        self._concluding.ruled_by(rule)

    def look_again(self) -> None:
        """Begin anew with what is under way: it was seen by another encoder."""
        self._go_on_looking()

    def _go_on_looking(self) -> None:
        with self._store.work() as work:
            every = work.enrolments.in_state(*rules.OPEN)
            under_way = [one for one in every if self._serves(one.door)]
            frames = {one.id: sorted(work.enrolments.frames(one.id).stored) for one in under_way}
        for one in under_way:
            if one.state is EnrolmentState.TRAINING:
                self._trainer.train(one.id, frames[one.id])
                continue
            self._progress.setdefault(one.id, self._clock.monotonic())
            for index in frames[one.id]:
                self._trainer.look(one.id, index)

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
        epoch = None if one.uploaded else self._reading.epoch(one.door)
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
        self._looks.pop(one.id, None)
        self._trainer.forget(one.id)
        self._erase(one.id)
        self._release(one)
        self._tell(one, stored)

    def expire(self) -> None:
        """Refuse what has waited too long for its next frame; end what could not be ended."""
        self._concluding.again()
        now = self._clock.monotonic()
        for enrolment, since in list(self._progress.items()):
            if rules.expired(now - since, self._expiry_s):
                self._refuse(enrolment, "expired: no frame came for too long")

    def finish(self, looked: Looked) -> None:
        """The trainer has looked at all frames of an enrolment."""
        self._looks.pop(looked.enrolment, None)
        self._concluding.finish(looked)

    def looked(self, enrolment: str, index: int, look: Sample | Fault) -> None:
        """The trainer has looked at a frame."""
        flaw = what_ails(look, self._rule)
        self._looks.setdefault(enrolment, FrameLooks()).add(index, flaw)

    def tell_looks(self) -> None:
        """Say how the frames come in, where that has changed; call it every second or so."""
        for enrolment, looks in list(self._looks.items()):
            if looks.told == (looks.usable, looks.hint):
                continue
            with self._store.work() as work:
                one = work.enrolments.by_id(enrolment)
                stored = len(work.enrolments.frames(enrolment).stored)
            if one is None or one.state not in rules.OPEN:
                del self._looks[enrolment]
            else:
                self._tell(one, stored)

    # --- frames ----------------------------------------------------------------------------------

    def take(self, wire: Wire) -> None:
        """A message on `frames/enroll`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(ENROL_FRAME, wire)
        try:
            frame = letter.content()
        except MessageError as error:
            self._refuse_unreadable(letter, wire, str(error))
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
                so_far, step = _refused(work, one, frame.index, refusal)
            else:
                self._frames.write(one.id, frame.index, frame.jpeg)
                work.enrolments.frame_stored(one.id, frame.index)
                so_far, step = _next(work, one)
        if refusal is None:
            self._progress[one.id] = self._clock.monotonic()
            self._trainer.look(one.id, frame.index)
        return refusal, partial(self._go_on, one, so_far, step, grew=refusal is None)

    def give_up(self, enrolment: str, reason: str) -> None:
        """Refuse an enrolment that comes to nothing; one that is over stays as it is."""
        self._refuse(enrolment, reason)

    def keep_photo(self, one: Enrolment, index: int, picture: bytes) -> None:
        """Store an uploaded photo that nothing speaks against. Raises `FrameStoreError`."""
        self._frames.write(one.id, index, picture)
        with self._store.work() as work:
            work.enrolments.frame_stored(one.id, index)
            so_far, step = _next(work, one)
        self._progress[one.id] = self._clock.monotonic()
        self._trainer.look(one.id, index)
        self._go_on(one, so_far, step, grew=True)

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

    def _refuse_unreadable(self, letter: Letter[EnrolFrame], wire: Wire, why: str) -> None:
        """Count the frame as refused and name it in an ack, if it can be: it must block nobody."""
        enrolment, index = wire.properties.get("enrolment"), wire.properties.get("index", "")
        if not (enrolment and len(enrolment) <= 60 and index.isascii() and index.isdigit()):
            return  # not even a name
        number = int(index[:9])
        go_on: Callable[[], None] = _nothing
        with self._store.work() as work:
            one = work.enrolments.by_id(enrolment)
            if one is not None and rules.objection(one, letter.door, number, one.count) is None:
                so_far = work.enrolments.frames(one.id)
                if number not in so_far.stored:
                    so_far, step = _refused(work, one, number, why)
                    go_on = partial(self._go_on, one, so_far, step, grew=False)
        with contextlib.suppress(ValueError):  # a name that cannot be told
            item = frame_item(enrolment, number)
            self._outgoing.ack(letter.door, letter.epoch, item, "unreadable frame")
        go_on()

    # --- ends ------------------------------------------------------------------------------------

    def _refuse(self, enrolment: str, reason: str) -> None:
        with self._store.work() as work:
            one = work.enrolments.by_id(enrolment)
            if one is None or one.state not in rules.OPEN:
                self._progress.pop(enrolment, None)
                return
            stored = len(work.enrolments.frames(enrolment).stored)
            work.enrolments.set_state(enrolment, EnrolmentState.REFUSED, reason)
            now = self._clock.wall()
            work.audit.append(
                AuditEntry(
                    now, "brain", "enrolment_refused", one.resident, one.door or None, reason
                )
            )
        self.ended(rules.moved(one, EnrolmentState.REFUSED, reason), stored)

    def _erase(self, enrolment: str) -> None:
        try:
            self._frames.erase(enrolment)
        except FrameStoreError as error:
            _log.error("frames stay until the next start", why=str(error))

    def _release(self, one: Enrolment) -> None:
        """Have the door stop capturing."""
        epoch = None if one.uploaded else self._reading.epoch(one.door)
        if epoch is None:
            return
        with self._store.work() as work:
            number = work.doors.next_number(one.door)
        self._outgoing.command(one.door, epoch, StopEnrolment(number=number, enrolment=one.id))

    def _tell(self, one: Enrolment, stored: int) -> None:
        looks = self._looks.get(one.id)
        if looks is not None:
            looks.told = (looks.usable, looks.hint)
        self._outgoing.event(rules.told(one, stored, looks=looks))


def _refused(work: Work, one: Enrolment, index: int, why: str) -> tuple[FramesSoFar, Step]:
    work.enrolments.frame_refused(one.id, index, why)
    return _next(work, one)


def _next(work: Work, one: Enrolment) -> tuple[FramesSoFar, Step]:
    """What follows a frame that was stored or refused, noted in the same transaction."""
    so_far = work.enrolments.frames(one.id)
    step = rules.next_step(one, so_far)
    if step is Step.TRAIN:
        work.enrolments.set_state(one.id, EnrolmentState.TRAINING)
    elif step is Step.ASK_AGAIN:
        work.enrolments.begin_round(one.id)
    return so_far, step


def _nothing() -> None:
    """Nothing follows."""
