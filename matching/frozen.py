"""Is a burst a few pictures again and again?

A camera never takes the same picture twice: noise sees to that. A burst of copies shows one look at
a face, however many pictures it counts, and no life. Nor does one picture that was saved anew each
time: its bytes differ, what networks see in it hardly does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.fusion import Vectors

DISTINCT = 0.75
"""Least share of a burst's pictures that are different from all others: as many as must agree."""


def frozen(pictures: Sequence[bytes]) -> bool:
    """Whether too few of these encoded pictures are different ones."""
    return len(set(pictures)) < DISTINCT * len(pictures)


def movement(probes: Vectors) -> float:
    """How far the crops of a burst are from each other.

    Encoders may see every other crop as its mirror image, which is a face further away. So the
    crops are taken as two groups, around the two that are least alike, and what counts is the mean
    distance (1 - cosine) of each to the middle of its group.

    Args:
        probes: unit length, shape (k, dimensions), k at least 1, in any order.

    Returns:
        0 to 1; NaN where a probe is no number.
    """
    views = np.asarray(probes, np.float64)
    cosines = views @ views.T
    one, other = np.unravel_index(int(cosines.argmin()), cosines.shape)
    nearer = cosines[one] >= cosines[other]
    # A group's cosines to its middle add up to the length of its sum.
    along = sum(float(np.linalg.norm(views[group].sum(axis=0))) for group in (nearer, ~nearer))
    return max(0.0, 1 - along / len(views)) if np.isfinite(along) else float("nan")
