"""How is the brain, as it says on `brain/health`?"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

import structlog

from brain.doors import KnownDoors
from brain.errors import StoreError
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.parts import Lookers
from brain.quarantine import Quarantine
from brain.store_ports import PeopleStore
from doorbus.messages import MOST_POISON, AuditHead, BrainHealth, LookersHealth, Reason
from doorbus.topics import BRAIN_HEALTH

_log = structlog.get_logger()


class Health:
    """Gathers how everything is, and publishes it; on one thread.

    Args:
        waiting: bursts that wait for a matcher.
        noted: what an administrator should know of a change of the encoder; empty for nothing.
        lookers: what looks at pictures elsewhere; None where the brain looks itself.
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
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._gallery = gallery
        self._doors = doors
        self._quarantine = quarantine
        self._waiting = waiting
        self._noted = noted
        self._lookers = lookers

    def publish(self) -> None:
        """Tell it now."""
        now = self._gallery.standing()
        self._outgoing.publish(
            BRAIN_HEALTH,
            BrainHealth(
                version=_version(),
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
            ),
        )

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
        if self._gallery.closed is Reason.NO_RESIDENTS:
            notes.append("nobody is enrolled: every visit is refused (no_residents)")
        if damaged := self._gallery.damaged:
            notes.append(
                f"templates of {', '.join(damaged[:3])}{' and others' * (len(damaged) > 3)} are "
                "damaged: enrol them again, or restore a backup"
            )
        return "; ".join(note for note in notes if note)


def _version() -> str:
    try:
        return metadata.version("doorward")
    except metadata.PackageNotFoundError:
        return "not installed"
