"""What does a door make of a text that claims to be a pass?"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection
from typing import Final

from doorbus import passes
from doorbus.errors import PassUnreadable
from doorbus.messages import Pass, PassRefusal
from doorbus.signing import Verifier
from edge.core import passes as rules
from edge.core.passes import Times
from edge.core.visit_events import PassKept, PassShown
from edge.pass_book import PassBook
from edge.wall_clock import LatestTime, WallClock

MOST_JUDGED: Final = 8
"""Passes between being judged and being used."""


class PassDesk:
    """Checks passes, and writes down their use; on the loop's thread.

    Args of the constructor:
        door: this door's name.
        brain_key: knows the brain's signature.
        wall_clock: date and time.
        latest: the highest time ever believed.
        book: what is kept of passes.
        counting: whether a use is written down; not where the lock does not move, for the visitor
            stays outside.
    """

    def __init__(
        self,
        door: str,
        brain_key: Verifier,
        *,
        wall_clock: WallClock,
        latest: LatestTime,
        book: PassBook,
        counting: bool = True,
    ) -> None:
        self._door = door
        self._brain_key = brain_key
        self._wall_clock = wall_clock
        self._latest = latest
        self._book = book
        self._counting = counting
        self._judged: OrderedDict[str, Pass] = OrderedDict()

    def judge(self, text: str) -> PassShown:
        """Look at a text; nothing is written down."""
        key = hashlib.sha256(text.encode()).hexdigest()
        try:
            one = passes.read(text, self._brain_key)
        except PassUnreadable:
            return PassShown(key, None, PassRefusal.FORGED)
        self._judged[one.id] = one
        while len(self._judged) > MOST_JUDGED:
            self._judged.popitem(last=False)
        return PassShown(key, one.id, self._refusal(one))

    def use(self, pass_id: str) -> PassKept:
        """Write down that a pass opens once more: on the disk when this returns, or refused.

        A desk that does not count refuses as any other, and writes nothing.
        """
        one = self._judged.pop(pass_id, None)
        if one is None:
            return PassKept(pass_id, PassRefusal.NOT_KEPT)
        refusal = self._refusal(one)
        times = self._times()
        if refusal is not None or times is None:
            return PassKept(pass_id, refusal or PassRefusal.CLOCK_UNSURE)
        kept = not self._counting or self._book.use(one, times.latest)
        return PassKept(pass_id, None if kept else PassRefusal.NOT_KEPT)

    def revoke(self, ids: Collection[str]) -> None:
        """Take none of these any more, but whatever else was revoked before."""
        self._book.revoke(ids)

    def _refusal(self, one: Pass) -> PassRefusal | None:
        if self._book.book is None:
            return PassRefusal.NOT_KEPT
        return rules.refusal(one, self._door, self._book.book, self._times())

    def _times(self) -> Times | None:
        now = self._wall_clock.now()
        if now is None:
            return None
        return Times(now.timestamp(), self._latest.seen(now).timestamp())
