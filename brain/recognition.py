"""How does a burst become a verdict, once?"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from brain import evidence
from brain.core.access import Resident, Ruling
from brain.core.freshness import Freshness, Mark, assess
from brain.core.verdict import Conclusion, conclude
from brain.decided import Decided
from brain.errors import StoreError
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.rules_admission import Admission
from brain.showing import Showing
from brain.store_ports import AuditEntry, PeopleStore, SeenVisit
from brain.worker import Job
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import Alarm, Burst, Decision, PassbackBroken, Reason, Verdict, VisitDecided
from doorbus.topics import RECOGNIZE
from matching.decision import Match
from matching.frozen import frozen
from matching.gallery import Vectors
from matching.life import LifeRules, against_life, in_words

LONGEST_WORDS = 1000
"""Characters of what the audit keeps of the evidence of life; a door's own words are bounded."""

_log = structlog.get_logger()


class Recognition:
    """Takes bursts in, has them matched, keeps each verdict and sends it; on one thread.

    Args:
        submit: hands a job to the matchers; returns the job that will not be done, if any.
        confirmed: hears door, visit, resident and embeddings of each visit that was let in.
        refused: hears door and reason of each visit that was not.
        admission: decides about those who were recognised.
        showing: judges what was shown beside a face.
        witnessed: hears of each verdict that was sent.
        hold_s: how long a granted door stays open.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        gallery: LiveGallery,
        outgoing: Outgoing,
        submit: Callable[[Job], Job | None],
        confirmed: Callable[[str, Mark, str, Vectors], None],
        refused: Callable[[str, Reason], None],
        clock: Clock,
        life: LifeRules,
        admission: Admission,
        showing: Showing,
        witnessed: Callable[[Decided], None],
        hold_s: float,
    ) -> None:
        self._reading = reading
        self._store = store
        self._gallery = gallery
        self._outgoing = outgoing
        self._submit = submit
        self._confirmed = confirmed
        self._refused = refused
        self._clock = clock
        self._life = life
        self._admission = admission
        self._showing = showing
        self._witnessed = witnessed
        self._hold_s = hold_s
        self._flying: dict[str, Mark] = {}
        self._strange: set[tuple[str, str]] = set()

    def take(self, wire: Wire) -> None:
        """A message on `frames/recognize`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(RECOGNIZE, wire)
        burst = letter.content()
        mark = Mark(letter.epoch, burst.visit, burst.nonce)
        if mark == self._flying.get(letter.door):
            return  # delivered twice while it is being matched: the verdict is on its way
        with self._store.work() as work:
            record = work.doors.get(letter.door)
        epoch = self._reading.epoch(letter.door) or 0
        freshness = assess(record.last, mark, epoch)
        if freshness is Freshness.REPEAT and record.verdict is not None:
            self._outgoing.verdict(letter.door, mark.epoch, record.verdict)
            return
        if (
            freshness is not Freshness.NEW
            or assess(self._flying.get(letter.door), mark) is not Freshness.NEW
        ):
            raise MessageError(f"{wire.topic}: a visit that is over (replayed, or overtaken)")
        self._begin(letter.door, mark, burst)

    def finish(self, job: Job, found: Match) -> None:
        """A job's result."""
        if self._flying.get(job.door) == job.mark:
            del self._flying[job.door]
        if found.reason is Reason.MATCH and frozen([crop.jpeg for crop in job.burst.crops]):
            found = Match(Reason.NO_LIFE)
        try:
            self._decide(job, found, in_words(job.burst.liveness))
        except StoreError:
            # What cannot be written down does not open a door.
            _log.exception("a verdict could not be kept", door=job.door)
            denied = Conclusion(Decision.DENY, Reason.BRAIN_ERROR)
            self._outgoing.verdict(job.door, job.mark.epoch, self._verdict(job.mark, denied))
            self._witnessed(self._decided(job, Match(denied.reason), denied, None))

    def _begin(self, door: str, mark: Mark, burst: Burst) -> None:
        job = Job(door, mark, burst, self._clock.monotonic())
        self._look_at_policy(door, burst.liveness.policy)
        times = [crop.at_ms for crop in burst.crops]
        lifeless = against_life(burst.liveness, times, self._life.at(door))
        if lifeless is not None:
            self.finish(job, Match(lifeless))
        elif (closed := self._gallery.closed) is not None:
            self.finish(job, Match(closed))
        else:
            self._flying[door] = mark
            left_out = self._submit(job)
            if left_out is not None:
                self.finish(left_out, Match(Reason.BRAIN_ERROR))

    def _look_at_policy(self, door: str, policy: str) -> None:
        """Say once why every visit of a door is refused as not alive."""
        if policy in self._life.at(door).policies or (door, policy) in self._strange:
            return
        self._strange.add((door, policy))
        _log.warning(
            "a door's liveness policy is not accepted here, so nobody is let in there",
            door=door,
            policy=policy,
            do="change liveness.policy in its edge.yaml, or liveness.policies in brain.yaml",
        )

    def _decide(self, job: Job, found: Match, life: str) -> None:
        door, mark, person = job.door, job.mark, None
        alarms: tuple[Alarm, ...] = ()
        with self._store.work() as work:
            if assess(work.doors.get(door).last, mark) is not Freshness.NEW:
                return  # a newer visit of this door was answered meanwhile
            ruling = Ruling(None)
            if found.resident is not None:
                person = work.residents.by_id(found.resident)
                second, alarms = self._showing.beside(work, door, person, job.burst.second)
                ruling = self._admission.admit(work, person, door, second, mark.visit)
            conclusion = conclude(found, ruling.reason)
            verdict = self._verdict(mark, conclusion)
            work.doors.decided(door, mark, verdict)
            work.audit.append(
                AuditEntry(
                    at=self._clock.wall(),
                    actor=f"door:{door}",
                    what=conclusion.decision.value,
                    resident=conclusion.resident,
                    door=door,
                    reason=conclusion.reason.value,
                ),
                SeenVisit(mark.visit, evidence.kept(job.burst.liveness)),
            )
            work.audit.append(
                AuditEntry(
                    at=self._clock.wall(),
                    actor=f"door:{door}",
                    what="life",
                    door=door,
                    reason=life[:LONGEST_WORDS],
                )
            )
            broken = ruling.areas if conclusion.decision is Decision.GRANT else ()
            for area in broken:
                work.audit.append(
                    AuditEntry(
                        at=self._clock.wall(),
                        actor=f"door:{door}",
                        what="passback_broken",
                        resident=conclusion.resident,
                        door=door,
                        reason=area,
                    )
                )
        self._outgoing.verdict(door, mark.epoch, verdict)
        self._showing.tell(alarms)
        self._witnessed(self._decided(job, found, conclusion, person))
        granted = conclusion.decision is Decision.GRANT
        self._outgoing.event(
            VisitDecided(
                door=door,
                visit=mark.visit,
                decision=conclusion.decision,
                reason=conclusion.reason,
                resident=conclusion.resident if granted else None,
            )
        )
        for area in broken:
            self._outgoing.event(
                PassbackBroken(
                    door=door, visit=mark.visit, resident=conclusion.resident or "", area=area
                )
            )
        if not granted:
            self._refused(door, conclusion.reason)
        elif conclusion.resident is not None and found.probes is not None:
            self._confirmed(door, mark, conclusion.resident, found.probes)

    def _decided(
        self, job: Job, found: Match, conclusion: Conclusion, person: Resident | None
    ) -> Decided:
        return Decided(
            door=job.door,
            visit=job.mark.visit,
            at=self._clock.wall(),
            decision=conclusion.decision,
            reason=conclusion.reason,
            person=person,
            seconds=self._clock.monotonic() - job.since,
            near=found.near,
        )

    def _verdict(self, mark: Mark, conclusion: Conclusion) -> Verdict:
        granted = conclusion.decision is Decision.GRANT
        return Verdict(
            visit=mark.visit,
            nonce=mark.nonce,
            decision=conclusion.decision,
            reason=conclusion.reason,
            hold_s=self._hold_s if granted else 0.0,
        )
