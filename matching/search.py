"""Which templates come nearest to a probe, exactly, without multiplying all of them in full?

Every template is kept twice: as float32, and rounded to bytes. A first pass multiplies the bytes (a
quarter of the memory to read) and keeps the largest product of each block of templates. By Cauchy
and Schwarz the true score of any template in a block is at most

    q.x = q'.x' + (q - q').x' + q.(x - x')  <=  max q'.x' + |q - q'| (1 + r) + |q| r

with q' and x' as rounded and r the largest |x - x'| of the block. Blocks are then looked at in full
precision in the order of that bound, until no other can hold the best or the second resident. So
the answer is that of multiplying everything, always; only the time depends on the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Embeddings of unit length, shape (n, dimensions), float32."""

BLOCK = 64
"""Templates that share a bound."""

CODE_LIMIT, CODE_ZERO = 127, 128
"""Numbers are rounded to -127 .. 127 and kept as 1 .. 255, since processors multiply bytes without
sign by bytes with sign."""

PROBE_LIMIT = 64
"""Probes are rounded more coarsely: 2 * 255 * 64 is the most that fits into 16 bits, in which older
processors add two products."""

SPAN = 4.5
"""A number of a unit vector is mostly within 4.5 / sqrt(dimensions); what is not is cut off, which
its block's r takes into account."""

FIRST_LOOK, LATER_LOOK = 8, 64
"""Blocks that are looked at in full precision at once."""

SPARE = 1 / 4
"""Room for rows to come, as a part of those that are there: what makes adding cheap on average."""

AT_ONCE = 512
"""Rows that are rounded at once, so that a core's cache holds them."""

ROUNDING = 1e-5
"""More than single precision can be off in any of this."""


class ByteProduct(Protocol):
    """Multiplies bytes fast."""

    def largest(self, codes: NDArray[np.uint8], probes: NDArray[np.int8]) -> NDArray[np.int32]:
        """The largest product within each block.

        Args:
            codes: shape (blocks, BLOCK, dimensions).
            probes: shape (dimensions, k), each number at most `PROBE_LIMIT` in size.

        Returns:
            shape (blocks, k), exact.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The two residents nearest to each of k probes.

    Attributes:
        best: column of the nearest resident, the first one among equals, shape (k,).
        score: cosine to that resident's best template, shape (k,), float32.
        second: column of the next resident; -1 where there is no other, shape (k,).
        second_score: cosine to that resident's best template; -1 where there is no other.
    """

    best: NDArray[np.intp]
    score: Vectors
    second: NDArray[np.intp]
    second_score: Vectors


class Rows:
    """Templates in rows that are only ever added to, so that older views of them stay right."""

    def __init__(self, dimensions: int, count: int) -> None:
        capacity = (round(count * (1 + SPARE)) // BLOCK + 2) * BLOCK
        self.used = 0
        self.vectors = np.zeros((capacity, dimensions), np.float32)
        self.codes = np.full((capacity, dimensions), CODE_ZERO, np.uint8)
        self.spread = np.zeros(capacity // BLOCK, np.float32)

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return int(self.vectors.shape[1])

    def continued(self, count: int, extra: int) -> Rows:
        """Rows to which `extra` can be added after the first `count` of these.

        These themselves, or a copy with `SPARE` room, where they are full or where somebody else
        has added to them after `count`.
        """
        if self.used == count and count + extra <= len(self.vectors):
            return self
        copy = Rows(self.dimensions, count + extra)
        copy.vectors[:count] = self.vectors[:count]
        copy.codes[:count] = self.codes[:count]
        blocks = -(-count // BLOCK)
        copy.spread[:blocks] = self.spread[:blocks]
        copy.used = count
        return copy

    def append(self, vectors: Vectors) -> None:
        """Add rows; there must be room."""
        for first in range(0, len(vectors), AT_ONCE):
            self._append(vectors[first : first + AT_ONCE])

    def _append(self, vectors: Vectors) -> None:
        first, last = self.used, self.used + len(vectors)
        step = np.float32(SPAN / np.sqrt(self.dimensions) / CODE_LIMIT)
        steps = vectors / step
        rounded = np.rint(steps)
        np.clip(rounded, -CODE_LIMIT, CODE_LIMIT, out=rounded)
        np.add(rounded, CODE_ZERO, out=self.codes[first:last], casting="unsafe")
        steps -= rounded
        away = np.sqrt(np.einsum("ij,ij->i", steps, steps)) * step + np.float32(ROUNDING)
        self.vectors[first:last] = vectors
        np.maximum.at(self.spread, np.arange(first, last) // BLOCK, away)
        self.used = last

    def bounds(self, probes: Vectors, count: int, product: ByteProduct) -> Vectors:
        """What no template of a block can exceed, of the first `count` rows; shape (k, blocks)."""
        blocks = -(-count // BLOCK)
        codes = self.codes[: blocks * BLOCK].reshape(blocks, BLOCK, self.dimensions)
        step = SPAN / np.sqrt(self.dimensions) / CODE_LIMIT
        largest = np.abs(probes).max(axis=1, keepdims=True)
        unit = np.maximum(largest, np.float32(1e-12)) / PROBE_LIMIT
        rounded = np.rint(probes / unit)
        away = np.linalg.norm(probes - rounded * unit, axis=1, keepdims=True)
        length = np.linalg.norm(probes, axis=1, keepdims=True)
        products = product.largest(codes, np.ascontiguousarray(rounded.T, np.int8)).T
        # The codes are shifted by CODE_ZERO; the products are at most 2^23, exact in float32.
        exact = products - CODE_ZERO * rounded.sum(axis=1, keepdims=True)
        spread = self.spread[:blocks]
        return np.asarray(
            exact * (unit * step) + away * (1 + spread) + length * spread + ROUNDING, np.float32
        )


def nearest(
    rows: Rows,
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    probes: Vectors,
    product: ByteProduct,
) -> Nearest:
    """The two residents nearest to each probe, exactly.

    Args:
        rows: templates, of which a resident's stand together.
        starts: row of each resident's first template, rising, shape (residents,), not empty.
        ends: row after each resident's last template.
        probes: unit length, shape (k, dimensions).
        product: for the first pass.
    """
    probes = np.ascontiguousarray(probes, np.float32)
    bounds = rows.bounds(probes, int(ends[-1]), product)
    found = [
        _look(rows, starts, ends, probe, bound) for probe, bound in zip(probes, bounds, strict=True)
    ]
    best, score, second, second_score = zip(*found, strict=True) if found else ((), (), (), ())
    return Nearest(
        np.array(best, np.intp),
        np.array(score, np.float32),
        np.array(second, np.intp),
        np.array(second_score, np.float32),
    )


def _look(
    rows: Rows,
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    probe: Vectors,
    bound: Vectors,
) -> tuple[int, float, int, float]:
    """One probe's two nearest residents, looking at blocks in the order of their bound."""
    wide = probe.astype(np.float64)
    top: list[tuple[float, int]] = []
    left, look = np.arange(len(bound)), FIRST_LOOK
    while len(left):
        if len(left) > look:
            chosen = np.argpartition(bound[left], -look)[-look:]
        else:
            chosen = np.arange(len(left))
        top = _merged(top, _best_two(rows, starts, ends, wide, left[chosen]))
        left = np.delete(left, chosen)
        if len(top) == 2:
            # At least, not above: among equals the first resident is the answer.
            left = left[bound[left] >= top[1][0]]
        look = LATER_LOOK
    (score, column), (other_score, other) = (*top, (-1.0, -1))[:2]
    return column, score, other, other_score


def _best_two(
    rows: Rows,
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    probe: NDArray[np.float64],
    blocks: NDArray[np.intp],
) -> list[tuple[float, int]]:
    """The two best residents of some blocks, in full precision: score and column."""
    places = (blocks[:, None] * BLOCK + np.arange(BLOCK)).reshape(-1)
    columns = np.searchsorted(starts, places, side="right") - 1
    there = (columns >= 0) & (places < ends[columns])
    places, columns = places[there], columns[there]
    # In double precision and row by row, so that equal templates score equal wherever they are.
    exact = np.einsum("ij,j->i", rows.vectors[places].astype(np.float64), probe)
    scores = exact.astype(np.float32)
    order = np.lexsort((columns, -scores))
    if not len(order):
        return []
    first = columns[order[0]]
    others = order[columns[order] != first][:1]
    return [(float(scores[one]), int(columns[one])) for one in (order[0], *others)]


def _merged(
    one: list[tuple[float, int]], other: list[tuple[float, int]]
) -> list[tuple[float, int]]:
    """The two best residents of both, the first one among equals."""
    best: dict[int, float] = {}
    for score, column in one + other:
        best[column] = max(score, best.get(column, score))
    ranked = sorted((-score, column) for column, score in best.items())
    return [(-score, column) for score, column in ranked[:2]]
