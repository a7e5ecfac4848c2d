"""Which doors get which residents for the time when the brain is away, and when?

A door asks; what it gets is sealed for it (`doorbus.cache_parcel`). Where something changes that
would change a door's cache, the door is told to ask again, not more often than the limits here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.cache_making import CacheMaking
from brain.cache_settings import AwaySettings
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.store_ports import PeopleStore
from doorbus import cache_parcel
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import (
    CacheAsked,
    CacheNews,
    Reason,
)
from doorbus.topics import CACHE_ASKED

SEND_EVERY_S = 2.0
"""Least seconds between two caches for one door."""

LOOK_EVERY_S = 5.0
"""Least seconds between two looks at whether caches are out of date, after a change."""

PEEK_EVERY_S = 0.5
"""Least seconds between two questions to the database for versions."""

GIVE_WAY = 4.0
"""How many times as long as one door took the others wait: a fifth of the thread at most."""

LONGEST_REST_S = 10.0

SELDOM_S = 600.0
"""Seconds until they are looked at without a known change: other brains change things too."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a door has.

    Attributes:
        epoch: of the boot in which it asked.
        faces: whether it wants templates.
        digest: of everything that counts; not of when it was made.
        version: of it.
        at: monotonic seconds.
    """

    epoch: int
    faces: bool
    digest: bytes
    version: int
    at: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that waits for its turn."""

    epoch: int
    asked: CacheAsked


class Caching:
    """Answers doors that ask for their cache, and tells them of changes; on the brain's thread.

    Args:
        making: gathers what goes into them.
        key: signs caches.
        settings: which doors get one.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        gallery: LiveGallery,
        outgoing: Outgoing,
        making: CacheMaking,
        clock: Clock,
        key: Ed25519PrivateKey,
        settings: AwaySettings,
    ) -> None:
        self._reading = reading
        self._store = store
        self._gallery = gallery
        self._outgoing = outgoing
        self._making = making
        self._clock = clock
        self._key = key
        self._settings = settings
        self._sent: dict[str, _Sent] = {}
        self._told: set[str] = set()
        self._stale = False
        self._seen: tuple[int, int] | None = None
        self._looked_at = -SELDOM_S
        self._peeked_at = -SELDOM_S
        self._rests_until = -SELDOM_S
        self._asked: dict[str, _Asked] = {}
        self._doubted: deque[str] = deque()

    def take(self, wire: Wire) -> None:
        """A message on `door/<door>/cache`. Raises `MessageError` where it moves nothing."""
        letter = self._reading.open(CACHE_ASKED, wire)
        asked, door = letter.content(), letter.door
        allowed = self._settings.doors.get(door)
        if allowed is None or (asked.faces and allowed != "faces"):
            wanted = "faces" if asked.faces else "codes"
            self._say_once(
                door,
                f"{wire.topic}: brain.yaml does not allow this door a cache; set "
                f"`away: {{doors: {{{door}: {wanted}}}}}`, or `away: closed` in its edge.yaml",
            )
            return
        if asked.faces and self._gallery.closed is Reason.NOT_READY:
            return  # it asks again
        if asked.faces and asked.encoder != self._gallery.encoder:
            self._say_once(
                door,
                f"{wire.topic}: the door embeds with {asked.encoder}, this gallery is of "
                f"{self._gallery.encoder}: no cache can help it",
            )
            return
        before = self._sent.get(door)
        now = self._clock.monotonic()
        if before is not None and before.epoch == letter.epoch and now - before.at < SEND_EVERY_S:
            return  # it asks again
        self._asked[door] = _Asked(letter.epoch, asked)

    def changed(self) -> None:
        """Something may have changed that caches hold."""
        self._stale = True

    def look(self) -> None:
        """Do what is due, for one door at a time. Call this often.

        A cache of a large site takes its time, and verdicts go first: whatever was done for one
        door, `GIVE_WAY` times as long nothing is done for the next.
        """
        began = self._clock.monotonic()
        if began < self._rests_until:
            return
        if self._asked:
            door = next(iter(self._asked))
            self._answer(door, self._asked.pop(door))
        elif self._doubted:
            self._doubt(self._doubted.popleft())
        else:
            self._look_for_changes(began)
            return
        took = self._clock.monotonic() - began
        self._rests_until = began + took + min(GIVE_WAY * took, LONGEST_REST_S)

    def _look_for_changes(self, now: float) -> None:
        if not self._sent or now - self._peeked_at < PEEK_EVERY_S:
            return
        self._peeked_at = now
        if now - self._looked_at < LOOK_EVERY_S:
            return
        with self._store.work() as work:
            seen = (work.templates.version(), work.access.version())
        if seen == self._seen and not self._stale and now - self._looked_at < SELDOM_S:
            return
        self._seen, self._stale, self._looked_at = seen, False, now
        self._doubted.extend(self._sent)

    def _doubt(self, door: str) -> None:
        """Tell a door to ask again, where its cache is out of date."""
        sent = self._sent.get(door)
        if sent is None:
            return
        with self._store.work() as work:
            if self._making.draft(work, door, faces=sent.faces).digest() == sent.digest:
                return
            number = work.doors.next_number(door)
        self._outgoing.command(door, sent.epoch, CacheNews(number=number))

    def _answer(self, door: str, one: _Asked) -> None:
        try:
            self._send(door, one.epoch, one.asked)
        except MessageError as error:
            _log.warning("a door gets no cache", door=door, why=str(error))

    def _send(self, door: str, epoch: int, asked: CacheAsked) -> None:
        before = self._sent.get(door)
        # The door says what it has, so that a brain whose clock was set back still goes on.
        floor = max(asked.have, 0 if before is None else before.version) + 1
        version = max(round(self._clock.wall() * 1000), floor)
        with self._store.work() as work:
            draft = self._making.draft(work, door, faces=asked.faces)
        parcel = draft.signed(version, self._key)
        sealed = cache_parcel.encrypted(parcel, bytes.fromhex(asked.key))
        parts = cache_parcel.parts(version, sealed)
        for part in parts:
            if not self._outgoing.cache(door, epoch, part):
                return  # it asks again
        self._sent[door] = _Sent(
            epoch, asked.faces, draft.digest(), version, self._clock.monotonic()
        )
        self._told.discard(door)
        _log.info("cache sent", door=door, version=version, residents=len(draft.people))

    def _say_once(self, door: str, text: str) -> None:
        if door not in self._told:
            self._told.add(door)
            _log.warning("a door asks for a cache that it does not get", door=door, why=text)
