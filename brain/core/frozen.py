"""Is a burst a few pictures again and again?

A camera never takes the same picture twice: noise sees to that. A burst of copies shows one look at
a face, however many pictures it counts, and no life.
"""

from __future__ import annotations

from collections.abc import Sequence

DISTINCT = 0.75
"""Least share of a burst's pictures that are different from all others: as many as must agree."""


def frozen(pictures: Sequence[bytes]) -> bool:
    """Whether too few of these encoded pictures are different ones."""
    return len(set(pictures)) < DISTINCT * len(pictures)
