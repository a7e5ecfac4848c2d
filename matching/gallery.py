"""Who of all residents looks most like a face, and in which version of the gallery?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matching.index import Index
from matching.search import ByteProduct, Nearest, Vectors

__all__ = ["Gallery", "Vectors"]


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """All templates of all residents at one moment; a change makes a new one, cheaply.

    Attributes:
        version: rises with every change.
        index: the templates, searched exactly.
    """

    version: int
    index: Index

    @classmethod
    def build(
        cls,
        version: int,
        dimensions: int,
        vectors: Mapping[str, Vectors],
        product: ByteProduct | None = None,
    ) -> Gallery:
        """Make a gallery of each resident's templates, shape (n, dimensions), n at least 1.

        Args:
            version: of the gallery.
            dimensions: length of an embedding.
            vectors: unit length, by resident.
            product: makes searching many residents fast; see `matching.search`.

        Raises:
            ValueError: a resident without templates, or templates of another length.
        """
        return cls(version, Index.build(dimensions, vectors, product))

    @property
    def residents(self) -> tuple[str, ...]:
        """Opaque ids, in the order of the columns of `scores`."""
        return self.index.residents

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self.index.dimensions

    @property
    def templates(self) -> Vectors:
        """All templates, shape (n, dimensions), grouped by resident, read-only."""
        return self.index.every()

    def of(self, resident: str) -> Vectors:
        """One resident's templates, shape (n, dimensions); n is 0 for somebody not in here."""
        return self.index.of(resident)

    def with_resident(self, version: int, resident: str, vectors: Vectors) -> Gallery:
        """This gallery with `resident` added at the end, or their templates replaced.

        Raises:
            ValueError: no templates, or templates of another length.
        """
        return Gallery(version, self.index.with_resident(resident, vectors))

    def without(self, version: int, resident: str) -> Gallery:
        """This gallery without `resident`."""
        return Gallery(version, self.index.without(resident))

    def scores(self, probes: Vectors) -> Vectors:
        """Cosine of each probe to the best template of each resident.

        Args:
            probes: unit length, shape (k, dimensions).

        Returns:
            Shape (k, residents), -1 to 1.
        """
        return self.index.scores(probes)

    def nearest(self, probes: Vectors) -> Nearest:
        """The two residents nearest to each probe, exactly; there must be a resident.

        Args:
            probes: unit length, shape (k, dimensions).

        Raises:
            ValueError: there is no resident.
        """
        return self.index.nearest(probes)
