"""Which doors get which residents for the time when the brain is away, and when?

A door asks; what it gets is sealed for it (`doorbus.cache_parcel`). Where something changes that
would change a door's cache, the door is told to ask again, not more often than the limits here.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.cache_settings import AwaySettings
from brain.core.caching import knows_nobody, rules_for, schedules_of
from brain.live_gallery import LiveGallery
from brain.outgoing import Outgoing
from brain.ports import Clock
from brain.reading import Reading
from brain.rules_admission import Admission
from brain.store_ports import PeopleStore, Work
from doorbus import cache_parcel
from doorbus.bus import Wire
from doorbus.errors import MessageError
from doorbus.messages import (
    CacheAsked,
    CachedLife,
    CachedMatching,
    CachedResident,
    CachedRule,
    CacheNews,
    CacheTerms,
    Reason,
)
from doorbus.topics import CACHE_ASKED
from matching.life import LifeRules

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

NOBODY = 2.0
"""A threshold that no cosine reaches."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Person:
    """What a cache holds of one resident, before it is sealed."""

    id: str
    template: bytes
    rules: tuple[CachedRule, ...]
    pin: bytes = b""
    duress: bytes = b""


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
        key: signs caches.
        settings: which doors get one.
        life: what counts as evidence of life, by door.
        second: what a door asks for beside a face: none, card or pin.
        alone: whether a PIN opens a door without a face.
        pins: hashes of PINs and duress PINs by resident, within a transaction.
        hold_s: how long a granted door stays open.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        store: PeopleStore,
        gallery: LiveGallery,
        outgoing: Outgoing,
        admission: Admission,
        clock: Clock,
        key: Ed25519PrivateKey,
        settings: AwaySettings,
        life: LifeRules,
        second: Callable[[str], str],
        alone: Callable[[str], bool],
        pins: Callable[[Work], Mapping[str, tuple[bytes, bytes]]],
        hold_s: float,
    ) -> None:
        self._reading = reading
        self._store = store
        self._gallery = gallery
        self._outgoing = outgoing
        self._admission = admission
        self._clock = clock
        self._key = key
        self._settings = settings
        self._life = life
        self._second = second
        self._alone = alone
        self._pins = pins
        self._hold_s = hold_s
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
            people = self._people(work, door, faces=sent.faces)
            terms = self._terms(work, door, 0, faces=sent.faces)
            if _digest(terms, people) == sent.digest:
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
            people = self._people(work, door, faces=asked.faces)
            terms = self._terms(work, door, version, faces=asked.faces)
        digest = _digest(terms, people)
        records = [
            cache_parcel.record(
                CachedResident(
                    salt=os.urandom(16),
                    id=one.id,
                    template=one.template,
                    rules=one.rules,
                    pin=one.pin,
                    duress=one.duress,
                )
            )
            for one in people
        ]
        terms = terms.model_copy(
            update={"residents": tuple(cache_parcel.digest(one) for one in records)}
        )
        parcel = cache_parcel.seal(terms, records, self._key)
        sealed = cache_parcel.encrypted(parcel, bytes.fromhex(asked.key))
        parts = cache_parcel.parts(version, sealed)
        for part in parts:
            if not self._outgoing.cache(door, epoch, part):
                return  # it asks again
        self._sent[door] = _Sent(epoch, asked.faces, digest, version, self._clock.monotonic())
        self._told.discard(door)
        _log.info("cache sent", door=door, version=version, residents=len(records))

    def _people(self, work: Work, door: str, *, faces: bool) -> list[_Person]:
        """Who may enter there at some time, with what the door needs to tell them by."""
        book = self._admission.book(work)
        if knows_nobody(book, door):
            return []
        now = book.local(self._clock.wall())
        groups, enabled = work.access.memberships(), work.residents.enabled()
        by_pin = self._alone(door) or self._second(door) == "pin"
        pins = self._pins(work) if by_pin else {}
        templates = self._templates() if faces else {}
        found = []
        for resident in sorted(enabled & (templates.keys() | pins.keys())):
            rules = rules_for(book, resident, groups.get(resident, frozenset()), door, now)
            if rules is not None:
                pin, duress = pins.get(resident, (b"", b""))
                found.append(_Person(resident, templates.get(resident, b""), rules, pin, duress))
        return found

    def _templates(self) -> dict[str, bytes]:
        gallery = self._gallery.standing().gallery
        rows = np.asarray(gallery.templates, "<f2")
        return {name: rows[row].tobytes() for row, name in enumerate(gallery.residents)}

    def _terms(self, work: Work, door: str, version: int, *, faces: bool) -> CacheTerms:
        standing, book = self._gallery.standing(), self._admission.book(work)
        rule, life = standing.rule, self._life.at(door)
        second = self._second(door)
        return CacheTerms(
            door=door,
            version=version,
            made_at=self._clock.wall(),
            hours=self._settings.hours,
            encoder=standing.encoder if faces else None,
            dimensions=standing.gallery.dimensions if faces else 0,
            matching=CachedMatching(
                threshold=min(rule.threshold, NOBODY),
                margin=rule.margin,
                floor=rule.floor,
                agreement=rule.agreement,
                least_crops=rule.least_crops,
                coherence=rule.coherence,
                stray=rule.stray,
                rival=rule.rival,
                movement=rule.movement,
            ),
            life=CachedLife(
                policies=tuple(sorted(life.policies)), required=tuple(sorted(life.required))
            ),
            alone=self._alone(door),
            second="card" if second == "card" else "pin" if second == "pin" else "none",
            hold_s=self._hold_s,
            timezone=str(book.zone),
            holidays=tuple(sorted(day.isoformat() for day in book.site.holidays)),
            schedules=schedules_of(book, door),
            residents=(),
        )

    def _say_once(self, door: str, text: str) -> None:
        if door not in self._told:
            self._told.add(door)
            _log.warning("a door asks for a cache that it does not get", door=door, why=text)


def _digest(terms: CacheTerms, people: list[_Person]) -> bytes:
    """Of everything that counts: another one means another cache."""
    said = terms.model_copy(update={"version": 0, "made_at": 0.0, "residents": ()})
    whole = hashlib.sha256(said.model_dump_json().encode())
    for one in people:
        whole.update(repr(one).encode())
    return whole.digest()
