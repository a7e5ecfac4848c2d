"""Which gallery holds at this moment, and what is asked of a burst? Swapped in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import structlog

from brain.core.calibration import Calibration, Target, calibrate
from brain.core.fusion import fuse
from brain.core.gallery import Gallery, Vectors
from brain.core.search import ByteProduct
from brain.core.verdict import MatchRule
from brain.outgoing import Outgoing
from brain.store_ports import PeopleStore
from doorbus.messages import GalleryChanged

MOST_COMPARISONS = 1_000_000
"""Comparisons of residents with each other behind a threshold: less than a second's work."""

LEAST_VISITORS = 50
"""Residents who visit as strangers however many there are to compare them with."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What holds at one moment.

    Attributes:
        gallery: one vector for each resident, their templates fused.
        rule: what is asked of a burst, with the threshold chosen for this gallery.
        calibration: how it was chosen; None where the operator fixed it.
        templates: how many templates are behind the gallery.
    """

    gallery: Gallery
    rule: MatchRule
    calibration: Calibration | None
    templates: int


class LiveGallery:
    """The gallery in memory; read from any thread, changed on one.

    Args:
        rule: what is asked of a burst; its threshold holds where there is no target.
        target: what to choose thresholds for.
        product: makes searching very many residents fast.
    """

    def __init__(
        self,
        store: PeopleStore,
        encoder: str,
        dimensions: int,
        outgoing: Outgoing,
        *,
        rule: MatchRule,
        target: Target | None,
        product: ByteProduct | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._dimensions = dimensions
        self._outgoing = outgoing
        self._rule = rule
        self._target = target
        self._counts: dict[str, int] = {}
        self._product = product
        self._standing = Standing(Gallery.build(0, dimensions, {}, product), rule, None, 0)

    @property
    def encoder(self) -> str:
        """Whose vectors these are."""
        return self._encoder

    def snapshot(self) -> Gallery:
        """The gallery as it is now; it never changes."""
        return self._standing.gallery

    def standing(self) -> Standing:
        """Gallery and rule as they are now; they belong together and never change."""
        return self._standing

    def load(self) -> None:
        """Read all templates of this encoder."""
        with self._store.work() as work:
            vectors = work.templates.all(self._encoder)
            version = work.templates.version()
        self._counts = {resident: len(rows) for resident, rows in vectors.items()}
        self._stand(Gallery.build(version, self._dimensions, _fused(vectors), self._product))

    def put(self, version: int, resident: str, vectors: Vectors) -> None:
        """Add a resident, or replace their templates; after the commit."""
        self._counts[resident] = len(vectors)
        self._swap(self.snapshot().with_resident(version, resident, fuse(vectors)))

    def drop(self, version: int, resident: str) -> None:
        """Take a resident out; after the commit."""
        self._counts.pop(resident, None)
        self._swap(self.snapshot().without(version, resident))

    def _swap(self, gallery: Gallery) -> None:
        self._stand(gallery)
        self._outgoing.event(
            GalleryChanged(
                version=gallery.version,
                residents=len(gallery.residents),
                templates=self._standing.templates,
            )
        )

    def _stand(self, gallery: Gallery) -> None:
        chosen = None if self._target is None else calibration(gallery, self._target)
        rule = self._rule if chosen is None else replace(self._rule, threshold=chosen.threshold)
        self._standing = Standing(gallery, rule, chosen, sum(self._counts.values()))
        if chosen is not None:
            _log.info("calibrated", how=chosen.confidence)


def calibration(gallery: Gallery, target: Target) -> Calibration:
    """Choose a gallery's threshold: residents visit as strangers to all others.

    Args:
        gallery: one vector for each resident.
        target: what to choose for.
    """
    residents = len(gallery.residents)
    most = max(LEAST_VISITORS, MOST_COMPARISONS // max(1, residents))
    places = np.linspace(0, max(0, residents - 1), min(residents, most)).round().astype(np.intp)
    visits = gallery.scores(gallery.templates[places])
    return calibrate(visits, places, target.let_in, target.prior)


def _fused(vectors: Mapping[str, Vectors]) -> dict[str, Vectors]:
    return {resident: fuse(rows) for resident, rows in vectors.items()}
