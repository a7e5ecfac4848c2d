"""How do the brain's services hold on to each other, and what does each tell which others?"""

from __future__ import annotations

from brain import away_notes
from brain.administration import Administration
from brain.answering import Answering
from brain.asking import Consoles
from brain.cache_making import CacheMaking, DoorPolicy
from brain.caching import Caching
from brain.config import BrainSettings
from brain.core.pace import BURST
from brain.core.rates import Rates
from brain.core.training import Sample
from brain.counting import Counting
from brain.enrolling import Enrolling
from brain.erasing import Erasing
from brain.foundation import Foundation, Matched
from brain.lone_codes import LoneCodes
from brain.monitoring import Monitoring, homeassistant_of
from brain.operations import House
from brain.order_rounds import OrderRounds
from brain.orders import Orders
from brain.parts import Parts
from brain.passes import PassOffice
from brain.recognition import Recognition
from brain.renewing import Renewing
from brain.retaining import Retaining
from brain.site_orders import SiteOrders
from brain.store_ports import Work
from brain.switching import Switching
from brain.telling import DoorTelling
from brain.trainer import Trainer
from brain.uploading import Uploading
from brain.worker import Job
from brain.workforce import Workforce
from doorbus.messages import DoorEvent
from matching.decision import Fault

COUNTING_LANE = "(figures)"
"""Of the inbox: no door is named so. What is counted takes its turn among the doors."""


class Assembly:
    """All of the brain's services, made from its settings; nothing runs yet.

    Every part is reached by its name. What is called from another thread says so.

    Args:
        settings: of the brain.
        parts: as `__main__` chose them.
    """

    def __init__(self, settings: BrainSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        clock, store = parts.clock, parts.store
        self.base = base = Foundation(
            settings,
            parts,
            connected=self._connected,
            watched=lambda event: self.monitoring.watched(event),  # noqa: PLW0108  # made below
        )
        self.workforce = Workforce(
            parts,
            base.gallery,
            base.coming,
            workers=settings.worker_count,
            matched=lambda *found: base.inbox.put_urgent(Matched(*found)),
            looked=base.inbox.put_urgent,
            prepared=lambda: base.inbox.put_urgent(self.switching.complete),
            unprepared=lambda why: base.inbox.put_urgent(lambda: self.switching.unprepared(why)),
            broke=base.breakage.burst,
            broke_frame=base.breakage.frame,
            seen=self._seen,
        )
        self.renewing = Renewing(store, base.gallery, clock, settings.renewal_rule)
        self.switching = Switching(
            store=store,
            frames=parts.frames,
            gallery=base.gallery,
            outgoing=base.outgoing,
            clock=clock,
            coming=base.coming,
            former=parts.former,
            looking=lambda: self.workforce.make_trainer(base.coming),
            prepare=self.workforce.prepare,
            swap=self._swap,
        )
        self.monitoring = Monitoring(
            store=store,
            outgoing=base.outgoing,
            gallery=base.gallery,
            doors=base.doors,
            quarantine=base.quarantine,
            clock=clock,
            waiting=lambda: self.workforce.waiting,
            noted=lambda: self.switching.note,
            lookers=parts.lookers,
            exporter=parts.exporter,
            homeassistant=homeassistant_of(settings, parts, lambda: base.doors.names),
            zone=base.zone,
            data=settings.data_dir,
            certificate=settings.broker.cert,
        )
        self.recognition = Recognition(
            reading=base.reading,
            store=store,
            gallery=base.gallery,
            outgoing=base.outgoing,
            submit=self._submit,
            confirmed=self.renewing.confirmed,
            refused=base.watching.refused,
            clock=clock,
            life=settings.life_rules,
            admission=base.admission,
            showing=base.showing,
            witnessed=self.monitoring.decided,
            hold_s=settings.hold_s,
        )
        self.lone_codes = LoneCodes(
            reading=base.reading,
            store=store,
            outgoing=base.outgoing,
            clock=clock,
            showing=base.showing,
            admission=base.admission,
            witnessed=self.monitoring.decided,
            hold_s=settings.hold_s,
        )
        self.passes = PassOffice(
            store=store,
            reading=base.reading,
            outgoing=base.outgoing,
            clock=clock,
            key=parts.key,
            doors=base.division.all_doors,
        )
        self.enrolling = Enrolling(
            reading=base.reading,
            store=store,
            frames=parts.frames,
            gallery=base.gallery,
            trainer=self.workforce.trainer,
            outgoing=base.outgoing,
            clock=clock,
            rule=settings.training_rule,
            serves=base.division.serves,
            expiry_s=settings.enrolment.expiry_s,
        )
        self.erasing = Erasing(
            store=store,
            reading=base.reading,
            outgoing=base.outgoing,
            clock=clock,
            doors=base.division.all_doors,
        )
        self.uploading = Uploading(
            store=store,
            frames=parts.frames,
            enrolling=self.enrolling,
            outgoing=base.outgoing,
            rule=settings.training_rule,
        )
        self.retaining = Retaining(
            store=store, frames=parts.frames, clock=clock, rule=settings.retention.rule
        )
        self.answering = Answering(
            store, base.outgoing, clock, secret=parts.key.private_bytes_raw()
        )
        self.rounds = OrderRounds(
            reading=base.reading,
            store=store,
            outgoing=base.outgoing,
            answering=self.answering,
            clock=clock,
        )
        self.site_orders = SiteOrders(
            rounds=self.rounds,
            store=store,
            doors=base.doors,
            answering=self.answering,
            clock=clock,
            epoch=base.reading.epoch,
            all_doors=base.division.all_doors,
            group=lambda work, name: work.access.doors_of(name),
        )
        self.orders = Orders(
            rounds=self.rounds,
            site=self.site_orders,
            store=store,
            doors=base.doors,
            answering=self.answering,
            hold_s=settings.hold_s,
        )
        self.counting = Counting(
            store=store,
            clock=clock,
            zone=base.zone,
            later=lambda step: base.inbox.put(COUNTING_LANE, step),
            answer=self.answering.publish,
        )
        self.administration = Administration(
            self._house(),
            self.answering,
            self.orders,
            base.refusals,
            rates=Rates(settings.limits.rates),
            consoles=Consoles(settings.consoles),
            counting=self.counting,
        )
        self.caching = self._make_caching()
        self.telling = DoorTelling(
            reading=base.reading,
            store=store,
            outgoing=base.outgoing,
            clock=clock,
            there=self._there,
            ordered=self.rounds.confirmed,
            forgotten=self.erasing.confirmed,
            refused=base.watching.refused,
            told=self._told,
            noted=self._noted,
            present=self.monitoring.present,
        )

    def tell_health(self) -> None:
        """Say how everything is, on `brain/health` where this brain speaks."""
        self.monitoring.publish(aloud=self.base.speaks)

    def _connected(self) -> None:
        self.tell_health()
        self.switching.tell()

    def _swap(self, trainer: Trainer) -> None:
        """From now on the configured encoder answers; what is under way ends as it began."""
        self.workforce.swap(trainer)
        self.enrolling.ruled_by(trainer, self.base.coming.training)
        self.enrolling.look_again()
        self.workforce.retire()

    def _submit(self, job: Job) -> Job | None:
        if self.base.bars.barred(job.door):
            return job
        self.base.inbox.charge(BURST)
        return self.workforce.submit(job)

    def _seen(self, enrolment: str, index: int, look: Sample | Fault) -> None:
        """A frame was looked at; on the trainer's thread."""

        def looked() -> None:
            self.enrolling.looked(enrolment, index, look)
            self.uploading.looked(enrolment, index, look)

        self.base.inbox.put_urgent(looked)

    def _noted(self, work: Work, door: str, event: DoorEvent) -> None:
        """What a door did by itself, within the transaction that keeps its word for it."""
        away_notes.note(work, self.base.admission, door, event, self._parts.clock.wall())
        self.base.admission.heard(work, door, event)
        self.passes.note(work, door, event)
        self.base.showing.note(work, door, event)

    def _told(self, door: str, event: DoorEvent) -> None:
        self.monitoring.told(door, event)
        self.passes.told()
        self.base.showing.told()

    def _there(self, door: str) -> None:
        """A door has started or come back: what waits for it goes on."""
        self.site_orders.there(door)
        self.erasing.resume(door)
        self.passes.there(door)
        self.enrolling.resume(door)

    def _house(self) -> House:
        base = self.base
        return House(
            store=self._parts.store,
            frames=self._parts.frames,
            doors=base.doors,
            reading=base.reading,
            outgoing=base.outgoing,
            gallery=base.gallery,
            enrolling=self.enrolling,
            erasing=self.erasing,
            clock=self._parts.clock,
            quarantine=base.quarantine,
            count=self._settings.enrolment.count,
            admission=base.admission,
            all_doors=base.division.all_doors,
            passes=self.passes,
        )

    def _make_caching(self) -> Caching:
        base, settings, parts = self.base, self._settings, self._parts
        return Caching(
            reading=base.reading,
            store=parts.store,
            gallery=base.gallery,
            outgoing=base.outgoing,
            making=CacheMaking(
                gallery=base.gallery,
                admission=base.admission,
                clock=parts.clock,
                policy=DoorPolicy(
                    life=settings.life_rules,
                    second=base.showing.needs,
                    alone=base.showing.takes_codes,
                    hold_s=settings.hold_s,
                    hours=settings.away.hours,
                ),
                pins=lambda work: {who: (one.pin, one.duress) for who, one in work.pins.hashes()},
            ),
            clock=parts.clock,
            key=parts.key,
            settings=settings.away,
        )
