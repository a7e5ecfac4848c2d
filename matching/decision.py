"""Does a burst show one resident, and whom?

The burst's embeddings are fused into one (their normalised mean), whose best resident must be near
enough, clearly nearer than anybody else, and the choice of most single crops. Every single crop
must be the face that the others show, and must not show somebody else. Every step can only refuse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from doorbus.messages import Reason
from matching.coherence import coherence, stray
from matching.frozen import movement
from matching.fusion import fuse, sound
from matching.gallery import Gallery, Vectors
from matching.search import Nearest


class Fault(Enum):
    """Why a crop gives no embedding; the value is the reason it stands for."""

    BAD_PICTURE = Reason.BAD_PICTURES
    NO_FACE = Reason.NO_FACE
    SEVERAL_FACES = Reason.SEVERAL_FACES
    LOW_QUALITY = Reason.LOW_QUALITY


@dataclass(frozen=True, slots=True)
class MatchRule:
    """What is asked of a burst before it may open a door. Cosines, so they belong to one encoder.

    Attributes:
        threshold: least score of the fused burst.
        margin: least lead of the best resident over the second.
        floor: least score of every single crop for that resident; a crop below it shows somebody
            else.
        agreement: share of all crops whose own best resident must be the same.
        least_crops: fewest usable crops.
        coherence: cosine within which every single crop must be of a share of the others, the same
            share as in `agreement`; else there is a second person, resident or not. -1 asks
            nothing.
        stray: radians; a single crop that is further from the others by more than this than half of
            them are shows something else. pi asks nothing.
        movement: least movement of a burst (`matching.frozen`); below it is one picture again and
            again. 0 asks nothing.
        rival: by how much another resident must lead in a single crop to be the one it shows. Crops
            of a weak picture are often a little nearer to one of many others. 2 asks nothing.
    """

    threshold: float
    margin: float
    floor: float
    agreement: float = 0.75
    least_crops: int = 5
    coherence: float = -1.0
    stray: float = math.pi
    rival: float = 2.0
    movement: float = 0.0


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a burst was to the gallery: for statistics, never for a door, a log or a person.

    Attributes:
        best: score of the nearest resident, a cosine.
        second: that of the next; None in a gallery of one.
        threshold: what was asked.
    """

    best: float
    second: float | None
    threshold: float


@dataclass(frozen=True, slots=True)
class Match:
    """What matching alone says.

    Attributes:
        reason: why.
        resident: who it is; there exactly for `Reason.MATCH`.
        probes: the usable crops' embeddings, beside a resident, so that a visit may be learnt from.
        near: of whoever is somebody or nobody beyond doubt: a match, or `Reason.UNKNOWN`.
    """

    reason: Reason
    resident: str | None = None
    probes: Vectors | None = field(default=None, compare=False, repr=False)
    near: Nearness | None = field(default=None, compare=False, repr=False)


def match(
    probes: Vectors,
    faults: Sequence[Fault],
    gallery: Gallery,
    rule: MatchRule,
    weights: Vectors | None = None,
) -> Match:
    """Find the one resident that a burst shows.

    Args:
        probes: embeddings of the usable crops, unit length, shape (k, dimensions), in any order.
        faults: one for each crop that gave no embedding.
        gallery: the residents.
        rule: what is asked.
        weights: how much each of `probes` counts in their mean, above 0, shape (k,); None for all
            alike. What is asked of every single crop is asked of all alike.

    What is no number never matches: a comparison with it is false, and so must every limit be asked
    that only what is true goes on.
    """
    crops = len(probes) + len(faults)
    if len(probes) < max(rule.least_crops, rule.agreement * crops):
        return Match(_commonest(faults))
    if not gallery.residents:
        return Match(Reason.NO_RESIDENTS)
    if not (sound(probes).all() and _weighable(weights)):
        return Match(Reason.BRAIN_ERROR)
    found = _compare(probes, fuse(probes, weights), crops, gallery, rule)
    if found.resident is not None and not _one_face(probes, weights, rule):
        return Match(Reason.NOT_ONE_PERSON)
    if found.resident is not None and not movement(probes) >= rule.movement:
        return Match(Reason.NO_LIFE)
    return found


def _weighable(weights: Vectors | None) -> bool:
    """Whether a mean can be weighted so."""
    return weights is None or bool((np.isfinite(weights) & (weights > 0)).all())


def _one_face(probes: Vectors, weights: Vectors | None, rule: MatchRule) -> bool:
    """Whether a burst's crops are of one face, whosever it is."""
    if not coherence(probes, rule.agreement) >= rule.coherence:
        return False
    return stray(probes, weights) <= rule.stray


def _compare(
    probes: Vectors, fused: Vectors, crops: int, gallery: Gallery, rule: MatchRule
) -> Match:
    """Hold usable crops of a burst of `crops` against everybody."""
    near = gallery.nearest(np.concatenate([fused, probes]))
    best = int(near.best[0])
    if not near.score[0] >= rule.threshold:
        return Match(Reason.UNKNOWN, near=_nearness(near, rule))
    # Above the threshold it would open for either of two: lookalikes, or one person with two cards.
    second = near.second_score[0]
    if not (near.score[0] - second >= rule.margin and second < rule.threshold):
        return Match(Reason.AMBIGUOUS)
    resident = gallery.residents[best]
    own = (probes @ gallery.of(resident).T).max(axis=1)
    if not own.min() >= rule.floor:
        return Match(Reason.NOT_ONE_PERSON)
    # A tie counts as agreement: the order of residents must not matter.
    agreeing = int(((near.best[1:] == best) | (own >= near.score[1:])).sum())
    if agreeing < rule.agreement * crops:
        return Match(Reason.AMBIGUOUS)
    rivals = np.where(near.best == best, near.second_score, near.score)[1:]
    if not (rivals - own).max() < rule.rival:
        return Match(Reason.NOT_ONE_PERSON)
    return Match(Reason.MATCH, resident, probes, _nearness(near, rule))


def _nearness(near: Nearest, rule: MatchRule) -> Nearness:
    second = float(near.second_score[0]) if near.second[0] >= 0 else None
    return Nearness(float(near.score[0]), second, rule.threshold)


def _commonest(faults: Sequence[Fault]) -> Reason:
    """The most frequent fault's reason; too few crops without any fault are low quality."""
    if not faults:
        return Reason.LOW_QUALITY
    counts = Counter(faults)
    # In the order of the enumeration among equals, so that the order of crops does not matter.
    most = max(counts.values())
    return next(fault.value for fault in Fault if counts[fault] == most)
