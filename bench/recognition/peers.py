"""How do others decide whose burst it is?

Each takes all pictures' vectors and one split, and scores every visit against every resident; the
higher, the more alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.recognition.pictures import Session
from bench.recognition.protocols import Split
from bench.recognition.rates import NOBODY, Figures, Outcome

Vectors = NDArray[np.float32]


def mean_cosine(vectors: Vectors, split: Split) -> Outcome:
    """One mean vector a burst, one mean vector a resident, cosine: what most write first."""
    gallery = np.stack([_mean(vectors, session) for session in split.enrolled])

    def scores(visits: Sequence[Session]) -> Figures:
        probes = np.stack([_mean(vectors, visit) for visit in visits])
        table = np.asarray(probes @ gallery.T, np.float64)
        table[~probes.any(axis=1)] = NOBODY
        return table

    return Outcome.of(scores(split.mates), split.who, scores(split.strangers))


def nearest_photo(vectors: Vectors, split: Split) -> Outcome:
    """face_recognition's way: the smallest distance between any frame and any photo."""
    photos = [file for session in split.enrolled for file in session]
    starts = np.cumsum([0, *(len(session) for session in split.enrolled[:-1])])
    known = vectors[photos]
    known_there = known.any(axis=1)

    def scores(visits: Sequence[Session]) -> Figures:
        frames = [file for visit in visits for file in visit]
        firsts = np.cumsum([0, *(len(visit) for visit in visits[:-1])])
        probes = vectors[frames]
        squared = (probes**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * probes @ known.T
        near = -np.sqrt(np.maximum(squared, 0)).astype(np.float64)
        near[~probes.any(axis=1)] = NOBODY
        near[:, ~known_there] = NOBODY
        by_person = np.maximum.reduceat(near, starts, axis=1)
        return np.asarray(np.maximum.reduceat(by_person, firsts, axis=0), np.float64)

    return Outcome.of(scores(split.mates), split.who, scores(split.strangers))


def _mean(vectors: Vectors, session: Session) -> Vectors:
    rows = vectors[list(session)]
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        return np.zeros(vectors.shape[1], np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    mean = (rows / lengths).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
