"""What does a door do all day? One loop feeds the core with events and has its effects carried out.

The main thread owns all state. Other threads only put things into its inbox: the bus's thread, the
camera's, and the lock's. Every turn of the loop is a heartbeat to the lock, which closes when the
loop hangs.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import Final

import structlog

from doorbus.bus import Connected, Delivery, Disconnected
from doorbus.errors import BusError
from doorbus.messages import ContactReport
from doorbus.topics import CONTACT
from edge.core.senses import Sense
from edge.core.visit import step
from edge.core.visit_events import (
    BusDown,
    BusUp,
    CameraChanged,
    CameraState,
    CodeTyped,
    Event,
    LocalTime,
    LockReported,
    Noticed,
    NotSent,
    SenseMoved,
    Tick,
)
from edge.core.visit_state import Door, Enrolling
from edge.deeds import Deeds, urgency
from edge.errors import SensorError
from edge.inbox import FrameWaits, LockMoved, News
from edge.local_matching import FoundHere
from edge.messages_in import NotBelieved
from edge.ports import Frame, LockState
from edge.surroundings import Surroundings

TURN_S: Final = 0.05
"""Seconds that the loop waits for news; then time passes, and the lock gets its heartbeat."""

CHORES_S: Final = 0.25
"""Seconds between looks at what is due: messages to send again, faults of the lock."""

CLOSE_S: Final = 1.0
"""Seconds that a stopping door waits for the lock's report."""

_log = structlog.get_logger(__name__)


class DoorLoop:
    """The door's main loop.

    Args of the constructor:
        door: the state to begin with.
        around: what it touches.
    """

    def __init__(self, door: Door, around: Surroundings) -> None:
        self._door = door
        self._around = around
        self._deeds = Deeds(around)
        self._connected = False
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
        """Close, and have whoever watches hear of it: the broker keeps the last state.

        A lock that is wired fail-safe is open once it is stopped, and that is told.
        """
        lock = self._around.lock
        if lock.rests_open:
            lock.stop()
        else:
            lock.close()
        give_up_at = self._now() + CLOSE_S
        while self._deeds.locked is lock.rests_open and self._now() < give_up_at:
            for news in self._around.inbox.take(TURN_S):
                if isinstance(news, LockMoved):
                    self._hear_lock(news)
        if self._connected:
            self._around.health.farewell(self._door, self._now())

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
                self._around.away.disconnected()
                self._apply(BusDown())
            case CameraChanged():
                if news.state is not CameraState.GOOD:
                    self._around.eyes.forget()
                self._apply(news)
            case LockMoved():
                self._hear_lock(news)
            case SenseMoved():
                self._apply(news)
                if news.sense is Sense.CONTACT:
                    self._publish_contact()
            case NotSent() | CodeTyped():
                self._apply(news)
            case FoundHere():
                self._apply(self._around.away.judged(news, self._now()))
            case FrameWaits():
                pass

    def _hear_message(self, delivery: Delivery) -> None:
        try:
            event = self._around.hearing.hear(delivery.wire, self._now())
            if event is not None:
                self._apply(event)
        except NotBelieved as why:
            self._deeds.refuse(str(why))
        finally:
            delivery.ack()

    def _hear_connected(self) -> None:
        self._connected = True
        self._around.health.connected()
        self._publish_lock_state()
        self._publish_contact()
        self._around.sender.connected(self._now())
        self._around.away.connected(self._now())
        self._apply(BusUp())

    def _hear_lock(self, moved: LockMoved) -> None:
        locked = moved.state is LockState.LOCKED
        self._deeds.lock_reported(locked=locked)
        self._publish_lock_state()
        self._apply(LockReported(locked, moved.at))

    def _publish_lock_state(self) -> None:
        if not self._connected or self._deeds.locked is None:
            return
        state = LockState.LOCKED if self._deeds.locked else LockState.UNLOCKED
        with suppress(BusError):  # told again with the next connection
            self._around.speaker.lock_state(state)

    def _publish_contact(self) -> None:
        is_open = self._door.contact.open
        if not self._connected or is_open is None:
            return
        with suppress(BusError):  # told again with the next connection
            self._around.speaker.say(CONTACT, ContactReport.ON if is_open else ContactReport.OFF)

    # --- looking ---------------------------------------------------------------------------------

    def _look(self) -> None:
        frame = self._around.capture.take()
        if frame is None:
            return
        self._around.health.picture()
        self._around.eyes.newest = frame
        wanted = self._door.reads_passes
        for shown in self._around.showing.look(frame, self._now(), wanted=wanted):
            self._apply(shown)
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
        self._look_at_clock()
        self._around.sender.pump(now)
        self._around.enroller.check_delivered(now)
        self._around.away.look(now)
        self._deeds.tell_due(now)
        if self._connected:
            self._around.health.look(self._door, now)

    def _look_at_clock(self) -> None:
        zone = self._around.zone
        if zone is None:
            return
        wall = self._around.wall_clock.now()
        self._apply(LocalTime(None if wall is None else wall.astimezone(zone)))

    def _now(self) -> float:
        return self._around.clock.monotonic()

    # --- the core, and what it wants done --------------------------------------------------------

    def _apply(self, event: Event) -> None:
        waiting = deque([event])
        while waiting:
            self._door, effects = step(self._door, waiting.popleft(), self._now())
            for effect in sorted(effects, key=urgency):
                waiting.extend(self._deeds.carry_out(effect))
