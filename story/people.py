"""Who lives in the story? People with painted plates instead of faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from faces.align import TEMPLATE

SIDE = 112
FIELDS = 8
RIM = 11
LIGHT, DARK = 205, 75
GREEN = (40, 220, 40)
MOMENTS = 37


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a plate of their own.

    Attributes:
        number: which plate; no two numbers have similar ones.
    """

    number: int

    @property
    def name(self) -> str:
        """What they are called."""
        return f"Resident {self.number:02}"

    @property
    def card(self) -> str:
        """Their campus card."""
        return f"4800{self.number:08}"


@cache
def plate(number: int) -> NDArray[np.uint8]:
    """What a person shows to the camera, shape (112, 112, 3), BGR; see `encoder_painted`."""
    fields = np.repeat([LIGHT, DARK], FIELDS * FIELDS // 2).astype(np.uint8)
    np.random.default_rng(number).shuffle(fields)
    inner = SIDE - 2 * RIM
    edges = np.linspace(0, inner, FIELDS + 1).round().astype(int)
    image = np.full((SIDE, SIDE, 3), GREEN, np.uint8)
    for place, value in enumerate(fields):
        row, column = divmod(place, FIELDS)
        image[
            RIM + edges[row] : RIM + edges[row + 1],
            RIM + edges[column] : RIM + edges[column + 1],
        ] = value
    return image


@cache
def _light(turn: int) -> NDArray[np.int16]:
    """How much lighter or darker each part is at one moment: nobody looks the same twice."""
    fields = np.random.default_rng(1000 + turn).normal(0, 9, (FIELDS, FIELDS))
    size = -(-SIDE // FIELDS)
    return np.kron(fields, np.ones((size, size)))[:SIDE, :SIDE].round().astype(np.int16)


def look(number: int, moment: int) -> NDArray[np.uint8]:
    """What a person's plate looks like at one moment, shape (112, 112, 3), BGR."""
    lit = plate(number).astype(np.int16)
    inner = slice(RIM, SIDE - RIM)
    lit[inner, inner] += _light(moment % MOMENTS)[inner, inner, None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def points(left: float, top: float) -> NDArray[np.float64]:
    """The five points of a plate whose upper left corner is there."""
    moved: NDArray[np.float64] = TEMPLATE + np.array((left, top))
    return moved
