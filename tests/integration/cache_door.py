"""A door's cache without a door: asked for, taken apart and kept as a door does."""

from __future__ import annotations

import itertools
from pathlib import Path

from brain_world import Client, Door
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from brain.sessions import Connect
from doorbus import cache_parcel, topics
from doorbus import messages as m
from doorbus.bus import Wire
from doorbus.cache_parcel import Parcel
from doorbus.signing import verify
from edge.resident_cache import Cached, ResidentCache
from edge.sealing import PictureSeal


class CacheDoor:
    """Asks for a door's cache, and keeps what comes.

    Args:
        door: whose key and epoch count.
        connect: how to listen.
        folder: where the cache is kept.
        encoder: what the door embeds with; None asks for codes alone.
    """

    def __init__(
        self, door: Door, connect: Connect, folder: Path, encoder: str | None = "painted"
    ) -> None:
        self.door = door
        self.encoder = encoder
        self.half = X25519PrivateKey.generate()
        self.wires: list[Wire] = []
        self.listener = _Listener(connect, f"cache-{door.name}", [topics.CACHE.name(door.name)])
        folder.mkdir(exist_ok=True)
        brain = door._brain
        self.cache = ResidentCache(folder, door.name, PictureSeal(door.key), brain, encoder)
        self.cache.start(0.0)
        self._asks = itertools.count()

    def ask(self) -> None:
        """Ask, without waiting."""
        half = self.half.public_key().public_bytes_raw().hex()
        asked = m.CacheAsked(
            have=self.cache.version,
            faces=self.encoder is not None,
            encoder=self.encoder,
            key=half,
        )
        self.door.send(topics.CACHE_ASKED, asked)

    def fetch(self) -> Cached:
        """Ask, wait for all parts, check every signature, and take it."""
        before = len(self.listener.wires)
        self.ask()
        parcel = self.parcel(before)
        self.cache.take(parcel, 0.0)
        assert self.cache.cached is not None
        return self.cache.cached

    def parcel(self, before: int = 0) -> Parcel:
        """The whole cache that came after the first `before` parts."""
        first = self.listener.heard.wait(m.CachePart, after=before)
        parts = [
            self.listener.heard.wait(m.CachePart, after=before + number)
            for number in range(first.parts)
        ]
        for wire in self.listener.wires[before:]:
            stamp = verify(wire, topics.CACHE, lambda _: self.door._brain)
            assert (stamp.door, stamp.epoch) == (self.door.name, self.door.epoch)
        return cache_parcel.decrypted(b"".join(part.content for part in parts), self.half)


class _Listener(Client):
    def __init__(self, connect: Connect, name: str, filters: list[str]) -> None:
        self.wires: list[Wire] = []
        super().__init__(connect, name, filters)

    def read(self, wire: Wire) -> None:
        self.wires.append(wire)
        super().read(wire)
