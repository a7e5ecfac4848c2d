"""Is it still the same face, and has something else come into the picture?

Cheap looks between two runs of the face detector. They say when it must run at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Image
from faces.picture import Box, Points

Floats = NDArray[np.float64]
Patch = NDArray[np.float32]

_SIDE = 24
_PLACES = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.78)], dtype=np.float32) * _SIDE
"""Where the eyes' and the mouth's middles lie in a patch."""

OTHER = 0.6
"""Likeness of two patches under which it is another person's face; see `alike`."""

BACKGROUND = 0.4
"""A face narrower than this share of the widest one stands behind and is not counted, unless it is
the one that is followed."""

LOST_S = 0.3
"""Seconds without the face after which its track is over."""

OVERLAP = 0.4
"""Least intersection over union of two boxes of one track; at 15 frames a second, a head that moves
its own width in a second keeps 0.87."""

GROWTH = 1.5
"""Most change of width between two sightings of one track."""

CELL = 8
"""Pixels from one looked at to the next, when the rest of the picture is watched."""

CHANGED = 30
"""Grey levels beyond which a pixel has changed: far above the noise of a dark room."""

NEWS = 0.01
"""Share of the pixels looked at outside the face that must have changed to be news; a face that
counts beside one that fills a fifth of the picture covers four times as much."""


def patch(image: Image, landmarks: Floats) -> Patch:
    """The face as 24x24 grey levels with eyes and mouth in fixed places, mean 0, deviation 1.

    Args:
        image: BGR, uint8.
        landmarks: dlib's 68 points, shape (68, 2), pixels of the picture.
    """
    anchors = np.array(
        [landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[[48, 54]].mean(0)],
        dtype=np.float32,
    )
    return patch_at(image, anchors)


def patch_at(image: Image, anchors: NDArray[np.float32]) -> Patch:
    """The same, by the middles of right eye, left eye and mouth, shape (3, 2), float32."""
    warp = cv2.getAffineTransform(anchors, _PLACES)
    small = cv2.warpAffine(image, warp, (_SIDE, _SIDE), flags=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(small.astype(np.float32).mean(2), (0, 0), 1)
    return np.asarray((grey - grey.mean()) / (grey.std() + 1e-6), dtype=np.float32)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / max(one[2] * one[3] + other[2] * other[3] - shared, 1e-9)


def counted(subject: Box, found: Sequence[Box]) -> int:
    """How many faces stand in the picture, as `Sighting.faces` has it.

    Args:
        subject: the face that is followed; one of `found`, and it counts however small it is beside
            somebody who stepped in front of it.
        found: every face, at least one.
    """
    widest = max(width for _, _, width, _ in found)
    others = (box for box in found if box is not subject)
    return 1 + sum(box[2] >= BACKGROUND * widest for box in others)


def is_same(box: Box, before: Box) -> bool:
    """Whether a box may hold the face that the other held in the picture before."""
    growth = box[2] / before[2]
    return 1 / GROWTH <= growth <= GROWTH and overlap(box, before) >= OVERLAP


def alike(one: Patch, other: Patch) -> float:
    """Correlation of two patches, -1 to 1.

    Over 4,400 pairs of neighbouring frames of 15 clips it was never under 0.66; of 3,000 pairs of
    frames of two people 90 % were under 0.61.
    """
    return float((one * other).mean())


def carried(points: Points, before: Floats, now: Floats) -> Points:
    """Points of an earlier picture, moved as the landmarks moved.

    Args:
        points: shape (n, 2), pixels of the earlier picture.
        before: its 68 landmarks, shape (68, 2).
        now: the landmarks of the present picture.

    Returns:
        Shape (n, 2), float32: the similarity of least squares over brows, nose and mouth, without
        the lids, which move by themselves (Umeyama 1991).
    """
    steady = np.r_[17:36, 48:68]
    source, target = before[steady], now[steady]
    middle, aim = source.mean(0), target.mean(0)
    # Complex numbers: a similarity in the plane is a multiplication.
    from_, to = (source - middle) @ [1, 1j], (target - aim) @ [1, 1j]
    turn = np.vdot(from_, to) / max(1e-9, float(np.vdot(from_, from_).real))
    moved = ((np.asarray(points, dtype=np.float64) - middle) @ [1, 1j]) * turn
    return np.column_stack([moved.real + aim[0], moved.imag + aim[1]]).astype(np.float32)


class Surroundings:
    """Remembers the picture around the face and tells when it changes."""

    def __init__(self) -> None:
        self._before: NDArray[np.int16] | None = None

    def forget(self) -> None:
        """The next picture is the first."""
        self._before = None

    def changed(self, image: Image, face: Box) -> bool:
        """Whether anything but the face, twice as large, is new since the last picture."""
        # The green channel is most of the grey.
        now = image[::CELL, ::CELL, 1].astype(np.int16)
        before, self._before = self._before, now
        if before is None or before.shape != now.shape:
            return True
        different = np.abs(now - before) > CHANGED
        x, y, width, height = face
        rows = slice(max(0, int((y - height / 2) / CELL)), max(0, int((y + 1.5 * height) / CELL)))
        columns = slice(max(0, int((x - width / 2) / CELL)), max(0, int((x + 1.5 * width) / CELL)))
        different[rows, columns] = False
        return bool(different.mean() > NEWS)
