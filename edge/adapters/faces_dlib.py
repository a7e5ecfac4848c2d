"""Where is the one face, whose track is it, and how open are its eyes?

YuNet finds the face in every frame, dlib's 68 landmarks (Kazemi & Sullivan 2014) measure the lids.
The landmark model was trained on boxes of dlib's own HOG detector, so YuNet's box is mapped to what
that detector would have said.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from edge.core.sighting import Face, Sighting
from edge.ports import Frame, Image
from faces.detect import DetectedFace, FaceDetector
from faces.picture import Box
from faces.quality import measure

DETECTOR_WIDTH = 320
"""Pixels; a face of 60 pixels in a picture 640 wide is found in half of that."""

DETECTOR_SCORE = 0.6
"""Lower than for a single picture: closing lids cost a face some of its score."""

BACKGROUND = 0.4
"""A face narrower than this share of the widest one stands behind and is not counted."""

LOST_S = 0.3
"""Seconds without the face after which its track is over."""

OVERLAP = 0.4
"""Least intersection over union of two boxes of one track; at 15 frames a second, a head that moves
its own width in a second keeps 0.87."""

GROWTH = 1.5
"""Most change of width between two sightings of one track."""

# YuNet's box to the HOG detector's, medians over 329 frames of 13 clips in which both saw one face
# (interquartile spread of the side: 6 %). Shares of YuNet's width and height.
_HOG_SIDE = 1.10
_HOG_RIGHT = 0.015
_HOG_DOWN = 0.063

_RIGHT_EYE = slice(36, 42)
_LEFT_EYE = slice(42, 48)


class DlibFaceTracker:
    """Follows one face. One instance belongs to one thread."""

    def __init__(self, detector: Path, landmarks: Path, width: int = DETECTOR_WIDTH) -> None:
        self._detector = FaceDetector(detector, width=width, score=DETECTOR_SCORE)
        self._landmarks = landmarks
        self._predict: Any = None
        self._track = 0
        self._last: tuple[float, Box] | None = None

    def start(self) -> None:
        """Load both models. Raises `faces.errors.ModelError` naming file and command."""
        self._detector.start()
        self._predict = dlib.shape_predictor(str(self._landmarks))

    def observe(self, frame: Frame) -> Sighting:
        """Look at one frame, in order of time."""
        found = self._detector.detect(frame.image)
        if not found:
            return Sighting(frame.at, frame.index, 0, None, None)
        nearest = max(found, key=lambda face: face.box[2])
        count = sum(face.box[2] >= BACKGROUND * nearest.box[2] for face in found)
        subject = self._continued(found, frame.at) or nearest
        if not self._is_same(subject.box, frame.at):
            self._track += 1
        self._last = (frame.at, subject.box)
        return Sighting(
            frame.at, frame.index, count, self._track, self._measured(frame.image, subject)
        )

    def reset(self) -> None:
        """Forget the track: the next face begins a new one."""
        self._last = None

    def _continued(self, found: list[DetectedFace], at: float) -> DetectedFace | None:
        """The face that goes on with the track; a second one never takes a track over."""
        same = [face for face in found if self._is_same(face.box, at)]
        return max(same, key=lambda face: face.box[2], default=None)

    def _is_same(self, box: Box, at: float) -> bool:
        if self._last is None:
            return False
        seen_at, before = self._last
        growth = box[2] / before[2]
        return (
            0 < at - seen_at < LOST_S
            and 1 / GROWTH <= growth <= GROWTH
            and overlap(box, before) >= OVERLAP
        )

    def _measured(self, image: Image, face: DetectedFace) -> Face:
        quality = measure(image, face.points)
        lids = self._lids(image, face.box)
        return Face(
            box=face.box,
            points=tuple((float(x), float(y)) for x, y in face.points),
            left_ear=eye_aspect_ratio(lids[_LEFT_EYE]),
            right_ear=eye_aspect_ratio(lids[_RIGHT_EYE]),
            yaw=quality.yaw,
            pitch=quality.pitch,
            roll=quality.roll,
            brightness=quality.brightness,
            sharpness=quality.sharpness,
            score=face.score,
        )

    def _lids(self, image: Image, box: Box) -> NDArray[np.float64]:
        """The 68 landmarks, shape (68, 2), pixels of the picture."""
        if self._predict is None:
            raise RuntimeError("DlibFaceTracker.observe called before start")
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        shape = self._predict(grey, _rectangle(box))
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)


def eye_aspect_ratio(eye: NDArray[np.float64]) -> float | None:
    """Height over width of one eye (Soukupova & Cech 2016, equation 1).

    Args:
        eye: six points, shape (6, 2): a corner, two of the upper lid, the other corner, two of the
            lower lid.

    Returns:
        About 0.3 open, under 0.15 closed; None where the corners coincide.
    """
    width = math.dist(eye[0], eye[3])
    if width < 1:
        return None
    return (math.dist(eye[1], eye[5]) + math.dist(eye[2], eye[4])) / (2 * width)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / max(one[2] * one[3] + other[2] * other[3] - shared, 1e-9)


def _rectangle(box: Box) -> dlib.rectangle:
    x, y, width, height = box
    side = _HOG_SIDE * width
    left = x + (0.5 + _HOG_RIGHT) * width - side / 2
    top = y + height / 2 + _HOG_DOWN * height - side / 2
    return dlib.rectangle(round(left), round(top), round(left + side), round(top + side))
