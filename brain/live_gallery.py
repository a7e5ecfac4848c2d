"""Which gallery holds at this moment? One snapshot, swapped in one step."""

from __future__ import annotations

from brain.core.gallery import Gallery, Vectors
from brain.outgoing import Outgoing
from brain.store_ports import PeopleStore
from doorbus.messages import GalleryChanged


class LiveGallery:
    """The gallery in memory; read from any thread, changed on one."""

    def __init__(
        self, store: PeopleStore, encoder: str, dimensions: int, outgoing: Outgoing
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._dimensions = dimensions
        self._outgoing = outgoing
        self._snapshot = Gallery.build(0, dimensions, {})

    @property
    def encoder(self) -> str:
        """Whose vectors these are."""
        return self._encoder

    def snapshot(self) -> Gallery:
        """The gallery as it is now; it never changes."""
        return self._snapshot

    def load(self) -> None:
        """Read all templates of this encoder."""
        with self._store.work() as work:
            vectors = work.templates.all(self._encoder)
            version = work.templates.version()
        self._snapshot = Gallery.build(version, self._dimensions, vectors)

    def put(self, version: int, resident: str, vectors: Vectors) -> None:
        """Add a resident, or replace their templates; after the commit."""
        self._swap(self._snapshot.with_resident(version, resident, vectors))

    def drop(self, version: int, resident: str) -> None:
        """Take a resident out; after the commit."""
        self._swap(self._snapshot.without(version, resident))

    def _swap(self, gallery: Gallery) -> None:
        self._snapshot = gallery
        self._outgoing.event(
            GalleryChanged(
                version=gallery.version,
                residents=len(gallery.residents),
                templates=len(gallery.templates),
            )
        )
