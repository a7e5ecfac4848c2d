"""What does a burst show: faces as vectors, or why not?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorbus.messages import Crop
from faces import align, jpeg, quality
from faces.errors import JpegError
from faces.picture import Image, Points
from faces.ports import Detector, Encoder, FoundFace, Landmarks
from matching.decision import Fault
from matching.fusion import sound

SECOND_FACE = 0.3
"""Share of the largest face's area from which another face counts: smaller ones stand behind."""

SPOT_CHECKS = 3
"""Crops of a burst in which the detector looks for itself, though points came along."""

LEAST_SIZE_PX = 24.0
"""Side of the aligned square below which a crop says nothing."""

LEAST_BRIGHTNESS = 20.0
"""Mean grey level below which a crop says nothing: of the face, or of all of it, for in the dark a
detector finds none."""

MOST_TURN = math.radians(60)
"""Yaw or pitch, rough, beyond which a view says too little. Up to there SFace knows people of
YouTube Faces as well as from the front (median cosine to their other videos 0.60 to 0.64); beyond,
it does not (0.49)."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a burst shows.

    Attributes:
        probes: embeddings of the usable crops, shape (k, dimensions), float32.
        faults: one for each other crop.
        weights: what each probe is worth beside the others, shape (k,), float32.
    """

    probes: NDArray[np.float32]
    faults: tuple[Fault, ...]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One usable crop."""

    image: Image
    points: Points
    weight: float


class Sight:
    """A detector and an encoder; one instance belongs to one thread at a time.

    Args of the constructor:
        detector: finds faces.
        encoder: turns them into vectors.
        landmarks: looks again at points that the detector found here; a door has done so for those
            it sends. None takes them as found.
    """

    def __init__(
        self, detector: Detector, encoder: Encoder, landmarks: Landmarks | None = None
    ) -> None:
        self._detector = detector
        self.encoder = encoder
        self._landmarks = landmarks

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        self._detector.start()
        self.encoder.start()
        if self._landmarks is not None:
            self._landmarks.start()

    def burst(self, crops: Sequence[Crop], spot_checks: int = SPOT_CHECKS) -> Seen:
        """Look at every crop of a burst, or of a share of it.

        The detector looks for itself at a few crops; where anything is wrong with any crop, at all
        of them.

        Args:
            crops: what the door sent.
            spot_checks: in how many of them the detector looks in any case.
        """
        places = np.linspace(0, len(crops) - 1, min(spot_checks, len(crops))).round()
        spots = set(places.astype(int).tolist())
        seen = [self._crop(crop, look=place in spots) for place, crop in enumerate(crops)]
        if any(isinstance(one, Fault) for one in seen):
            seen = [
                one if place in spots or isinstance(one, Fault) else self._looked_at(one)
                for place, one in enumerate(seen)
            ]
        views = [one for one in seen if not isinstance(one, Fault)]
        probes = self.encoder.encode_all(
            [view.image for view in views], [view.points for view in views]
        )
        faults = [one for one in seen if isinstance(one, Fault)]
        good = sound(probes)
        # Numbers that the network could not make anything of, and that compare with nobody's.
        faults += [Fault.BAD_PICTURE] * int((~good).sum())
        weights = np.array([view.weight for view in views], np.float32)
        return Seen(probes[good], tuple(faults), weights[good])

    def _crop(self, crop: Crop, *, look: bool) -> _View | Fault:
        try:
            image = jpeg.decode(crop.jpeg)
        except JpegError:
            return Fault.BAD_PICTURE
        points = None if crop.points is None else np.array(crop.points, dtype=np.float32)
        if points is not None and not align.plausible(points, image.shape):
            points = None
        if points is None or look:
            found = self.only_face(image)
            if isinstance(found, Fault):
                return found
            points = self.refined(image, found) if points is None else points
        measured = quality.measure(image, points)
        if _says_nothing(measured):
            return Fault.LOW_QUALITY
        return _View(image, points, quality.weight(measured))

    def _looked_at(self, view: _View) -> _View | Fault:
        """A view that was taken for what the door said it is, unless the detector disagrees."""
        found = self.only_face(view.image)
        return found if isinstance(found, Fault) else view

    def refined(self, image: Image, points: Points) -> Points:
        """Better points of a face in a BGR picture, where something looks again."""
        return points if self._landmarks is None else self._landmarks.refine(image, points)

    def only_face(self, image: Image) -> Points | Fault:
        """The five points of the one face that a BGR picture shows, or why there is none."""
        seen = self._detector.detect(image)
        found = [face for face in seen if align.plausible(face.points, image.shape)]
        if not found:
            # A face in full profile, or half out of the picture, or lost in the dark, is one.
            hidden = seen or float(image.mean()) < LEAST_BRIGHTNESS
            return Fault.LOW_QUALITY if hidden else Fault.NO_FACE
        if len(found) > 1 and _counts(found[1], found[0]):
            return Fault.SEVERAL_FACES
        return found[0].points


def _says_nothing(measured: quality.Quality) -> bool:
    return (
        measured.size_px < LEAST_SIZE_PX
        or measured.brightness < LEAST_BRIGHTNESS
        or max(abs(measured.yaw), abs(measured.pitch)) > MOST_TURN
    )


def _counts(second: FoundFace, first: FoundFace) -> bool:
    return second.area >= SECOND_FACE * first.area
