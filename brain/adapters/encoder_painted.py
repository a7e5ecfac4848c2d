"""Who is on a painted plate? An encoder for stories and trials that recognises no people at all.

A plate is a square with a green rim and 8 by 8 grey fields within: which fields are light says who
it is. Everything else of the system (camera work, messages, signatures, training, matching, rules)
is as with faces, and takes a fraction of their time. It is chosen by name, `encoder: painted`, and
only where every door is simulated: `brain.config` refuses it beside any policy but `demo`, with
which a door with a real lock refuses to start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain.ports import Image, Points
from faces.align import TEMPLATE

FIELDS: Final = 8
"""Fields across a plate."""

RIM: Final = 0.1
"""Of a plate's side, on each side."""

CANONICAL: Final = 112.0
"""Pixels of the square that `TEMPLATE` lies in; a plate is that square."""

GREENER: Final = 60
"""How much greener than red and blue a pixel of the rim is, at least."""

LEAST_SIDE: Final = 24
"""Pixels of the smallest plate that is found."""


class PaintedPlate:
    """One plate that was found, as a face is."""

    def __init__(self, left: float, top: float, side: float) -> None:
        self.points: Points = (TEMPLATE * (side / CANONICAL) + (left, top)).astype(np.float32)
        self.area = side * side


class PaintedDetector:
    """Finds plates by their rims."""

    def start(self) -> None:
        """Nothing to load."""

    def detect(self, image: Image) -> Sequence[PaintedPlate]:
        """Every plate in a BGR picture, the largest first."""
        blue, green, red = (image[:, :, channel].astype(np.int16) for channel in range(3))
        rims = (green - np.maximum(blue, red) > GREENER).astype(np.uint8)
        _, _, parts, _ = cv2.connectedComponentsWithStats(rims, connectivity=8)
        found = [
            PaintedPlate(float(left), float(top), (int(width) + int(height)) / 2)
            for left, top, width, height, _ in parts[1:]
            if min(width, height) >= LEAST_SIDE and 0.8 < width / height < 1.25
        ]
        return sorted(found, key=lambda plate: -plate.area)


class PaintedEncoder:
    """Tells plates by which of their fields are light."""

    name = "painted"
    dimensions = FIELDS * FIELDS

    def start(self) -> None:
        """Nothing to load."""

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        """Embed one plate: BGR picture and its five points; unit length, shape (64,)."""
        scale, left, top = _place(points)
        side = scale * CANONICAL
        inner = (left + RIM * side, top + RIM * side, (1 - 2 * RIM) * side)
        height, width = image.shape[:2]
        x0, y0 = max(0, round(inner[0])), max(0, round(inner[1]))
        x1, y1 = min(width, round(inner[0] + inner[2])), min(height, round(inner[1] + inner[2]))
        if x1 - x0 < FIELDS or y1 - y0 < FIELDS:
            return np.full(self.dimensions, 1 / FIELDS, np.float32)
        grey = cv2.cvtColor(np.ascontiguousarray(image[y0:y1, x0:x1]), cv2.COLOR_BGR2GRAY)
        fields = cv2.resize(grey, (FIELDS, FIELDS), interpolation=cv2.INTER_AREA)
        vector = fields.astype(np.float32).ravel() - float(fields.mean())
        length = float(np.linalg.norm(vector))
        if length < 1:
            return np.full(self.dimensions, 1 / FIELDS, np.float32)
        return np.asarray(vector / length, np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        """Embed the plates of one burst; unit length, shape (n, 64)."""
        vectors = [self.encode(image, five) for image, five in zip(images, points, strict=True)]
        return np.asarray(vectors, np.float32).reshape(-1, self.dimensions)


def _place(points: Points) -> tuple[float, float, float]:
    """Scale and place of the template's square, by least squares; plates are upright."""
    middle, own = TEMPLATE.mean(axis=0), points.mean(axis=0)
    spread = TEMPLATE - middle
    scale = float(((points - own) * spread).sum() / (spread * spread).sum())
    left, top = own - scale * middle
    return scale, float(left), float(top)
