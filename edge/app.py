"""What does a door do all day? One loop feeds events to the core and carries out its effects.

The main thread owns all state. Other threads only put things into its inbox: the bus's thread, the
camera's, and the lock's. Every turn of the loop is a heartbeat to the lock, which closes when the
loop hangs.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from doorbus.bus import Connected, Delivery, Disconnected
from doorbus.errors import BusError
from doorbus.messages import EventKind
from edge.capture import Capture
from edge.core import lock_watch, refusals
from edge.core.lock_watch import LockWatch
from edge.core.refusals import Refusals
from edge.core.visit import step
from edge.core.visit_effects import (
    Camera,
    CloseLock,
    Effect,
    Emit,
    HoldLock,
    KeepLockdown,
    Refuse,
    RestartLiveness,
    SendBurst,
    SetTask,
    Show,
)
from edge.core.visit_events import (
    BusDown,
    BusUp,
    CameraChanged,
    CameraState,
    Event,
    LockReported,
    Noticed,
    NotSent,
    Tick,
)
from edge.core.visit_state import Door, Enrolling
from edge.enrolment import Enroller
from edge.errors import SensorError
from edge.eyes import Eyes
from edge.hearing import Hearing
from edge.inbox import FrameWaits, Inbox, LockMoved, News
from edge.messages_in import NotBelieved
from edge.messages_out import Speaker
from edge.ports import Clock, Frame, Indicator, Lock, LockState, Presence
from edge.sender import Sender
from edge.state_dir import StateDir
from edge.trace import Trace

TURN_S: Final = 0.05
"""Seconds that the loop waits for news; then time passes, and the lock gets its heartbeat."""

CHORES_S: Final = 0.25
"""Seconds between looks at what is due: messages to send again, faults of the lock."""

CLOSE_S: Final = 1.0
"""Seconds that a stopping door waits for the lock's report."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything the loop touches, all of it started."""

    inbox: Inbox
    clock: Clock
    capture: Capture
    eyes: Eyes
    presence: Presence
    lock: Lock
    indicator: Indicator
    state: StateDir
    speaker: Speaker
    sender: Sender
    enroller: Enroller
    hearing: Hearing
    trace: Trace


class DoorLoop:
    """The door's main loop.

    Args of the constructor:
        door: the state to begin with.
        around: what it touches.
    """

    def __init__(self, door: Door, around: Surroundings) -> None:
        self._door = door
        self._around = around
        self._connected = False
        self._refusals = Refusals()
        self._watch = LockWatch()
        self._chores_at = 0.0
        self._sensor_failed = False

    def run(self, stopping: threading.Event) -> None:
        """Serve until `stopping` is set, then close."""
        while not stopping.is_set():
            for news in self._around.inbox.take(TURN_S):
                self._hear_news(news)
            self._around.lock.beat()
            self._look()
            self._pass_time()
        self._close()

    def _close(self) -> None:
        """Close, and have whoever watches hear of it: the broker keeps the last state."""
        self._around.lock.close()
        give_up_at = self._now() + CLOSE_S
        while self._watch.locked is False and self._now() < give_up_at:
            for news in self._around.inbox.take(TURN_S):
                if isinstance(news, LockMoved):
                    self._hear_lock(news)

    # --- news ------------------------------------------------------------------------------------

    def _hear_news(self, news: News) -> None:
        match news:
            case Delivery():
                self._hear_message(news)
            case Connected():
                self._hear_connected()
            case Disconnected(reason):
                _log.warning("broker_away", why=reason, do="the door keeps trying")
                self._connected = False
                self._around.sender.disconnected()
                self._around.hearing.disconnected()
                self._apply(BusDown())
            case CameraChanged():
                if news.state is not CameraState.GOOD:
                    self._around.eyes.forget()
                self._apply(news)
            case LockMoved():
                self._hear_lock(news)
            case NotSent():
                self._apply(news)
            case FrameWaits():
                pass

    def _hear_message(self, delivery: Delivery) -> None:
        try:
            event = self._around.hearing.hear(delivery.wire, self._now())
            if event is not None:
                self._apply(event)
        except NotBelieved as why:
            self._refuse(str(why))
        finally:
            delivery.ack()

    def _hear_connected(self) -> None:
        self._connected = True
        self._publish_lock_state()
        self._around.sender.connected(self._now())
        self._apply(BusUp())

    def _hear_lock(self, moved: LockMoved) -> None:
        locked = moved.state is LockState.LOCKED
        self._watch = lock_watch.reported(self._watch, locked=locked)
        self._publish_lock_state()
        self._apply(LockReported(locked, moved.at))

    def _publish_lock_state(self) -> None:
        if not self._connected or self._watch.locked is None:
            return
        state = LockState.LOCKED if self._watch.locked else LockState.UNLOCKED
        with suppress(BusError):  # told again with the next connection
            self._around.speaker.lock_state(state)

    # --- looking ---------------------------------------------------------------------------------

    def _look(self) -> None:
        frame = self._around.capture.take()
        if frame is None:
            return
        self._around.eyes.newest = frame
        if self._around.presence.needs_frames:
            self._notice(frame)
        if isinstance(self._door.phase, Enrolling):
            sighting = self._around.eyes.look(frame)
            for event in self._around.enroller.look(frame, sighting, self._now()):
                self._apply(event)
        elif self._door.awake:
            seen = self._around.eyes.judge(frame, self._around.eyes.look(frame))
            self._apply(seen)
            self._around.trace.look(seen, self._door.phase)

    def _notice(self, frame: Frame | None) -> None:
        try:
            someone = self._around.presence.present(frame)
        except SensorError as error:
            if not self._sensor_failed:
                _log.error("sensor_failed", why=str(error))
            self._sensor_failed = True
            return
        self._sensor_failed = False
        if someone:
            self._apply(Noticed(someone=True))

    # --- time ------------------------------------------------------------------------------------

    def _pass_time(self) -> None:
        now = self._now()
        self._apply(Tick())
        if not self._around.presence.needs_frames:
            self._notice(None)
        if now - self._chores_at < CHORES_S:
            return
        self._chores_at = now
        self._around.sender.pump(now)
        self._around.enroller.check_delivered(now)
        self._watch, fault = lock_watch.overdue(self._watch, now)
        if fault is not None:
            self._tell(EventKind.LOCK_FAULT, None, fault)
        self._refusals, told = refusals.due(self._refusals, now)
        for why in told:
            self._tell(EventKind.REFUSED_MESSAGE, None, why)

    def _now(self) -> float:
        return self._around.clock.monotonic()

    # --- the core, and what it wants done --------------------------------------------------------

    def _apply(self, event: Event) -> None:
        waiting = deque([event])
        while waiting:
            self._door, effects = step(self._door, waiting.popleft(), self._now())
            for effect in sorted(effects, key=_urgency):
                waiting.extend(self._carry_out(effect))

    def _carry_out(self, effect: Effect) -> tuple[Event, ...]:
        around = self._around
        match effect:
            case HoldLock(seconds):
                around.lock.hold(seconds)
                self._watch = lock_watch.ordered(self._watch, locked=False, now=self._now())
            case CloseLock():
                around.lock.close()
                self._watch = lock_watch.ordered(self._watch, locked=True, now=self._now())
            case KeepLockdown(on):
                try:
                    around.state.keep_lockdown(on=on)
                except OSError as error:
                    _log.error("lockdown_not_kept", on=on, why=error.strerror)
                    deed = "lock-down" if on else "release"
                    self._tell(
                        EventKind.LOCK_FAULT,
                        None,
                        f"the {deed} holds until the next start only: the disk does not keep it",
                    )
            case SendBurst(visit, nonce):
                return self._send_burst(visit, nonce)
            case Camera(awake):
                around.capture.set_awake(awake)
            case RestartLiveness():
                around.eyes.restart()
            case SetTask(task):
                around.eyes.ask(task)
            case Show(prompt):
                around.indicator.show(prompt)
            case Emit(kind, visit, detail):
                self._tell(kind, visit, detail)
            case Refuse(why):
                self._refuse(why)
        return ()

    def _send_burst(self, visit: int, nonce: str) -> tuple[Event, ...]:
        evidenced = self._around.eyes.evidenced()
        if evidenced is None:
            return (NotSent(visit, "the frames do not show the life that was seen"),)
        self._around.trace.burst(visit, [cutting.sighting for cutting in evidenced.cuttings])
        try:
            sending = self._around.speaker.burst(visit, nonce, evidenced.cuttings, evidenced.life)
        except BusError as error:
            return (NotSent(visit, str(error)),)
        sending.add_done_callback(lambda done: self._check_sent(visit, done))
        return ()

    def _check_sent(self, visit: int, sending: Future[None]) -> None:
        """On the bus's thread: a burst that the broker refused has no answer to wait for."""
        error = None if sending.cancelled() else sending.exception()
        if error is not None:
            self._around.inbox.put(NotSent(visit, str(error)))

    def _tell(self, kind: EventKind, visit: int | None, detail: str) -> None:
        _log.info("event", kind=kind.value, visit=visit, detail=detail)
        self._around.trace.event(kind, visit, detail)
        self._around.sender.event(kind, visit, detail, self._now())

    def _refuse(self, why: str) -> None:
        self._refusals, told = refusals.note(self._refusals, why, self._now())
        for line in told:
            self._tell(EventKind.REFUSED_MESSAGE, None, line)


def _urgency(effect: Effect) -> int:
    """The lock moves before anything is written to disk or told."""
    match effect:
        case HoldLock() | CloseLock():
            return 0
        case KeepLockdown():
            return 1
        case _:
            return 2
