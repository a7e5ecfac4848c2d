"""What does one picture show: a face as a vector, or why not?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brain.core.training import Sample
from brain.core.verdict import Fault
from brain.ports import Detector, Encoder, FoundFace, Image, Points
from doorbus.messages import Crop
from faces import align, jpeg, quality
from faces.errors import JpegError

SECOND_FACE = 0.3
"""Share of the largest face's area from which another face counts: smaller ones stand behind."""

SPOT_CHECKS = 3
"""Crops of a burst in which the detector looks for itself, though points came along."""

LEAST_SIZE_PX = 24.0
"""Side of the aligned square below which a crop says nothing."""

LEAST_BRIGHTNESS = 20.0
"""Mean grey level below which a crop says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a burst shows.

    Attributes:
        probes: embeddings of the usable crops, shape (k, dimensions), float32.
        faults: one for each other crop.
    """

    probes: NDArray[np.float32]
    faults: tuple[Fault, ...]


class Eyes:
    """A detector and an encoder; one instance belongs to one thread at a time."""

    def __init__(self, detector: Detector, encoder: Encoder) -> None:
        self._detector = detector
        self._encoder = encoder

    def start(self) -> None:
        """Load the networks. Raises `faces.errors.ModelError` naming file and command."""
        self._detector.start()
        self._encoder.start()

    def burst(self, crops: Sequence[Crop]) -> Seen:
        """Look at every crop of a burst.

        The detector looks for itself at a few crops; where one of them is not what the door says
        it is, at all of them.
        """
        places = np.linspace(0, len(crops) - 1, min(SPOT_CHECKS, len(crops))).round()
        spots = {place: self._crop(crops[place], look=True) for place in places.astype(int)}
        doubtful = any(isinstance(one, Fault) for one in spots.values())
        seen = [
            spots[place] if place in spots else self._crop(crop, look=doubtful)
            for place, crop in enumerate(crops)
        ]
        views = [one for one in seen if not isinstance(one, Fault)]
        probes = self._encoder.encode_all(
            [image for image, _ in views], [points for _, points in views]
        )
        return Seen(probes, tuple(one for one in seen if isinstance(one, Fault)))

    def frame(self, index: int, data: bytes) -> Sample | Fault:
        """Look at one frame of an enrolment: a camera picture, or most of one."""
        try:
            image = jpeg.decode(data)
        except JpegError:
            return Fault.BAD_PICTURE
        points = self._only_face(image)
        if isinstance(points, Fault):
            return points
        measured = quality.measure(image, points)
        return Sample(
            index=index,
            embedding=self._encoder.encode(image, points),
            size_px=measured.size_px,
            sharpness=measured.sharpness,
            brightness=measured.brightness,
            digest=hashlib.sha256(data).digest(),
        )

    def _crop(self, crop: Crop, *, look: bool) -> tuple[Image, Points] | Fault:
        try:
            image = jpeg.decode(crop.jpeg)
        except JpegError:
            return Fault.BAD_PICTURE
        points = None if crop.points is None else np.array(crop.points, dtype=np.float32)
        if points is not None and not align.plausible(points, image.shape):
            points = None
        if points is None or look:
            found = self._only_face(image)
            if isinstance(found, Fault):
                return found
            points = found if points is None else points
        measured = quality.measure(image, points)
        if measured.size_px < LEAST_SIZE_PX or measured.brightness < LEAST_BRIGHTNESS:
            return Fault.LOW_QUALITY
        return image, points

    def _only_face(self, image: Image) -> Points | Fault:
        found = [
            face
            for face in self._detector.detect(image)
            if align.plausible(face.points, image.shape)
        ]
        if not found:
            return Fault.NO_FACE
        if len(found) > 1 and _counts(found[1], found[0]):
            return Fault.SEVERAL_FACES
        return found[0].points


def _counts(second: FoundFace, first: FoundFace) -> bool:
    return second.area >= SECOND_FACE * first.area
