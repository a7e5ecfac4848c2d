"""What does the brain do next? One thread owns all state and takes message by message.

Network threads only put deliveries into the inbox; matchers and the trainer put their results
there. So handlers need no locks, and every database transaction comes from this one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog

from brain.assembly import Assembly
from brain.config import BrainSettings
from brain.core import retention
from brain.core.pace import EVENT, look_cost, read_cost
from brain.erasing import FORGET_EVERY_S
from brain.errors import BrainError
from brain.first_encoding import deputys_encoding
from brain.following import FOLLOW_EVERY_S
from brain.foundation import Item, Matched
from brain.parts import Encoding, Parts
from brain.reading import UnreadableLetter
from brain.scorekeeping import EVERY_S as SCORES_EVERY_S
from brain.trainer import Looked
from doorbus.bus import Delivery, Wire
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import Reason
from doorbus.topics import (
    CACHE_ASKED,
    CHALLENGE,
    CODE_SHOWN,
    DOOR_AVAILABILITY,
    DOOR_EVENT,
    ENROL_FRAME,
    RECOGNIZE,
    REQUEST,
    UPLOAD,
    Topic,
)

DOORS_EVERY_S = 2.0
"""Seconds between two looks at the folder of door keys."""

TICK_S = 0.2
"""Longest time between two looks at what is due."""

JOIN_S = 15.0
_log = structlog.get_logger()


class Brain:
    """The brain: `start`, then it works until `stop`."""

    def __init__(self, settings: BrainSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._services = Assembly(settings, parts)
        self._base = self._services.base
        self._inbox = self._base.inbox
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._due: dict[str, float] = {}
        self._doors_changed = False
        self._routes: tuple[tuple[Topic[Any], Callable[[Wire], None]], ...] = (
            (RECOGNIZE, self._services.recognition.take),
            (CODE_SHOWN, self._services.lone_codes.take),
            (ENROL_FRAME, self._services.enrolling.take),
            (UPLOAD, self._services.uploading.take),
            (DOOR_EVENT, self._services.telling.take_event),
            (CHALLENGE, self._services.rounds.take_challenge),
            (CACHE_ASKED, self._services.caching.take),
            (DOOR_AVAILABILITY, self._services.telling.take_availability),
            (REQUEST, self._take_request),
            *self._services.monitoring.routes,
        )

    def start(self) -> None:
        """Load everything, then connect.

        Raises:
            StoreError: the database cannot be used.
            BrainError: a deputy cannot have the encoder of the gallery.
            FrameStoreError: frames cannot be kept.
            ModelError: a model is missing or broken.
            KeyMaterialError: a certificate of the broker session is missing or broken.
        """
        self._stopping.clear()
        self._parts.store.start()
        self._parts.frames.start()
        self._serve(self._first_encoding())
        self._services.workforce.start()
        self._base.doors.scan()
        self._base.reading.refresh()
        if self._base.gallery.closed is not Reason.NOT_READY:
            self._base.gallery.load()
        if self._base.gallery.closed is Reason.NO_RESIDENTS:
            _log.warning("nobody is enrolled: every visit is refused", reason="no_residents")
        if self._base.speaks:
            self._services.answering.settle_abandoned()
        self._services.enrolling.pick_up()
        if self._base.speaks:
            self._services.retaining.look()
        if self._base.speaks:
            self._services.switching.begin()
        self._services.monitoring.start(self._inbox.put_urgent)
        self._thread = threading.Thread(target=self._run, name="brain", daemon=True)
        self._thread.start()
        self._base.sessions.start(self._base.doors.names)

    def stop(self) -> None:
        """Say farewell and end. Twice is harmless; what was acknowledged is kept."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(JOIN_S)
            if self._thread.is_alive():
                _log.error("the brain's thread is stuck")
            self._thread = None
        self._base.sessions.stop()
        self._services.switching.stop()
        self._services.workforce.stop()
        self._services.monitoring.stop()
        self._parts.store.stop()

    @property
    def alive(self) -> bool:
        """Whether the thread that owns all state runs."""
        return self._thread is not None and self._thread.is_alive()

    # --- on the brain's own thread ---------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            item = self._inbox.get(TICK_S)
            try:
                if item is not None:
                    self._handle(item)
                self._tick()
            except Exception:  # noqa: BLE001  # no message and no full disk may end the brain
                _log.exception("the brain stumbled")

    def _handle(self, item: Item) -> None:
        if isinstance(item, Delivery):
            self._deliver(item)
        elif isinstance(item, Matched):
            found = item.found
            if item.encoder != self._base.gallery.encoder:
                # Of the encoder before: as long, perhaps, but nothing to learn from.
                found = replace(found, probes=None)
            self._services.recognition.finish(item.job, found)
        elif isinstance(item, Looked):
            if self._services.switching.owns(item):
                self._services.switching.take(item)
            else:
                self._services.enrolling.finish(item)
        else:
            item()

    def _deliver(self, delivery: Delivery) -> None:
        wire = delivery.wire
        cost = look_cost(len(wire.payload)) + read_cost(len(wire.payload))
        cost += EVENT if DOOR_EVENT.matches(wire.topic) else 0
        try:
            for topic, take in self._routes:
                if topic.matches(wire.topic):
                    take(wire)
                    break
        except MessageError as error:
            self._base.refusals.note(wire.topic, str(error))
            if isinstance(error, SignatureRefused):
                cost = look_cost(len(wire.payload))
            elif isinstance(error, UnreadableLetter):
                self._poison(wire, error.door, "unreadable")
        except BrainError:
            raise  # a full disk is no message's fault
        except Exception as error:
            self._poison(wire, "", type(error).__name__)
            raise
        finally:
            self._inbox.charge(cost)
            # Always: what must not be lost is sent again until the brain's own ack.
            delivery.ack()

    def _poison(self, wire: Wire, door: str, reason: str) -> None:
        """Keep what broke something."""
        for topic, _ in self._routes:
            if topic.matches(wire.topic):
                named = topic.level(wire.topic) or "" if topic is not REQUEST else ""
                self._base.quarantine.note(topic.template, door or named, reason, wire.payload)

    def _tick(self) -> None:
        self._services.orders.give_up_late()
        self._base.refusals.flush()
        if self._is_due("doors", DOORS_EVERY_S):
            self._doors_changed |= self._base.doors.scan()
            if self._doors_changed:
                self._base.reading.refresh()
                self._base.sessions.follow(self._base.doors.names)
                self._services.monitoring.doors_changed()
                self._doors_changed = False
        if self._is_due("gallery", FOLLOW_EVERY_S):
            self._base.following.look()
            self._services.passes.follow()
        self._services.caching.look()
        if self._is_due("encoder", FOLLOW_EVERY_S):
            self._services.switching.retry()
        if self._is_due("enrolments", 1.0):
            self._services.enrolling.expire()
            self._services.enrolling.tell_looks()
            self._services.uploading.tidy()
        if self._is_due("erasures", FORGET_EVERY_S):
            self._services.erasing.again()
        if self._base.speaks and self._is_due("retention", retention.EVERY_S):
            self._services.retaining.look()
            self._services.passes.tidy()
        if self._is_due("health", self._settings.health_s):
            self._services.tell_health()
        if self._is_due("scores", SCORES_EVERY_S):
            self._services.monitoring.write_scores()

    def _take_request(self, wire: Wire) -> None:
        if self._base.division.answers(wire):
            self._services.administration.take(wire)
            self._services.caching.changed()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._parts.clock.monotonic()
        if now < self._due.setdefault(what, now + every_s):
            return False
        self._due[what] = now + every_s
        return True

    # --- which encoder answers doors -------------------------------------------------------------

    def _first_encoding(self) -> Encoding | None:
        if self._base.speaks:
            return self._services.switching.decide()
        # Two brains that each changed to an encoder of their own would close each other's doors.
        return deputys_encoding(self._parts.store, self._base.coming, self._parts.former)

    def _serve(self, encoding: Encoding | None) -> None:
        """At the start: the encoder before, the configured one, or none yet."""
        self._services.workforce.serve(encoding)
        if encoding is not None and encoding is not self._base.coming:
            self._services.enrolling.ruled_by(self._services.workforce.trainer, encoding.training)
