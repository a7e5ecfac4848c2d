"""What is in a door's cache at this moment?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from brain.core.caching import knows_nobody, rules_for, schedules_of
from brain.live_gallery import LiveGallery
from brain.ports import Clock
from brain.rules_admission import Admission
from brain.store_ports import Work
from doorbus import cache_parcel
from doorbus.cache_parcel import Parcel
from doorbus.messages import (
    CachedLife,
    CachedMatching,
    CachedResident,
    CachedRule,
    CacheTerms,
)
from matching.life import LifeRules

NOBODY = 2.0
"""A threshold that no cosine reaches."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a cache holds of one resident, before it is sealed."""

    id: str
    template: bytes
    rules: tuple[CachedRule, ...]
    pin: bytes = b""
    duress: bytes = b""


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """What is asked of visitors at each door.

    Attributes:
        life: what counts as evidence of life.
        second: what a door asks for beside a face: none, card or pin.
        alone: whether a PIN opens a door without a face.
        hold_s: how long a granted door stays open.
        hours: how long a cache is good for.
    """

    life: LifeRules
    second: Callable[[str], str]
    alone: Callable[[str], bool]
    hold_s: float
    hours: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What a door's cache would hold if it were sent now.

    Attributes:
        terms: without residents.
        people: those, in the order of their ids.
    """

    terms: CacheTerms
    people: tuple[Person, ...]

    def digest(self) -> bytes:
        """Of everything that counts: another one means another cache."""
        said = self.terms.model_copy(update={"version": 0, "made_at": 0.0})
        whole = hashlib.sha256(said.model_dump_json().encode())
        for one in self.people:
            whole.update(repr(one).encode())
        return whole.digest()

    def signed(self, version: int, key: Ed25519PrivateKey) -> Parcel:
        """The cache itself, under a version."""
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
            for one in self.people
        ]
        named = tuple(cache_parcel.digest(one) for one in records)
        terms = self.terms.model_copy(update={"version": version, "residents": named})
        return cache_parcel.seal(terms, records, key)


class CacheMaking:
    """Gathers what goes into caches; on the brain's thread.

    Args:
        gallery: whose templates.
        admission: the site's rules.
        clock: the time.
        policy: what is asked at each door.
        pins: hashes of PINs and duress PINs by resident, within a transaction.
    """

    def __init__(
        self,
        *,
        gallery: LiveGallery,
        admission: Admission,
        clock: Clock,
        policy: DoorPolicy,
        pins: Callable[[Work], Mapping[str, tuple[bytes, bytes]]],
    ) -> None:
        self._gallery = gallery
        self._admission = admission
        self._clock = clock
        self._policy = policy
        self._pins = pins

    def draft(self, work: Work, door: str, *, faces: bool) -> Draft:
        """What a door's cache holds now, of faces or of codes alone."""
        return Draft(
            self._terms(work, door, faces=faces), tuple(self._people(work, door, faces=faces))
        )

    def _people(self, work: Work, door: str, *, faces: bool) -> list[Person]:
        """Who may enter there at some time, with what the door needs to tell them by."""
        book = self._admission.book(work)
        if knows_nobody(book, door):
            return []
        now = book.local(self._clock.wall())
        groups, enabled = work.access.memberships(), work.residents.enabled()
        by_pin = self._policy.alone(door) or self._policy.second(door) == "pin"
        pins = self._pins(work) if by_pin else {}
        templates = self._templates() if faces else {}
        found = []
        for resident in sorted(enabled & (templates.keys() | pins.keys())):
            rules = rules_for(book, resident, groups.get(resident, frozenset()), door, now)
            if rules is not None:
                pin, duress = pins.get(resident, (b"", b""))
                found.append(Person(resident, templates.get(resident, b""), rules, pin, duress))
        return found

    def _templates(self) -> dict[str, bytes]:
        gallery = self._gallery.standing().gallery
        rows = np.asarray(gallery.templates, "<f2")
        return {name: rows[row].tobytes() for row, name in enumerate(gallery.residents)}

    def _terms(self, work: Work, door: str, *, faces: bool) -> CacheTerms:
        standing, book = self._gallery.standing(), self._admission.book(work)
        rule, life = standing.rule, self._policy.life.at(door)
        second = self._policy.second(door)
        return CacheTerms(
            door=door,
            version=0,
            made_at=self._clock.wall(),
            hours=self._policy.hours,
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
            alone=self._policy.alone(door),
            second="card" if second == "card" else "pin" if second == "pin" else "none",
            hold_s=self._policy.hold_s,
            timezone=str(book.zone),
            holidays=tuple(sorted(day.isoformat() for day in book.site.holidays)),
            schedules=schedules_of(book, door),
            residents=(),
        )
