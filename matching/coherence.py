"""Is every crop of a burst the face that the rest of it shows?

Frames of one visit are taken within seconds, by one camera, in one light: they are far nearer to
each other than a visit is to pictures from another day. So crops are held against the other crops
of their own burst, whoever is enrolled, and a second person is noticed who is nobody's resident.
"""

from __future__ import annotations

import math

import numpy as np

from matching.fusion import Vectors


def coherence(probes: Vectors, share: float) -> float:
    """Cosine within which every crop is of at least `share` of the other crops.

    However many crops show a second person, either these or the others are too few to be most of
    the burst. A crop that is within a limit of every other one never brings a burst below it.

    Args:
        probes: unit length, shape (k, dimensions), in any order.
        share: of the other crops, above 0 to 1.

    Returns:
        -1 to 1; 1 for a single crop.
    """
    others = len(probes) - 1
    if others < 1:
        return 1.0
    cosines = np.asarray(probes, np.float64) @ np.asarray(probes, np.float64).T
    np.fill_diagonal(cosines, -np.inf)
    wanted = max(1, math.ceil(share * others - 1e-9))
    return float(np.float32(np.sort(cosines, axis=1)[:, -wanted].min()))


def stray(probes: Vectors, weights: Vectors | None = None) -> float:
    """How much further from the rest of its burst one crop is than half of the crops are.

    A crop's distance is its angle to all the others, fused as a visit is. Where the frames of a
    visit differ, by pose or light, many do; one that stands alone shows something else, such as a
    mixture of two faces.

    Args:
        probes: unit length, shape (k, dimensions), in any order.
        weights: how much each counts for the others, above 0, shape (k,); None for all alike.

    Returns:
        radians, 0 to pi; 0 for fewer than three crops.
    """
    if len(probes) < 3:
        return 0.0
    views = np.asarray(probes, np.float64)
    worth = np.ones(len(views)) if weights is None else np.asarray(weights, np.float64)
    weighted = views * worth[:, None]
    others = weighted.sum(axis=0) - weighted
    lengths = np.maximum(np.linalg.norm(others, axis=1), 1e-12)
    angles = np.arccos(np.clip(np.einsum("ij,ij->i", views, others) / lengths, -1, 1))
    return float(np.float32(angles.max() - np.median(angles)))
