"""When does a door ask for its cache, and how do the parts that come become one?

It asks when it connects, when the brain comes online, when the brain tells of another cache, and
once half of the time has run out; again after a while where no answer came.
"""

from __future__ import annotations

from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorbus import cache_parcel
from doorbus.errors import BusError, MessageError
from doorbus.messages import CacheAsked, CachePart
from doorbus.topics import CACHE_ASKED
from edge.messages_out import Speaker
from edge.resident_cache import CacheRefused, ResidentCache

AGAIN_S: Final = 15.0
"""Seconds without a whole answer until the door asks once more."""

SELDOM_S: Final = 300.0
"""The same once it asked `MOST_ASKED` times in vain: this brain gives it none."""

MOST_ASKED: Final = 4

_log = structlog.get_logger(__name__)


class CacheAsking:
    """Asks and gathers; for the main loop alone.

    Args of the constructor:
        cache: what is filled.
        speaker: asks.
        encoder: what this door embeds faces with; None where it wants codes alone.
    """

    def __init__(self, cache: ResidentCache, speaker: Speaker, encoder: str | None) -> None:
        self._cache = cache
        self._speaker = speaker
        self._encoder = encoder
        self._key = X25519PrivateKey.generate()
        self._connected = False
        self._asked_at: float | None = None
        self._in_vain = 0
        self._version = 0
        self._wanted = 0
        self._parts: dict[int, bytes] = {}

    def connected(self, now: float) -> None:
        """The broker is there."""
        self._connected = True
        self.ask_anew(now)

    def disconnected(self) -> None:
        """The broker went away."""
        self._connected = False
        self._asked_at = None

    def ask_anew(self, now: float) -> None:
        """Ask now: there may be another cache."""
        self._in_vain = 0
        self._ask(now)

    def look(self, now: float) -> None:
        """Ask where it is time to. Call this now and then."""
        if not self._connected:
            return
        patience = AGAIN_S if self._in_vain < MOST_ASKED else SELDOM_S
        if self._asked_at is not None:
            if now - self._asked_at >= patience:
                self._ask(now)
        elif self._half_over(now):
            self.ask_anew(now)

    def take(self, part: CachePart, now: float) -> bool:
        """One part; whether the cache is another one now.

        Raises:
            CacheRefused: nobody asked, or what the parts make is not taken.
        """
        if self._asked_at is None:
            raise CacheRefused("a cache that nobody asked for")
        if part.part >= part.parts:
            raise CacheRefused("a part of a cache beyond its last one")
        if (part.version, part.parts) != (self._version, self._wanted):
            if part.version < self._version:
                raise CacheRefused("a part of an older cache")
            self._version, self._wanted, self._parts = part.version, part.parts, {}
        self._parts[part.part] = part.content
        if len(self._parts) < self._wanted:
            return False
        data = b"".join(self._parts[number] for number in range(self._wanted))
        self._drop_parts()
        try:
            parcel = cache_parcel.decrypted(data, self._key)
        except MessageError as error:
            raise CacheRefused(str(error)) from None
        taken = self._cache.take(parcel, now)
        self._asked_at, self._in_vain = None, 0
        return taken

    def _ask(self, now: float) -> None:
        if not self._connected:
            return
        self._drop_parts()
        self._asked_at = now
        self._in_vain += 1
        asked = CacheAsked(
            have=self._cache.version,
            faces=self._encoder is not None,
            encoder=self._encoder,
            key=self._key.public_key().public_bytes_raw().hex(),
        )
        try:
            self._speaker.say(CACHE_ASKED, asked)
        except BusError as error:
            _log.debug("cache_not_asked_for", why=str(error))

    def _drop_parts(self) -> None:
        self._version, self._wanted, self._parts = 0, 0, {}

    def _half_over(self, now: float) -> bool:
        cached = self._cache.cached
        if cached is None:
            return True
        validity = cached.validity
        half = (validity.ends_at - validity.made_at).total_seconds() / 2
        return now >= validity.here_until - half
