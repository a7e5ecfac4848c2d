"""Which residents does this gallery's threshold not tell apart?

Two residents are lookalikes where the one's templates, taken for a visit, would be let in as the
other. So the limit is the threshold that holds at this moment, and a pair ends when it rises or
when one of the two leaves.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from doorbus.messages import MAX_LOOKALIKES
from matching.gallery import Gallery, Vectors

AT_ONCE = 64
"""Residents that are compared with everybody at once."""


def lookalikes_of(
    vector: Vectors, resident: str, gallery: Gallery, threshold: float
) -> tuple[str, ...]:
    """Who looks like somebody, the nearest first, at most `MAX_LOOKALIKES`.

    Args:
        vector: the person's fused templates, unit length, shape (1, dimensions).
        resident: opaque id; whoever bears it in the gallery is left out.
        gallery: one fused vector for each resident.
        threshold: least score at which a visit is let in.
    """
    return _near(vector, (resident,), gallery, threshold)[0]


def lookalikes(
    residents: Iterable[str], gallery: Gallery, threshold: float
) -> dict[str, tuple[str, ...]]:
    """The lookalikes of some residents; those who are not in the gallery have none.

    Args:
        residents: opaque ids.
        gallery: one fused vector for each resident.
        threshold: least score at which a visit is let in.
    """
    wanted = list(residents)
    found: dict[str, tuple[str, ...]] = dict.fromkeys(wanted, ())
    columns = {resident: column for column, resident in enumerate(gallery.residents)}
    there = [resident for resident in wanted if resident in columns]
    for first in range(0, len(there), AT_ONCE):
        some = there[first : first + AT_ONCE]
        vectors = gallery.index.first_of_each([columns[resident] for resident in some])
        found.update(zip(some, _near(vectors, some, gallery, threshold), strict=True))
    return found


def _near(
    vectors: Vectors, owners: Iterable[str], gallery: Gallery, threshold: float
) -> list[tuple[str, ...]]:
    scores = gallery.scores(vectors)
    found = []
    for row, owner in zip(scores, owners, strict=True):
        places = np.flatnonzero(row >= threshold)
        nearest = places[np.argsort(-row[places], kind="stable")]
        names = (gallery.residents[place] for place in nearest)
        found.append(tuple(name for name in names if name != owner)[:MAX_LOOKALIKES])
    return found
