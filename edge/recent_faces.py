"""Which pictures of the face are at hand?

The last three seconds of faces, cut out as they come: whole frames would be forty times as much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.core.burst import REMEMBERED_S
from edge.core.sighting import Sighting
from edge.ports import Frame, Image, Landmarks
from faces.crop import face_crop

MOST = 200
"""Faces, however fast the camera: more than three seconds at 60 a second."""

MARGIN = 0.5
"""Of the face on each side, so that the brain can align it again by itself."""

LONGEST_SIDE = 300
"""Pixels of a crop."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """One face.

    Attributes:
        sighting: what the tracker said of its frame.
        image: the face with a margin, BGR, uint8.
        points: YuNet's five points in pixels of `image`, shape (5, 2).
    """

    sighting: Sighting
    image: Image
    points: NDArray[np.float32]


class RecentFaces:
    """A short memory of sightings and their pictures."""

    def __init__(self) -> None:
        self._sightings: deque[Sighting] = deque()
        self._cuttings: dict[int, Cutting] = {}

    def add(self, frame: Frame, sighting: Sighting) -> None:
        """Remember a sighting, and its face where it shows one alone."""
        kept = self._sightings
        while kept and (len(kept) >= MOST or sighting.at - kept[0].at > REMEMBERED_S):
            self._cuttings.pop(kept.popleft().index, None)
        kept.append(sighting)
        if sighting.face is not None and sighting.faces == 1:
            points = np.asarray(sighting.face.points, dtype=np.float32)
            image, moved = face_crop(
                frame.image, sighting.face.box, points, margin=MARGIN, max_side=LONGEST_SIDE
            )
            self._cuttings[sighting.index] = Cutting(sighting, image, moved)

    @property
    def sightings(self) -> Sequence[Sighting]:
        """Oldest first."""
        return tuple(self._sightings)

    def cut(
        self, chosen: Sequence[Sighting], landmarks: Landmarks | None = None
    ) -> tuple[Cutting, ...]:
        """The pictures of these sightings.

        Args:
            chosen: sightings whose pictures are at hand.
            landmarks: looks again at each face, since a tracker's points are only carried along;
                None keeps those.
        """
        cuttings = tuple(self._cuttings[sighting.index] for sighting in chosen)
        if landmarks is None:
            return cuttings
        return tuple(
            replace(one, points=landmarks.refine(one.image, one.points)) for one in cuttings
        )

    def clear(self) -> None:
        """Forget everything."""
        self._sightings.clear()
        self._cuttings.clear()
