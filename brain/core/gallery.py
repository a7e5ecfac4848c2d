"""Who of all residents looks most like a face?

Exact search: one matrix product, then the best template of each resident. Below 100,000 templates
no index pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Embeddings of unit length, shape (n, dimensions), float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """All templates of all residents at one moment; a change makes a new one.

    Attributes:
        version: rises with every change.
        residents: opaque ids, in the order of the columns of `scores`.
        templates: shape (n, dimensions), float32, unit length, grouped by resident, read-only.
        starts: row of each resident's first template, shape (residents,).
    """

    version: int
    residents: tuple[str, ...]
    templates: Vectors
    starts: NDArray[np.intp]

    @classmethod
    def build(cls, version: int, dimensions: int, vectors: Mapping[str, Vectors]) -> Gallery:
        """Make a gallery of each resident's templates, shape (n, dimensions), n at least 1.

        Raises:
            ValueError: a resident without templates, or templates of another length.
        """
        for resident, rows in vectors.items():
            if rows.ndim != 2 or not len(rows) or rows.shape[1] != dimensions:
                raise ValueError(
                    f"{resident}: templates of shape {rows.shape}, want (n, {dimensions})"
                )
        blocks = [np.asarray(rows, dtype=np.float32) for rows in vectors.values()]
        templates = np.vstack(blocks) if blocks else np.empty((0, dimensions), np.float32)
        templates.flags.writeable = False
        lengths = [0, *(len(rows) for rows in blocks[:-1])]
        starts = np.cumsum(lengths, dtype=np.intp)[: len(blocks)]
        return cls(version, tuple(vectors), templates, starts)

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return int(self.templates.shape[1])

    def of(self, resident: str) -> Vectors:
        """One resident's templates, shape (n, dimensions); n is 0 for somebody not in here."""
        if resident not in self.residents:
            return self.templates[:0]
        column = self.residents.index(resident)
        ends = (*self.starts[1:].tolist(), len(self.templates))
        return self.templates[int(self.starts[column]) : ends[column]]

    def with_resident(self, version: int, resident: str, vectors: Vectors) -> Gallery:
        """This gallery with `resident` added, or their templates replaced."""
        everybody = self._vectors() | {resident: vectors}
        return Gallery.build(version, self.dimensions, everybody)

    def without(self, version: int, resident: str) -> Gallery:
        """This gallery without `resident`."""
        others = {name: rows for name, rows in self._vectors().items() if name != resident}
        return Gallery.build(version, self.dimensions, others)

    def scores(self, probes: Vectors) -> Vectors:
        """Cosine of each probe to the best template of each resident.

        Args:
            probes: unit length, shape (k, dimensions).

        Returns:
            Shape (k, residents), -1 to 1.
        """
        if not self.residents:
            return np.empty((len(probes), 0), np.float32)
        every = np.asarray(probes, np.float32) @ self.templates.T
        return np.maximum.reduceat(every, self.starts, axis=1)

    def _vectors(self) -> dict[str, Vectors]:
        blocks = np.split(self.templates, self.starts[1:].tolist())
        return dict(zip(self.residents, blocks, strict=False))
