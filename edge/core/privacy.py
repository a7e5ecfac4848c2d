"""What of a camera picture may leave the door?

A picture on command shows more than a face: the street, a neighbour's window, who else is there.
Areas that are masked and faces that are hidden are made unrecognisable in the pixels themselves,
before anything is encoded, so that nothing of them leaves the door.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""

FILL: Final = 0
"""Grey level of what is hidden."""

AROUND: Final = 0.3
"""Of a face's box on each side: hair, ears and chin are part of a face, too."""

CELLS: Final = 5
"""Cells across a blurred face. With 5 by 5 mean colours nobody is told from anybody."""


class Faces(Enum):
    """What becomes of faces."""

    SHOW = "show"
    BLUR = "blur"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture, in fractions of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """What a door keeps to itself.

    Attributes:
        mask: areas that nobody sees.
        faces: what becomes of faces.
    """

    mask: tuple[Area, ...] = ()
    faces: Faces = Faces.SHOW


def fit_to_leave(image: Image, rule: PrivacyRule, faces: Sequence[Box]) -> Image:
    """The picture as it may leave; the one given is not changed.

    Args:
        image: shape (height, width, 3), uint8.
        rule: what is kept.
        faces: boxes of all faces in it; they may reach beyond its border.
    """
    height, width = image.shape[:2]
    shown = image.copy()
    _cover(shown, rule.mask)
    if rule.faces is not Faces.SHOW:
        for box in faces:
            part = _around(box, width, height)
            shown[part] = FILL if rule.faces is Faces.HIDE else _mosaic(shown[part])
        # Once more: a mosaic may reach into a masked area. It shows nothing of what was there.
        _cover(shown, rule.mask)
    return shown


def _cover(image: Image, mask: Sequence[Area]) -> None:
    height, width = image.shape[:2]
    for area in mask:
        image[_pixels(area, width, height)] = FILL


def _pixels(area: Area, width: int, height: int) -> tuple[slice, slice]:
    """Every pixel that an area touches."""
    return (
        slice(math.floor(area.top * height), math.ceil(area.bottom * height)),
        slice(math.floor(area.left * width), math.ceil(area.right * width)),
    )


def _around(box: Box, width: int, height: int) -> tuple[slice, slice]:
    x, y, w, h = box
    return (
        slice(max(0, math.floor(y - AROUND * h)), min(height, math.ceil(y + (1 + AROUND) * h))),
        slice(max(0, math.floor(x - AROUND * w)), min(width, math.ceil(x + (1 + AROUND) * w))),
    )


def _mosaic(part: Image) -> Image:
    """The mean colours of few cells, and nothing else."""
    made = part.copy()
    for rows in np.array_split(np.arange(part.shape[0]), CELLS):
        for columns in np.array_split(np.arange(part.shape[1]), CELLS):
            if rows.size and columns.size:
                cell = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
                made[cell] = part[cell].mean(axis=(0, 1)).astype(np.uint8)
    return made
