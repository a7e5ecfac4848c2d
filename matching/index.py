"""Whose vectors come nearest, when residents come and go?

An index is a moment's view: a change makes a new one, which shares the rows of the old one and adds
to them, so that a change costs little however many residents there are. Gaps of those who left are
closed when half of the rows are gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from matching.search import ByteProduct, Nearest, Rows, Vectors, nearest

FEW = 50_000
"""Vectors up to which multiplying all of them is as fast as the search."""

LEAST_COMPACTED = 4_096
"""Rows below which nothing is gained by closing gaps."""

AT_ONCE = 4_096
"""Residents whose vectors are copied at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Vectors of residents, one or several each; the nearest one of a resident counts.

    Attributes:
        residents: opaque ids; their places are the columns of `scores`.
        rows: vectors, a resident's together, shared with other indexes.
        count: rows that this index knows of, gaps too.
        starts: row of each resident's first vector, rising, shape (residents,).
        ends: row after each resident's last vector, shape (residents,).
        product: multiplies bytes for the search; without it all vectors are multiplied always.
    """

    residents: tuple[str, ...]
    rows: Rows
    count: int
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    product: ByteProduct | None = None

    @classmethod
    def build(
        cls, dimensions: int, vectors: Mapping[str, Vectors], product: ByteProduct | None = None
    ) -> Index:
        """Make an index of each resident's vectors, shape (n, dimensions), n at least 1.

        Raises:
            ValueError: a resident without vectors, vectors of another length, or some that are not
                finite.
        """
        for resident, rows in vectors.items():
            _check(resident, rows, dimensions)
        ends = np.cumsum([len(rows) for rows in vectors.values()], dtype=np.intp)
        total = int(ends[-1]) if len(ends) else 0
        kept = Rows(dimensions, total)
        blocks: Iterable[Vectors] = iter(vectors.values())
        while part := list(islice(blocks, AT_ONCE)):
            together = np.concatenate(part)
            # All at once: one by one it would take as long as everything else here.
            if not np.isfinite(together).all():
                raise ValueError("templates that are not finite numbers, of one resident or more")
            kept.append(together)
        starts = np.concatenate([np.zeros(1, np.intp), ends])[:-1]
        return cls(tuple(vectors), kept, total, starts, ends, product)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.rows.dimensions

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return int((self.ends - self.starts).sum())

    def of(self, resident: str) -> Vectors:
        """One resident's vectors, shape (n, dimensions), read-only; n is 0 for somebody unknown."""
        if resident not in self.residents:
            return self.rows.vectors[:0]
        return self._block(self.residents.index(resident))

    def first_of_each(self, columns: list[int]) -> Vectors:
        """The first vector of some residents, shape (columns, dimensions), a copy."""
        return np.asarray(self.rows.vectors[self.starts[columns]])

    def every(self) -> Vectors:
        """All vectors, in the order of `residents`, shape (size, dimensions), read-only."""
        if self.size == self.count:
            together = self.rows.vectors[: self.count]
        else:
            together = np.concatenate(
                [self._block(n) for n in range(len(self.residents))] or [self.rows.vectors[:0]]
            )
        together.flags.writeable = False
        return together

    def with_resident(self, resident: str, vectors: Vectors) -> Index:
        """This index with `resident` added at the end, or their vectors replaced.

        Raises:
            ValueError: no vectors, vectors of another length, or some that are not finite.
        """
        _check(resident, vectors, self.dimensions)
        if not np.isfinite(vectors).all():
            raise ValueError(f"{resident}: templates that are not finite numbers")
        others = self.without(resident)
        rows = others.rows.continued(others.count, len(vectors))
        rows.append(np.asarray(vectors, np.float32))
        return replace(
            others,
            residents=(*others.residents, resident),
            rows=rows,
            count=rows.used,
            starts=np.append(others.starts, others.count),
            ends=np.append(others.ends, rows.used),
        )

    def without(self, resident: str) -> Index:
        """This index without `resident`."""
        if resident not in self.residents:
            return self
        column = self.residents.index(resident)
        others = replace(
            self,
            residents=self.residents[:column] + self.residents[column + 1 :],
            starts=np.delete(self.starts, column),
            ends=np.delete(self.ends, column),
        )
        if others.count < LEAST_COMPACTED or 2 * others.size > others.count:
            return others
        return others.compacted()

    def compacted(self) -> Index:
        """This index in rows of its own, without gaps."""
        vectors = {name: self._block(column) for column, name in enumerate(self.residents)}
        return Index.build(self.dimensions, vectors, self.product)

    def scores(self, probes: Vectors) -> Vectors:
        """Cosine of each probe to the nearest vector of each resident.

        Args:
            probes: unit length, shape (k, dimensions).

        Returns:
            Shape (k, residents), -1 to 1.
        """
        if not self.residents:
            return np.empty((len(probes), 0), np.float32)
        every = np.asarray(probes, np.float32) @ self.rows.vectors[: self.count].T
        if self.size == len(self.residents):  # one each: the nearest is the only one
            return (
                every if self.size == self.count else every.take(self.starts, axis=1, mode="clip")
            )
        edges = np.stack([self.starts, self.ends], axis=1).reshape(-1)
        # The last end may lie behind the last row, which `reduceat` does not take.
        edges = edges[:-1] if edges[-1] == self.count else edges
        return np.asarray(np.maximum.reduceat(every, edges, axis=1)[:, ::2])

    def nearest(self, probes: Vectors) -> Nearest:
        """The two residents nearest to each probe, exactly; the first one among equals.

        Args:
            probes: unit length, shape (k, dimensions).

        Raises:
            ValueError: there are no residents.
        """
        if not self.residents:
            raise ValueError("nobody is nearest in an empty index")
        if self.product is not None and self.count > FEW:
            return nearest(self.rows, self.starts, self.ends, probes, self.product)
        scores = self.scores(probes)
        every = np.arange(len(scores))
        best = scores.argmax(axis=1)
        score = scores[every, best]
        if len(self.residents) == 1:
            return Nearest(best, score, np.full_like(best, -1), np.full_like(score, -1))
        scores[every, best] = -np.inf
        second = scores.argmax(axis=1)
        return Nearest(best, score, second, scores[every, second])

    def _block(self, column: int) -> Vectors:
        block = self.rows.vectors[int(self.starts[column]) : int(self.ends[column])]
        block.flags.writeable = False
        return block


def _check(resident: str, rows: Vectors, dimensions: int) -> None:
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != dimensions:
        raise ValueError(f"{resident}: templates of shape {rows.shape}, want (n, {dimensions})")
