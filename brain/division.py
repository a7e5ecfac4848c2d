"""Which requests does this brain answer, where a site has several?

A brain serves the doors whose keys lie in its folder, and answers the requests that name one of
them. The first brain answers everything else, and speaks for all on `brain/availability` and
`brain/health`; its deputies are silent there. So every request still gets exactly one answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum

from brain.store_ports import PeopleStore, Work
from doorbus.bus import Wire


class Rank(StrEnum):
    """What a brain is among the brains of its site."""

    ONLY = "only"
    FIRST = "first"
    DEPUTY = "deputy"


class Division:
    """Says what falls to this brain.

    Args:
        rank: what it is.
        doors: gives those whose keys it has now.
        store: the database that all brains share; it knows of every door.
    """

    def __init__(self, rank: Rank, doors: Callable[[], frozenset[str]], store: PeopleStore) -> None:
        self._rank = rank
        self._doors = doors
        self._store = store

    def serves(self, door: str) -> bool:
        """Whether what concerns a door falls to this brain; the only one has all, and old ones.

        What is at no door, as an enrolment by photos, falls to the first.
        """
        if not door:
            return self._rank is not Rank.DEPUTY
        return self._rank is Rank.ONLY or door in self._doors()

    def all_doors(self, work: Work) -> frozenset[str]:
        """Every door of the site: where it has several brains, also those of the others."""
        if self._rank is Rank.ONLY:
            return self._doors()
        return self._doors() | frozenset(work.doors.names())

    def answers(self, wire: Wire) -> bool:
        """Whether this brain answers a request. Raises `StoreError`."""
        if self._rank is Rank.ONLY:
            return True
        door = _door_of(wire.payload)
        if door is not None and door in self._doors():
            return not wire.retain or self._rank is Rank.FIRST
        if self._rank is Rank.DEPUTY:
            return False
        return door is None or wire.retain or not self._known(door)

    def _known(self, door: str) -> bool:
        with self._store.work() as work:
            return work.doors.key(door) is not None


def _door_of(payload: bytes) -> str | None:
    """The door that a request names, as far as it can be read."""
    try:
        door = json.loads(payload)["door"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return door if isinstance(door, str) else None
