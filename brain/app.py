"""How do the brain's parts work together? One thread owns all state and takes message by message.

Network threads only put deliveries into the inbox; matchers and the trainer put their results
there. So handlers need no locks, and every database transaction comes from this one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from brain import away_notes
from brain.administration import Administration
from brain.answering import Answering
from brain.cache_making import CacheMaking, DoorPolicy
from brain.caching import Caching
from brain.config import BrainSettings
from brain.core import retention
from brain.core.pace import BURST, EVENT, look_cost, read_cost
from brain.core.rates import Rates
from brain.core.training import Sample
from brain.division import Division, Rank
from brain.doors import KnownDoors
from brain.enrolling import Enrolling
from brain.erasing import FORGET_EVERY_S, Erasing
from brain.errors import BrainError
from brain.first_encoding import deputys_encoding
from brain.following import FOLLOW_EVERY_S, Following
from brain.inbox import Inbox
from brain.live_gallery import LiveGallery
from brain.lone_codes import LoneCodes
from brain.losses import LookingError, Loss
from brain.monitoring import Monitoring, homeassistant_of
from brain.operations import House
from brain.order_rounds import OrderRounds
from brain.orders import Orders
from brain.outgoing import Outgoing
from brain.parts import Encoding, Parts
from brain.passes import PassOffice
from brain.quarantine import Bars, Quarantine
from brain.reading import Reading, UnreadableLetter
from brain.recognition import Recognition
from brain.refusals import Refusals
from brain.renewing import Renewing
from brain.retaining import Retaining
from brain.rules_admission import Admission
from brain.scorekeeping import EVERY_S as SCORES_EVERY_S
from brain.sessions import Sessions
from brain.showing import Showing
from brain.site_orders import SiteOrders
from brain.store_ports import Work
from brain.switching import Switching
from brain.telling import DoorTelling
from brain.trainer import Looked, Trainer
from brain.uploading import Uploading
from brain.watching import Watching
from brain.worker import Job
from brain.workforce import Workforce
from doorbus import codec
from doorbus.bus import Delivery, Wire
from doorbus.errors import MessageError, SignatureRefused
from doorbus.messages import DoorEvent, Reason
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
from matching.decision import Fault, Match

DOORS_EVERY_S = 2.0
"""Seconds between two looks at the folder of door keys."""

TICK_S = 0.2
"""Longest time between two looks at what is due."""

JOIN_S = 15.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Matched:
    job: Job
    found: Match
    encoder: str


_Item = Delivery | _Matched | Looked | Callable[[], None]


class Brain:
    """The brain: `start`, then it works until `stop`."""

    def __init__(self, settings: BrainSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        clock, store = parts.clock, parts.store
        self._inbox: Inbox[_Item] = Inbox(monotonic=clock.monotonic)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._due: dict[str, float] = {}
        self._doors_changed = False
        self._doors = KnownDoors(settings.keys.doors)
        self._division = Division(Rank(settings.rank), lambda: self._doors.names, store)
        self._speaks = settings.rank != "deputy"
        self._sessions = Sessions(
            settings.name,
            parts.connect,
            self._inbox.put,
            lambda: self._inbox.put_urgent(self._connected),
            self._flooded,
            speaks=self._speaks,
        )
        self._outgoing = Outgoing(
            parts.key,
            self._sessions.main,
            self._sessions.door,
            lambda event: self._monitoring.watched(event),  # noqa: PLW0108  # made below
        )
        self._refusals = Refusals(self._outgoing.event, clock.monotonic)
        self._reading = Reading(self._doors, store)
        self._coming = Encoding(
            parts.identity or parts.encoder().name,
            parts.recipe,
            parts.encoder,
            settings.match_rule,
            settings.target,
            settings.training_rule,
        )
        self._gallery = LiveGallery(
            store,
            self._coming.identity,
            parts.encoder().dimensions,
            self._outgoing,
            rule=settings.match_rule,
            target=settings.target,
            product=parts.product,
        )
        self._following = Following(store, self._gallery)
        self._bars = Bars(clock.monotonic)
        self._quarantine = Quarantine(parts.samples, clock.monotonic)
        self._workforce = Workforce(
            parts,
            self._gallery,
            self._coming,
            workers=settings.worker_count,
            matched=lambda *found: self._inbox.put_urgent(_Matched(*found)),
            looked=self._inbox.put_urgent,
            prepared=lambda: self._inbox.put_urgent(self._switching.complete),
            unprepared=lambda why: self._inbox.put_urgent(lambda: self._switching.unprepared(why)),
            broke=self._broke,
            broke_frame=self._broke_frame,
            seen=self._seen,
        )
        self._watching = Watching(store, self._outgoing, clock, settings.watch_rule)
        self._renewing = Renewing(store, self._gallery, clock, settings.renewal_rule)
        self._switching = Switching(
            store=store,
            frames=parts.frames,
            gallery=self._gallery,
            outgoing=self._outgoing,
            clock=clock,
            coming=self._coming,
            former=parts.former,
            looking=lambda: self._workforce.make_trainer(self._coming),
            prepare=self._workforce.prepare,
            swap=self._swap,
        )
        self._monitoring = Monitoring(
            store=store,
            outgoing=self._outgoing,
            gallery=self._gallery,
            doors=self._doors,
            quarantine=self._quarantine,
            clock=clock,
            waiting=lambda: self._workforce.waiting,
            noted=lambda: self._switching.note,
            lookers=parts.lookers,
            exporter=parts.exporter,
            homeassistant=homeassistant_of(settings, parts, lambda: self._doors.names),
            zone=ZoneInfo(settings.timezone),
            data=settings.data_dir,
            certificate=settings.broker.cert,
        )
        self._admission = Admission(
            clock,
            ZoneInfo(settings.timezone),
            settings.access.everywhere,
            settings.access.at_doors,
        )
        self._showing = Showing(clock, self._outgoing, settings.doors, settings.codes.rule)
        self._recognition = Recognition(
            reading=self._reading,
            store=store,
            gallery=self._gallery,
            outgoing=self._outgoing,
            submit=self._submit,
            confirmed=self._renewing.confirmed,
            refused=self._watching.refused,
            clock=clock,
            life=settings.life_rules,
            admission=self._admission,
            showing=self._showing,
            witnessed=self._monitoring.decided,
            hold_s=settings.hold_s,
        )
        self._lone_codes = LoneCodes(
            reading=self._reading,
            store=store,
            outgoing=self._outgoing,
            clock=clock,
            showing=self._showing,
            admission=self._admission,
            witnessed=self._monitoring.decided,
            hold_s=settings.hold_s,
        )
        self._passes = PassOffice(
            store=store,
            reading=self._reading,
            outgoing=self._outgoing,
            clock=clock,
            key=parts.key,
            doors=self._division.all_doors,
        )
        self._enrolling = Enrolling(
            reading=self._reading,
            store=store,
            frames=parts.frames,
            gallery=self._gallery,
            trainer=self._workforce.trainer,
            outgoing=self._outgoing,
            clock=clock,
            rule=settings.training_rule,
            serves=self._division.serves,
            expiry_s=settings.enrolment.expiry_s,
        )
        self._erasing = Erasing(
            store=store,
            reading=self._reading,
            outgoing=self._outgoing,
            clock=clock,
            doors=self._division.all_doors,
        )
        self._uploading = Uploading(
            store=store,
            frames=parts.frames,
            enrolling=self._enrolling,
            outgoing=self._outgoing,
            rule=settings.training_rule,
        )
        self._retaining = Retaining(
            store=store, frames=parts.frames, clock=clock, rule=settings.retention.rule
        )
        self._answering = Answering(
            store, self._outgoing, clock, secret=parts.key.private_bytes_raw()
        )
        rounds = OrderRounds(
            reading=self._reading,
            store=store,
            outgoing=self._outgoing,
            answering=self._answering,
            clock=clock,
        )
        self._site_orders = SiteOrders(
            rounds=rounds,
            store=store,
            doors=self._doors,
            answering=self._answering,
            clock=clock,
            epoch=self._reading.epoch,
            all_doors=self._division.all_doors,
            group=lambda work, name: work.access.doors_of(name),
        )
        self._orders = Orders(
            rounds=rounds,
            site=self._site_orders,
            store=store,
            doors=self._doors,
            answering=self._answering,
            hold_s=settings.hold_s,
        )
        self._administration = Administration(
            self._house(),
            self._answering,
            self._orders,
            self._refusals,
            Rates(settings.limits.rates),
        )
        self._caching = Caching(
            reading=self._reading,
            store=store,
            gallery=self._gallery,
            outgoing=self._outgoing,
            making=CacheMaking(
                gallery=self._gallery,
                admission=self._admission,
                clock=clock,
                policy=DoorPolicy(
                    life=settings.life_rules,
                    second=self._showing.needs,
                    alone=self._showing.takes_codes,
                    hold_s=settings.hold_s,
                    hours=settings.away.hours,
                ),
                pins=lambda work: {who: (one.pin, one.duress) for who, one in work.pins.hashes()},
            ),
            clock=clock,
            key=parts.key,
            settings=settings.away,
        )
        self._telling = DoorTelling(
            reading=self._reading,
            store=store,
            outgoing=self._outgoing,
            clock=clock,
            there=self._there,
            ordered=rounds.confirmed,
            forgotten=self._erasing.confirmed,
            refused=self._watching.refused,
            told=self._told,
            noted=self._noted,
            present=self._monitoring.present,
        )
        self._routes: tuple[tuple[Topic[Any], Callable[[Wire], None]], ...] = (
            (RECOGNIZE, self._recognition.take),
            (CODE_SHOWN, self._lone_codes.take),
            (ENROL_FRAME, self._enrolling.take),
            (UPLOAD, self._uploading.take),
            (DOOR_EVENT, self._telling.take_event),
            (CHALLENGE, rounds.take_challenge),
            (CACHE_ASKED, self._caching.take),
            (DOOR_AVAILABILITY, self._telling.take_availability),
            (REQUEST, self._take_request),
            *self._monitoring.routes,
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
        self._workforce.start()
        self._doors.scan()
        self._reading.refresh()
        if self._gallery.closed is not Reason.NOT_READY:
            self._gallery.load()
        if self._gallery.closed is Reason.NO_RESIDENTS:
            _log.warning("nobody is enrolled: every visit is refused", reason="no_residents")
        if self._speaks:
            self._answering.settle_abandoned()
        self._enrolling.pick_up()
        if self._speaks:
            self._retaining.look()
        if self._speaks:
            self._switching.begin()
        self._monitoring.start(self._inbox.put_urgent)
        self._thread = threading.Thread(target=self._run, name="brain", daemon=True)
        self._thread.start()
        self._sessions.start(self._doors.names)

    def stop(self) -> None:
        """Say farewell and end. Twice is harmless; what was acknowledged is kept."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(JOIN_S)
            if self._thread.is_alive():
                _log.error("the brain's thread is stuck")
            self._thread = None
        self._sessions.stop()
        self._switching.stop()
        self._workforce.stop()
        self._monitoring.stop()
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

    def _handle(self, item: _Item) -> None:
        if isinstance(item, Delivery):
            self._deliver(item)
        elif isinstance(item, _Matched):
            found = item.found
            if item.encoder != self._gallery.encoder:
                # Of the encoder before: as long, perhaps, but nothing to learn from.
                found = replace(found, probes=None)
            self._recognition.finish(item.job, found)
        elif isinstance(item, Looked):
            if self._switching.owns(item):
                self._switching.take(item)
            else:
                self._enrolling.finish(item)
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
            self._refusals.note(wire.topic, str(error))
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
                self._quarantine.note(topic.template, door or named, reason, wire.payload)

    def _broke(self, job: Job, error: Exception) -> None:
        """A burst broke what looked at it; on a matching thread."""
        if isinstance(error, LookingError):
            if error.loss is Loss.ABSENT:
                return
            reason = error.loss.value
        else:
            reason = type(error).__name__
        self._bars.broke(job.door)
        # A PIN is nothing to keep samples of.
        shown = job.burst.model_copy(update={"second": None})
        burst = codec.encode(RECOGNIZE, shown, job.door).payload
        self._quarantine.note(RECOGNIZE.template, job.door, reason, burst)

    def _broke_frame(self, data: bytes, error: LookingError) -> None:
        """A frame broke what looked at it; on the trainer's thread."""
        self._quarantine.note(ENROL_FRAME.template, "", error.loss.value, data)

    def _seen(self, enrolment: str, index: int, look: Sample | Fault) -> None:
        """A frame was looked at; on the trainer's thread."""
        self._inbox.put_urgent(lambda: self._uploading.looked(enrolment, index, look))

    def _tick(self) -> None:
        self._orders.give_up_late()
        self._refusals.flush()
        if self._is_due("doors", DOORS_EVERY_S):
            self._doors_changed |= self._doors.scan()
            if self._doors_changed:
                self._reading.refresh()
                self._sessions.follow(self._doors.names)
                self._monitoring.doors_changed()
                self._doors_changed = False
        if self._is_due("gallery", FOLLOW_EVERY_S):
            self._following.look()
            self._passes.follow()
        self._caching.look()
        if self._is_due("encoder", FOLLOW_EVERY_S):
            self._switching.retry()
        if self._is_due("enrolments", 1.0):
            self._enrolling.expire()
            self._uploading.tidy()
        if self._is_due("erasures", FORGET_EVERY_S):
            self._erasing.again()
        if self._speaks and self._is_due("retention", retention.EVERY_S):
            self._retaining.look()
            self._passes.tidy()
        if self._is_due("health", self._settings.health_s):
            self._tell_health()
        if self._is_due("scores", SCORES_EVERY_S):
            self._monitoring.write_scores()

    def _noted(self, work: Work, door: str, event: DoorEvent) -> None:
        """What a door did by itself, within the transaction that keeps its word for it."""
        away_notes.note(work, self._admission, door, event, self._parts.clock.wall())
        self._admission.heard(work, door, event)
        self._passes.note(work, door, event)
        self._showing.note(work, door, event)

    def _told(self, door: str, event: DoorEvent) -> None:
        self._monitoring.told(door, event)
        self._passes.told()
        self._showing.told()

    def _there(self, door: str) -> None:
        """A door has started or come back: what waits for it goes on."""
        self._site_orders.there(door)
        self._erasing.resume(door)
        self._passes.there(door)
        self._enrolling.resume(door)

    def _take_request(self, wire: Wire) -> None:
        if self._division.answers(wire):
            self._administration.take(wire)
            self._caching.changed()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._parts.clock.monotonic()
        if now < self._due.setdefault(what, now + every_s):
            return False
        self._due[what] = now + every_s
        return True

    def _connected(self) -> None:
        self._tell_health()
        self._switching.tell()

    def _tell_health(self) -> None:
        self._monitoring.publish(aloud=self._speaks)

    # --- which encoder answers doors -------------------------------------------------------------

    def _first_encoding(self) -> Encoding | None:
        if self._speaks:
            return self._switching.decide()
        # Two brains that each changed to an encoder of their own would close each other's doors.
        return deputys_encoding(self._parts.store, self._coming, self._parts.former)

    def _serve(self, encoding: Encoding | None) -> None:
        """At the start: the encoder before, the configured one, or none yet."""
        self._workforce.serve(encoding)
        if encoding is not None and encoding is not self._coming:
            self._enrolling.ruled_by(self._workforce.trainer, encoding.training)

    def _swap(self, trainer: Trainer) -> None:
        """From now on the configured encoder answers; what is under way ends as it began."""
        self._workforce.swap(trainer)
        self._enrolling.ruled_by(trainer, self._coming.training)
        self._enrolling.look_again()
        self._workforce.retire()

    def _submit(self, job: Job) -> Job | None:
        if self._bars.barred(job.door):
            return job
        self._inbox.charge(BURST)
        return self._workforce.submit(job)

    def _flooded(self, session: str) -> None:
        """More came in a session than was taken; on its thread."""
        words = "a flood: more than anybody needs; what waited at the broker is dropped"
        self._inbox.put_urgent(lambda: self._refusals.note(f"session {session}", words))

    # --- wiring ----------------------------------------------------------------------------------

    def _house(self) -> House:
        return House(
            store=self._parts.store,
            frames=self._parts.frames,
            doors=self._doors,
            reading=self._reading,
            outgoing=self._outgoing,
            gallery=self._gallery,
            enrolling=self._enrolling,
            erasing=self._erasing,
            clock=self._parts.clock,
            quarantine=self._quarantine,
            count=self._settings.enrolment.count,
            admission=self._admission,
            all_doors=self._division.all_doors,
            passes=self._passes,
        )
