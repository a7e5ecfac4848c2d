"""How much of what is missed could anybody find?

Both sets were labelled by people who erred here and there. A session that two networks, made by
different people from different pictures, both find nearer to somebody else's session than to every
other one of its own person is either labelled wrongly or beyond both. A visit that shows such a
session, or whose resident was enrolled from such ones alone, cannot be told from a wrong label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.recognition.pictures import Pictures, Session
from bench.recognition.protocols import Split
from bench.recognition.rates import Outcome

Vectors = NDArray[np.float32]

BLOCK = 500
"""Sessions compared with all others at once: memory stays small."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sessions that two networks do not know again.

    Attributes:
        odd: all pictures of these sessions.
        sessions: how many of these there are.
        of: how many sessions were looked at.
    """

    odd: frozenset[int]
    sessions: int
    of: int

    def doubtful(self, split: Split) -> NDArray[np.bool_]:
        """Which of the residents' visits cannot be told from a wrong label, shape (mates,)."""
        blind = [self.odd.issuperset(pictures) for pictures in split.enrolled]
        return np.array(
            [
                self.odd.issuperset(visit) or blind[who]
                for visit, who in zip(split.mates, split.who, strict=True)
            ]
        )

    def missed(self, split: Split, outcome: Outcome, fpir: float) -> tuple[float, float, float]:
        """Shares of residents' visits: doubtful; missed and doubtful; missed among the others."""
        doubtful = self.doubtful(split)
        missed = ~(outcome.right & (outcome.mates > outcome.threshold(fpir)))
        rest = missed[~doubtful]
        return (
            float(doubtful.mean()),
            float((missed & doubtful).mean()),
            float(rest.mean()) if len(rest) else 0.0,
        )


def find(pictures: Pictures, networks: Sequence[Vectors]) -> Limits:
    """Look for sessions that no network finds nearest to their own person.

    Args:
        pictures: the set; people with a single session are left out.
        networks: every picture's vectors by each, shape (n, dimensions), zeros without a face.
    """
    several = {name: own for name, own in pictures.people.items() if len(own) > 1}
    sessions = [session for own in several.values() for session in own]
    owner = np.repeat(np.arange(len(several)), [len(own) for own in several.values()])
    strange = np.ones(len(sessions), np.bool_)
    for vectors in networks:
        strange &= _nearer_to_others(vectors, sessions, owner)
    odd = [session for session, one in zip(sessions, strange, strict=True) if one]
    return Limits(frozenset(file for session in odd for file in session), len(odd), len(sessions))


def _nearer_to_others(
    vectors: Vectors, sessions: Sequence[Session], owner: NDArray[np.intp]
) -> NDArray[np.bool_]:
    means = np.stack([vectors[list(session)].mean(axis=0) for session in sessions])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(1e-12))
    found = np.zeros(len(sessions), np.bool_)
    for first in range(0, len(sessions), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(sessions)))
        scores = means[rows] @ means.T
        same = owner[rows][:, None] == owner[None]
        others = np.where(same, -np.inf, scores).max(axis=1)
        scores[np.arange(len(rows)), rows] = -np.inf
        found[rows] = np.where(same, scores, -np.inf).max(axis=1) < others
    return found
