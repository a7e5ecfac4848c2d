"""How does a gallery change that another brain made reach this one?

Brains of a site share one database. Each looks at the gallery's version every second; where it has
risen, only what changed is read again, however many residents there are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import structlog

from brain.errors import VaultError
from brain.live_gallery import LiveGallery
from brain.store_ports import PeopleStore, Work
from doorbus.messages import Reason
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors

FOLLOW_EVERY_S = 1.0
"""Seconds between two looks at the version."""

MANY = 200
"""Changed residents from which reading everybody again is the shorter way."""

_log = structlog.get_logger()


class Following:
    """Keeps a gallery in memory like the one in the database; on the thread that changes it.

    Args:
        store: the database, which other brains may change.
        gallery: what follows it.
    """

    def __init__(self, store: PeopleStore, gallery: LiveGallery) -> None:
        self._store = store
        self._gallery = gallery
        self._encoder = ""
        self._version = -1
        self._marks: Mapping[str, bytes] = {}

    def begin(self) -> None:
        """Note what the gallery was loaded from; once it is loaded, and whenever it is anew."""
        self._encoder = self._gallery.encoder
        with self._store.work() as work:
            version = work.templates.version()
            self._marks = work.marks.all(self._encoder)
        self._version = version
        if version != self._gallery.snapshot().version:
            self._gallery.load()  # changed between the load and this look

    def look(self) -> int:
        """Take over what others changed; returns how many residents that were.

        Raises:
            StoreError: the database cannot be read; what is in memory stays.
        """
        if self._gallery.closed is Reason.NOT_READY:
            self._encoder = ""  # the load that ends this begins anew
            return 0
        if self._gallery.encoder != self._encoder:
            self.begin()
            return 0
        with self._store.work() as work:
            theirs = work.templates.encoder()
            if theirs not in {None, self._encoder}:
                self._close(theirs)
                return 0
            version = work.templates.version()
            if version == self._version:
                return 0
            marks = work.marks.all(self._encoder)
            changed = [name for name, mark in marks.items() if self._marks.get(name) != mark]
            gone = self._marks.keys() - marks.keys()
            many = len(changed) + len(gone) > MANY
            fresh, damaged = self._read(work, [] if many else changed)
        self._version, self._marks = version, marks
        if many:
            self._gallery.load()
            return len(changed) + len(gone)
        return self._take_over(version, fresh, gone | damaged, damaged)

    def _take_over(
        self, version: int, fresh: Mapping[str, Vectors], gone: set[str], damaged: set[str]
    ) -> int:
        now = self._gallery.snapshot()
        left = [name for name in sorted(gone) if len(now.of(name))]
        # What this brain changed itself is here already.
        others = {name: vectors for name, vectors in fresh.items() if not _same(now, name, vectors)}
        count = len(left) + len(others)
        if count:
            self._gallery.put_all(version, others, left)
            _log.info("another brain changed the gallery", version=version, residents=count)
        self._gallery.leave_out(damaged)
        return count

    def _close(self, theirs: str | None) -> None:
        """Another brain changed the encoder: these vectors are compared with nothing any more."""
        _log.error(
            "another brain changed the encoder of this site's gallery: every visit is refused; "
            "restart this brain, with the same `encoder` in its configuration",
            gallery=theirs,
            here=self._encoder,
        )
        self._gallery.wait()

    def _read(self, work: Work, names: list[str]) -> tuple[dict[str, Vectors], set[str]]:
        """The templates of some residents; and whose do not open."""
        fresh: dict[str, Vectors] = {}
        damaged = set()
        wide = self._gallery.snapshot().dimensions
        for name in names:
            try:
                vectors = self._templates(work, name)
            except VaultError:
                damaged.add(name)
                continue
            if vectors.shape[1] == wide and np.isfinite(vectors).all():
                fresh[name] = vectors
            else:
                damaged.add(name)
        return fresh, damaged

    def _templates(self, work: Work, resident: str) -> Vectors:
        """A resident's templates, those that visits gave behind the enrolled ones."""
        kept = work.templates.of(resident, self._encoder)
        enrolled = [] if kept is None else [kept.vectors]
        learnt = [one.vector[None] for one in work.renewals.of(resident, self._encoder)]
        return np.concatenate([*enrolled, *learnt])


def _same(gallery: Gallery, resident: str, vectors: Vectors) -> bool:
    here = gallery.of(resident)
    return len(here) > 0 and bool(np.allclose(here, fuse(vectors), rtol=0, atol=1e-6))
