"""What becomes of an enrolment whose frames were looked at: templates, or a refusal?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from brain.core import enrolment as rules
from brain.core.enrolment import Enrolment
from brain.core.lookalikes import lookalikes_of
from brain.core.training import Trained, TrainingRule, train
from brain.errors import StoreError, VaultError
from brain.live_gallery import LiveGallery, Standing
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.store_ports import AuditEntry, PeopleStore, TemplateSet, Work
from brain.trainer import Looked
from doorbus.messages import EnrolmentState
from matching.fusion import fuse
from matching.gallery import Vectors

_log = structlog.get_logger()


class Concluding:
    """Chooses templates and makes them visible in one transaction; on one thread.

    Args:
        refuse: ends an enrolment for a reason.
        erase: deletes an enrolment's frames; never raises.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        gallery: LiveGallery,
        outgoing: Outgoing,
        clock: Clock,
        rule: TrainingRule,
        refuse: Callable[[str, str], None],
        erase: Callable[[str], None],
    ) -> None:
        self._store = store
        self._gallery = gallery
        self._outgoing = outgoing
        self._clock = clock
        self._rule = rule
        self._refuse = refuse
        self._erase = erase
        self._unfinished: list[Looked] = []

    def ruled_by(self, rule: TrainingRule) -> None:
        """Other cosines are asked of frames from now on."""
        self._rule = rule

    def finish(self, looked: Looked) -> None:
        """The trainer has looked at all frames of an enrolment."""
        try:
            self._conclude(looked)
        except StoreError as error:
            _log.error("an enrolment's end is tried again", why=str(error))
            self._unfinished.append(looked)

    def again(self) -> None:
        """End what the database did not take before."""
        unfinished, self._unfinished = self._unfinished, []
        for looked in unfinished:
            self.finish(looked)

    def _conclude(self, looked: Looked) -> None:
        if looked.encoder != self._gallery.encoder:
            return  # seen by the encoder before; `look_again` has begun anew
        if looked.faults is None:
            self._refuse(
                looked.enrolment, "training failed by an error of the brain; see its log, try again"
            )
            return
        with self._store.work() as work:
            one = work.enrolments.by_id(looked.enrolment)
        if one is None or one.state is not EnrolmentState.TRAINING:
            return  # cancelled or removed meanwhile
        rule = self._rule.for_photos if one.uploaded else self._rule
        result = train(looked.samples, looked.faults, rule)
        if isinstance(result, Trained):
            self._make_visible(one, result, len(looked.samples) + len(looked.faults))
        else:
            self._refuse(one.id, result.reason)

    def _make_visible(self, one: Enrolment, result: Trained, stored: int) -> None:
        encoder, now = self._gallery.encoder, self._gallery.standing()
        centre = fuse(result.templates)
        alike = lookalikes_of(centre, one.resident, now.gallery, now.rule.threshold)
        reason = _warning(centre, one.resident, alike, now)
        new = TemplateSet(encoder, result.templates, tuple(each.index for each in result.chosen))
        with self._store.work() as work:
            if work.templates.encoder() not in {None, encoder}:
                return  # another brain changed it; the next start trains this enrolment anew
            useless = self._set_aside(work, one.resident, encoder)
            work.templates.replace(one.resident, new)
            version = work.templates.next_version()
            work.enrolments.set_state(one.id, EnrolmentState.TRAINED, reason)
            work.audit.append(
                AuditEntry(
                    self._clock.wall(), "brain", "trained", one.resident, one.door or None, reason
                )
            )
        self._gallery.put(version, one.resident, result.templates)
        for enrolment in useless:
            self._erase(enrolment)
        done = rules.moved(one, EnrolmentState.TRAINED, reason)
        self._outgoing.event(rules.told(done, stored, len(result.chosen), alike))

    def _set_aside(self, work: Work, resident: str, encoder: str) -> list[str]:
        """Keep what a re-enrolment replaces; the enrolments whose frames are useless now."""
        before = [
            one for one in work.enrolments.of(resident) if one.state is EnrolmentState.TRAINED
        ]
        for one in before:
            work.enrolments.set_state(one.id, EnrolmentState.REPLACED)
        useless = {one.id for one in before}
        if (older := work.former.of(resident)) is not None:
            useless.add(older.enrolment)
        work.former.drop(resident)
        try:
            old = work.templates.of(resident, encoder)
        except VaultError:
            old = None  # damaged; that is what they are enrolled again for
        if old is not None and before:
            kept = replace(old, enrolment=before[0].id)
            work.former.keep(resident, kept, self._clock.wall())
            useless.discard(before[0].id)
        work.renewals.drop(resident)
        return sorted(useless)


def _warning(centre: Vectors, resident: str, alike: tuple[str, ...], now: Standing) -> str:
    """What an administrator should look at; empty where nothing is strange."""
    if alike:
        return f"looks like resident {alike[0]}: relatives, or one person with two cards?"
    before = now.gallery.of(resident)
    if len(before) and float((before @ centre.T).max()) < now.rule.threshold:
        return "does not look like the templates before; `undo` puts those back"
    return ""
