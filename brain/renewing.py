"""What do confirmed visits teach, and how is it taken back?"""

from __future__ import annotations

import numpy as np
import structlog

from brain.core.freshness import Mark
from brain.core.renewal import Confirmed, RenewalRule, lesson
from brain.errors import StoreError
from brain.live_gallery import LiveGallery
from brain.ports import Clock
from brain.store_ports import AuditEntry, PeopleStore, Renewed, Work
from matching.gallery import Vectors

_log = structlog.get_logger()


class Renewing:
    """Learns from visits where it is told to; on one thread.

    Args:
        rule: what is asked of a visit; None where none ever teaches.
    """

    def __init__(
        self, store: PeopleStore, gallery: LiveGallery, clock: Clock, rule: RenewalRule | None
    ) -> None:
        self._store = store
        self._gallery = gallery
        self._clock = clock
        self._rule = rule

    def confirmed(self, door: str, mark: Mark, resident: str, probes: Vectors) -> None:
        """A visit was let in, and its verdict is on its way."""
        if self._rule is None:
            return
        try:
            self._learn(self._rule, door, mark, resident, probes)
        except StoreError as error:
            _log.error("nothing is learnt from a visit", why=str(error))

    def _learn(
        self, rule: RenewalRule, door: str, mark: Mark, resident: str, probes: Vectors
    ) -> None:
        now = self._gallery.standing()
        if probes.shape[1] != now.gallery.dimensions or resident not in now.gallery.residents:
            return
        with self._store.work() as work:
            if work.templates.encoder() not in {None, now.encoder}:
                return  # another brain changed it
            enrolled = work.templates.of(resident, now.encoder)
            learnt = work.renewals.of(resident, now.encoder)
        wall = self._clock.wall()
        if enrolled is None or not (room := rule.room(len(enrolled.vectors))):
            return
        # A clock that went back teaches nothing until it is where it was.
        if learnt and wall < learnt[-1].at + rule.every_s:
            return
        visit = Confirmed(resident, probes, enrolled.vectors)
        vector = lesson(visit, now.gallery, now.rule, rule.clear)
        if vector is None:
            return
        with self._store.work() as work:
            new = Renewed(vector, wall, door, mark.visit)
            work.renewals.add(resident, now.encoder, new, room)
            version = work.templates.next_version()
            work.audit.append(
                AuditEntry(wall, "brain", "renewed", resident, door, f"visit {mark.visit}")
            )
            vectors = in_force(work, resident, now.encoder)
        self._gallery.put(version, resident, vectors)


def in_force(work: Work, resident: str, encoder: str) -> Vectors:
    """A resident's enrolled and learnt templates, shape (n, dimensions); they must have some."""
    enrolled = work.templates.of(resident, encoder)
    assert enrolled is not None  # noqa: S101  # callers looked in this transaction
    learnt = [one.vector.reshape(1, -1) for one in work.renewals.of(resident, encoder)]
    return np.asarray(np.concatenate([enrolled.vectors, *learnt]), np.float32)
