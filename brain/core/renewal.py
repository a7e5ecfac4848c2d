"""May a visit that was let in teach the gallery something, and what?

A visit teaches only where there is no doubt whom it shows: nothing in it points to anybody else, it
lies well above the threshold, and it does so against the *enrolled* templates alone, so that what
visits taught never carries a resident away from who was enrolled. What may be learnt is bounded by
a share of the enrolled templates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brain.core.lookalikes import lookalikes
from matching.decision import MatchRule
from matching.fusion import fuse
from matching.gallery import Gallery, Vectors


@dataclass(frozen=True, slots=True)
class RenewalRule:
    """What is asked of a visit before it teaches.

    Attributes:
        every_s: least time between two templates of one resident, seconds.
        most: templates of visits that a resident has at most; an older one goes for a newer.
        share: how many they may be for each enrolled template.
        clear: how many margins the visit must lie above the threshold, and lead by.
    """

    every_s: float = 86_400.0
    most: int = 5
    share: float = 0.3
    clear: float = 2.0

    def room(self, enrolled: int) -> int:
        """How many templates of visits there may be beside so many enrolled ones."""
        return min(self.most, int(self.share * enrolled))


@dataclass(frozen=True, slots=True, eq=False)
class Confirmed:
    """A visit that was let in.

    Attributes:
        resident: who was.
        probes: embeddings of its usable crops, unit length, shape (k, dimensions).
        enrolled: that resident's enrolled templates, shape (n, dimensions).
    """

    resident: str
    probes: Vectors
    enrolled: Vectors


def lesson(visit: Confirmed, gallery: Gallery, match: MatchRule, clear: float) -> Vectors | None:
    """The template that a visit gives, shape (dimensions,); None where it gives none.

    Args:
        visit: what was let in.
        gallery: one fused vector for each resident; there must be one.
        match: what was asked of the visit, with the threshold that holds.
        clear: as in `RenewalRule`.
    """
    fused = fuse(visit.probes)
    views = np.concatenate([fused, visit.probes])
    far = clear * match.margin
    near = gallery.nearest(views)
    if gallery.residents[int(near.best[0])] != visit.resident:
        return None
    if (near.best != near.best[0]).any() or near.score[0] - near.second_score[0] < far:
        return None
    against_enrolled = views @ fuse(visit.enrolled)[0]
    if against_enrolled[0] < match.threshold + far or against_enrolled[1:].min() < match.floor:
        return None
    if lookalikes([visit.resident], gallery, match.threshold)[visit.resident]:
        return None
    return np.asarray(fused[0], np.float32)
