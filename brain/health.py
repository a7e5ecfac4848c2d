"""How is the brain, as it says on `brain/health`?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import structlog

from brain.core.latency import Hour, LastHour
from brain.decided import Decided
from brain.doors import KnownDoors
from brain.errors import StoreError
from brain.figures import Figures
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.parts import Lookers
from brain.ports import Clock
from brain.quarantine import Quarantine
from brain.store_ports import PeopleStore
from doorbus.certificates import days_left
from doorbus.messages import (
    MOST_POISON,
    AuditHead,
    BrainHealth,
    Decision,
    LookersHealth,
    Reason,
    VerdictTimes,
)
from doorbus.topics import BRAIN_HEALTH

_log = structlog.get_logger()


class Health:
    """Gathers how everything is, and publishes it; on one thread.

    Args:
        waiting: bursts that wait for a matcher.
        noted: what an administrator should know of a change of the encoder; empty for nothing.
        lookers: what looks at pictures elsewhere; None where the brain looks itself.
        figures: know which doors are there, and keep what was told last.
        data: the folder whose disk must not fill.
        certificate: the brain's own, to the broker.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        outgoing: Outgoing,
        gallery: LiveGallery,
        doors: KnownDoors,
        quarantine: Quarantine,
        waiting: Callable[[], int],
        noted: Callable[[], str],
        lookers: Lookers | None,
        figures: Figures,
        clock: Clock,
        data: Path,
        certificate: Path,
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._gallery = gallery
        self._doors = doors
        self._quarantine = quarantine
        self._waiting = waiting
        self._noted = noted
        self._lookers = lookers
        self._figures = figures
        self._clock = clock
        self._data = data
        self._certificate = certificate
        self._hour = LastHour()

    def decided(self, one: Decided) -> None:
        """A verdict was sent."""
        granted = one.decision is Decision.GRANT
        self._hour.add(self._clock.monotonic(), one.seconds, granted=granted)

    def publish(self, *, aloud: bool = True) -> None:
        """Look, note it with the figures, and tell it where `aloud`."""
        health = self._look()
        self._figures.brain(self._clock.wall(), health)
        if aloud:
            self._outgoing.publish(BRAIN_HEALTH, health)

    def _look(self) -> BrainHealth:
        now = self._gallery.standing()
        hour = self._hour.seen(self._clock.monotonic())
        doors = self._figures.seen().doors
        return BrainHealth(
            version=version(),
            encoder=self._gallery.encoder,
            gallery=now.gallery.version,
            residents=len(now.gallery.residents),
            templates=now.templates,
            doors=len(self._doors),
            waiting=self._waiting(),
            audit=self._audit_head(),
            lookers=self._lookers_health(),
            poison=self._quarantine.counts(MOST_POISON),
            note=self._note()[:200],
            online=sum(seen.online for door, seen in doors.items() if door in self._doors),
            visits=hour.visits,
            granted=hour.granted,
            latency=_times(hour),
            disk_free=self._disk_free(),
            database=self._database(),
            certificate_days=days_left(self._certificate, self._clock.wall()),
        )

    def _disk_free(self) -> int | None:
        try:
            return shutil.disk_usage(self._data).free
        except OSError:
            return None

    def _database(self) -> int | None:
        try:
            return self._store.size()
        except StoreError:
            return None

    def _lookers_health(self) -> LookersHealth | None:
        lookers = self._lookers
        if lookers is None:
            return None
        ends = {loss.value: count for loss, count in lookers.losses().items()}
        return LookersHealth(running=lookers.running, **ends)

    def _audit_head(self) -> AuditHead | None:
        try:
            with self._store.work() as work:
                head = work.audit.head()
        except StoreError as error:
            _log.error("nobody knows where the audit ends", why=str(error))
            return None
        return AuditHead(entries=head.entries, head=head.code.hex())

    def _note(self) -> str:
        """What an administrator should know."""
        notes = [self._noted()]
        if self._gallery.encoder == "painted":
            notes.append("encoder painted: it recognises painted plates, not people")
        if self._gallery.closed is Reason.NO_RESIDENTS:
            notes.append("nobody is enrolled: every visit is refused (no_residents)")
        if damaged := self._gallery.damaged:
            notes.append(
                f"templates of {', '.join(damaged[:3])}{' and others' * (len(damaged) > 3)} are "
                "damaged: enrol them again, or restore a backup"
            )
        return "; ".join(note for note in notes if note)


def _times(hour: Hour) -> VerdictTimes | None:
    if hour.p50 is None or hour.p99 is None:
        return None
    return VerdictTimes(p50=round(hour.p50 * 1000, 1), p99=round(hour.p99 * 1000, 1))


def version() -> str:
    """Of this software."""
    try:
        return metadata.version("doorward")
    except metadata.PackageNotFoundError:
        return "not installed"
