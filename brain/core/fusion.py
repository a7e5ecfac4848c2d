"""How do many views of one face become one vector, and many vectors one score?

A visit is the mean of its views, weighted by what each is worth (`faces.quality.weight`), a
resident the mean of their templates, which were chosen among good views, each brought to unit
length; their cosine is the score. On LFW and YouTube Faces this misses fewer residents at the same
rate of strangers let in than the nearest template does (`make bench-recognition` prints both), and
a search needs to look at one vector a resident.

An encoder's vectors share a part that says nothing of the person: the mean over many people is not
zero, and that of one set of people is nearly that of another. `without_bias` takes it out, so that
strangers' scores are normal around nearly zero in every gallery.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

BIAS_TAKEN = 0.7
"""How much of the mean is taken out. The means of two sets of people differ (cosine 0.93 between
YouTube Faces and LFW with SFace), so that all of it would be more than is known."""


LEAST_LENGTH = 1e-6
"""A vector that is shorter has no direction."""


def sound(vectors: Vectors) -> NDArray[np.bool_]:
    """Which of these vectors can be compared: all of finite numbers and of some length.

    Args:
        vectors: shape (k, dimensions).

    Returns:
        shape (k,).
    """
    wide = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(wide, axis=1)
    return np.asarray(np.isfinite(lengths) & (lengths > LEAST_LENGTH), np.bool_)


def fuse(probes: Vectors, weights: Vectors | None = None) -> Vectors:
    """One embedding for many of one face: the mean, brought to unit length; shape (1, dimensions).

    In double precision, so that the order of the views does not matter.

    Args:
        probes: unit length, shape (k, dimensions), k at least 1.
        weights: how much each counts, above 0, shape (k,); None for all alike.
    """
    mean = np.average(np.asarray(probes, np.float64), axis=0, weights=weights)[None]
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def without_bias(vectors: Vectors, bias: Vectors) -> Vectors:
    """Take an encoder's bias out.

    Args:
        vectors: unit length along the last axis, shape (..., dimensions).
        bias: mean of unit vectors of many people, shape (dimensions,).

    Returns:
        the same shape, float32, unit length.
    """
    moved = np.asarray(vectors, np.float64) - BIAS_TAKEN * np.asarray(bias, np.float64)
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-12), np.float32)
