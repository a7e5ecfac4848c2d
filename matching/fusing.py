"""How are the templates of very many residents fused at a start? Many at once.

One by one (`matching.fusion.fuse`) it would take as long as reading them from the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np

from matching.fusion import Vectors

TOGETHER = 1000
"""Residents who are fused at once, so that a core's cache holds them."""


def fuse_each(sets: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """`fuse` for each resident, equal to rounding; in the order of `sets`.

    Args:
        sets: templates of each, unit length, shape (k, dimensions), k at least 1.
    """
    found: dict[str, Vectors] = {}
    every = iter(sets.items())
    while many := list(islice(every, TOGETHER)):
        counts = np.array([len(templates) for _, templates in many])
        starts = np.cumsum(counts) - counts
        rows = np.concatenate([templates for _, templates in many]).astype(np.float64)
        means = np.add.reduceat(rows, starts, axis=0) / counts[:, None]
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        fused = np.asarray(means / np.maximum(lengths, 1e-12), np.float32)
        found.update((name, fused[row : row + 1]) for row, (name, _) in enumerate(many))
    return found
