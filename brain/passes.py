"""How are visitors' passes issued, followed and taken back?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from brain.errors import StoreError
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import AuditEntry, PeopleStore, Work
from doorbus import passes
from doorbus.messages import DoorEvent, EventKind, Pass, PassId, RevokedPasses

AHEAD_S = 300.0
"""A door's time that is further ahead of the brain's clock is not taken for one."""

KEPT_S = 30 * 86_400.0
"""Seconds after its end that a pass is kept: doors may still tell that it opened them."""

_ID: TypeAdapter[str] = TypeAdapter(PassId)
_log = structlog.get_logger()


class PassOffice:
    """Signs passes, counts what doors tell of them, and tells doors which count no more.

    Uploads of photos have their tokens from here too.

    Args:
        key: signs.
        doors: every door of the site, within a transaction.
    """

    def __init__(
        self,
        *,
        store: PeopleStore,
        reading: Reading,
        outgoing: Outgoing,
        clock: Clock,
        key: Ed25519PrivateKey,
        doors: Callable[[Work], frozenset[str]],
    ) -> None:
        self._store = store
        self._reading = reading
        self._outgoing = outgoing
        self._clock = clock
        self._key = key
        self._doors = doors
        self._used_up = False
        self._told: frozenset[str] | None = None

    def code(self, content: Pass) -> str:
        """The text of a pass for a QR code."""
        return passes.write(content, self._key)

    def upload_token(self, enrolment: str) -> str:
        """What shows that a photo belongs to an enrolment: 32 hexadecimal digits.

        Made of the key, so that it need not be kept to be told once more.
        """
        secret = hashlib.blake2b(
            self._key.private_bytes_raw(), digest_size=32, person=b"doorward-upload"
        ).digest()
        return hashlib.blake2b(enrolment.encode(), digest_size=16, key=secret).hexdigest()

    def there(self, door: str) -> None:
        """A door has started or come back: it learns which passes count no more."""
        with self._store.work() as work:
            revoked = work.passes.revoked(now=self._clock.wall())
            if not revoked:
                return
            command = _command(work, door, revoked)
        self._send(door, command)

    def tell(self, work: Work) -> tuple[tuple[str, ...], Callable[[], None]]:
        """Prepare to tell every door which passes count no more.

        Args:
            work: the transaction in which that changed.

        Returns:
            The doors that will hear of it now, and what sends it once that is committed.
        """
        doors = sorted(door for door in self._doors(work) if self._reading.epoch(door) is not None)
        revoked = work.passes.revoked(now=self._clock.wall())
        commands = {door: _command(work, door, revoked) for door in doors}
        self._told = frozenset(one.id for one in revoked)

        def send() -> None:
            for door, command in commands.items():
                self._send(door, command)

        return tuple(doors), send

    def note(self, work: Work, door: str, event: DoorEvent) -> None:
        """Keep what a door tells of a pass, in the transaction that keeps the event."""
        if event.kind not in {EventKind.PASS, EventKind.PASS_REFUSED}:
            return
        pass_id = _named(event.detail.split())
        now = self._clock.wall()
        at = event.at if event.at <= now + AHEAD_S else now
        # `pass` is what an administrator does.
        what = "pass_used" if event.kind is EventKind.PASS else event.kind.value
        work.audit.append(AuditEntry(at, f"door:{door}", what, None, door, event.detail))
        known = work.passes.by_id(pass_id) if pass_id is not None else None
        if event.kind is EventKind.PASS and known is not None and pass_id is not None:
            used = work.passes.use(pass_id)
            if used >= known.content.uses and not known.revoked:
                work.passes.revoke(pass_id)
                self._used_up = True

    def told(self) -> None:
        """After such a transaction: a pass that is used up is used up everywhere."""
        if not self._used_up:
            return
        try:
            with self._store.work() as work:
                _, send = self.tell(work)
        except StoreError as error:
            _log.error("doors hear later of a pass that is used up", why=str(error))
            return
        self._used_up = False
        send()

    def follow(self) -> None:
        """Tell this brain's doors what another brain of the site took back. Raises `StoreError`."""
        with self._store.work() as work:
            revoked = frozenset(one.id for one in work.passes.revoked(now=self._clock.wall()))
            if self._told is None or revoked <= self._told:
                self._told = revoked
                return
            _, send = self.tell(work)
        send()

    def tidy(self) -> None:
        """Forget passes that ended long ago, and whose they were."""
        with self._store.work() as work:
            gone = work.passes.forget(ended_before=self._clock.wall() - KEPT_S)
        if gone:
            _log.info("passes forgotten", passes=gone)

    def _send(self, door: str, command: RevokedPasses) -> None:
        epoch = self._reading.epoch(door)
        if epoch is not None:
            self._outgoing.command(door, epoch, command)


def _command(work: Work, door: str, revoked: Iterable[Pass]) -> RevokedPasses:
    """What a door is told; of passes for its own sake only."""
    return RevokedPasses(
        number=work.doors.next_number(door),
        revoked=tuple(one.id for one in revoked if not one.doors or door in one.doors),
    )


def _named(words: Iterable[str]) -> str | None:
    for word in words:
        try:
            return _ID.validate_python(word)
        except ValidationError:
            continue
    return None
