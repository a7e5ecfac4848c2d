"""Which gallery holds at this moment, and what is asked of a burst? Swapped in one step."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import structlog
from numpy.typing import NDArray

from brain.core.calibration import Calibration, Prior, Target, calibrate
from brain.outgoing import Outgoing
from brain.store_ports import PeopleStore
from doorbus.messages import GalleryChanged, Reason
from matching.decision import MatchRule
from matching.fusing import fuse_each
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors
from matching.search import ByteProduct

MOST_COMPARISONS = 1_000_000
"""Comparisons of residents with each other behind a threshold: less than a second's work."""

LEAST_VISITORS = 50
"""Residents who visit as strangers however many there are to compare them with."""

LOOKALIKE = 0.001
"""Two residents are strangers to each other unless so few strangers' visits score as high."""

LEAST_LIKE = 4.0
"""No comparison counts as further below open data's mean than so many of its spreads: faces never
do, and nothing else may lower a threshold."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What holds at one moment.

    Attributes:
        gallery: one vector for each resident, their templates fused.
        rule: what is asked of a burst, with the threshold chosen for this gallery.
        calibration: how it was chosen; None where the operator fixed it.
        templates: how many templates are behind the gallery.
        encoder: whose vectors these are.
    """

    gallery: Gallery
    rule: MatchRule
    calibration: Calibration | None
    templates: int
    encoder: str = ""


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
        self._damaged: set[str] = set()
        self._product = product
        self._waiting = False
        self._standing = self._nobody(0)
        self._left: Standing | None = None

    @property
    def encoder(self) -> str:
        """Whose vectors these are."""
        return self._encoder

    @property
    def closed(self) -> Reason | None:
        """Why every visit is refused without a look; None where visits are looked at."""
        if self._waiting:
            return Reason.NOT_READY
        return None if self.snapshot().residents else Reason.NO_RESIDENTS

    @property
    def damaged(self) -> tuple[str, ...]:
        """Who is left out because their templates in the database do not open; opaque ids."""
        return tuple(sorted(self._damaged))

    def snapshot(self) -> Gallery:
        """The gallery as it is now; it never changes."""
        return self._standing.gallery

    def standing(self) -> Standing:
        """Gallery and rule as they are now; they belong together and never change."""
        return self._standing

    def standing_of(self, encoder: str) -> Standing:
        """What holds for bursts that this encoder embedded; from any thread.

        For the encoder before the last change, the gallery as it stood then, so that what was under
        way is not compared with vectors of another encoder.
        """
        for one in (self._standing, self._left):
            if one is not None and one.encoder == encoder:
                return one
        return replace(self._nobody(0), encoder=encoder)

    def become(self, encoder: str, dimensions: int, rule: MatchRule, target: Target | None) -> None:
        """Be of another encoder; `load` or `wait` comes next."""
        self._left = self._standing
        self._encoder, self._dimensions = encoder, dimensions
        self._rule, self._target = rule, target

    def wait(self) -> None:
        """Refuse every visit until `load`: there is no gallery that could be asked."""
        self._waiting = True
        self._counts = {}
        self._standing = self._nobody(0)

    def load(self) -> None:
        """Read all templates of this encoder; who has damaged ones is left out.

        Raises `StoreError`; then everything stays as it was.
        """
        damaged: set[str] = set()
        with self._store.work() as work:
            learnt = work.renewals.all(self._encoder, damaged)
            version = work.templates.version()
            counts: dict[str, int] = {}
            fused: dict[str, Vectors] = {}
            for vectors in work.templates.parts(self._encoder, damaged):
                for resident in [*vectors]:
                    rows = vectors[resident]
                    if rows.shape[1] != self._dimensions or not np.isfinite(rows).all():
                        damaged.add(resident)
                    if resident in damaged:
                        del vectors[resident]
                for resident in learnt.keys() & vectors.keys():
                    if not np.isfinite(learnt[resident]).all():
                        damaged.add(resident)
                        del vectors[resident]
                        continue
                    vectors[resident] = np.concatenate([vectors[resident], learnt[resident]])
                counts.update((resident, len(rows)) for resident, rows in vectors.items())
                fused.update(fuse_each(vectors))
        self._waiting = False
        self._damaged = set()
        self.leave_out(damaged)
        self._counts = counts
        self._stand(Gallery.build(version, self._dimensions, fused, self._product))

    def leave_out(self, residents: Collection[str]) -> None:
        """Note whose templates in the database do not open; from `load` or `put_all` on."""
        for resident in sorted(residents):
            self._damaged.add(resident)
            _log.error(
                "a resident's templates are damaged and left out; enrol them again, or restore a "
                "backup",
                resident=resident,
            )

    def put(self, version: int, resident: str, vectors: Vectors) -> None:
        """Add a resident, or replace their templates, learnt ones among them; after the commit."""
        self.put_all(version, {resident: vectors})

    def drop(self, version: int, resident: str) -> None:
        """Take a resident out; after the commit."""
        self.put_all(version, {}, (resident,))

    def put_all(
        self, version: int, fresh: Mapping[str, Vectors], gone: Collection[str] = ()
    ) -> None:
        """Several of these in one step, with a threshold chosen once; after the commit.

        Args:
            version: of the gallery.
            fresh: templates of who is added or has others now, learnt ones among them.
            gone: who is taken out.
        """
        if self._waiting:
            return  # `load` will find them
        gallery = self.snapshot()
        for resident in gone:
            self._counts.pop(resident, None)
            self._damaged.discard(resident)
            gallery = gallery.without(version, resident)
        for resident, vectors in fresh.items():
            if not np.isfinite(vectors).all():
                self._counts.pop(resident, None)
                gallery = gallery.without(version, resident)
                self.leave_out((resident,))
                continue
            self._counts[resident] = len(vectors)
            self._damaged.discard(resident)
            gallery = gallery.with_resident(version, resident, fuse(vectors))
        self._swap(gallery)

    def tell(self) -> None:
        """Tell whoever watches that there is another gallery."""
        now = self._standing
        self._outgoing.event(
            GalleryChanged(
                version=now.gallery.version,
                residents=len(now.gallery.residents),
                templates=now.templates,
            )
        )

    def _swap(self, gallery: Gallery) -> None:
        self._stand(gallery)
        self.tell()

    def _stand(self, gallery: Gallery) -> None:
        chosen, threshold = None, self._rule.threshold
        if self._target is not None:
            try:
                chosen = calibration(gallery, self._target)
                threshold = chosen.threshold
                _log.info("calibrated", how=chosen.confidence)
            except ValueError as error:
                threshold = math.inf
                _log.error(
                    "no threshold can be chosen, so nobody is let in",
                    why=str(error),
                    do="encode the residents again, or set matching.threshold in brain.yaml",
                )
        rule = replace(self._rule, threshold=threshold)
        self._standing = Standing(gallery, rule, chosen, sum(self._counts.values()), self._encoder)

    def _nobody(self, version: int) -> Standing:
        gallery = Gallery.build(version, self._dimensions, {}, self._product)
        return Standing(gallery, self._rule, None, 0, self._encoder)


def calibration(gallery: Gallery, target: Target) -> Calibration:
    """Choose a gallery's threshold: residents visit as strangers to all others.

    Lookalikes, twins and people with two cards are no strangers to each other: their comparisons
    are left out, or one of them, enrolled by mistake or malice, would move everybody's threshold.
    What counts as one is decided by the threshold itself. From the lowest that can be had, which
    knows open data alone, it rises as long as it leaves fewer comparisons out.

    Args:
        gallery: one vector for each resident.
        target: what to choose for.
    """
    residents = len(gallery.residents)
    most = max(LEAST_VISITORS, MOST_COMPARISONS // max(1, residents))
    places = np.linspace(0, max(0, residents - 1), min(residents, most)).round().astype(np.intp)
    visits = gallery.scores(gallery.templates[places])
    prior = target.prior
    visits = np.maximum(visits, np.float32(prior.mean - LEAST_LIKE * prior.spread))
    own = np.zeros(visits.shape, np.bool_)
    own[np.arange(len(places)), places] = True
    rare = min(target.let_in, LOOKALIKE)
    limit = calibrate(visits[:0], places[:0], rare, prior).threshold
    alike = (visits >= limit) & ~own
    while alike.any():
        tamed = _tamed(visits, alike, own, prior)
        limit = max(limit, calibrate(tamed, places, rare, prior).threshold)
        fewer = (visits >= limit) & ~own
        if (fewer == alike).all():
            break
        alike = fewer
    found = calibrate(_tamed(visits, alike, own, prior), places, target.let_in, prior)
    return replace(found, impostors=found.impostors - int(alike.sum()))


def _tamed(
    visits: Vectors, alike: NDArray[np.bool_], own: NDArray[np.bool_], prior: Prior
) -> Vectors:
    """Scores in which some say nothing: each of these is the mean of the others."""
    others = visits[~(alike | own)]
    tamed = visits.copy()
    tamed[alike] = others.mean() if len(others) else prior.mean
    return tamed
