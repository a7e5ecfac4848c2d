"""Where is the one face, whose track is it, and how open are its eyes?

YuNet finds the face, and looks again several times a second and whenever something seems new. In
between, dlib's 68 landmarks (Kazemi & Sullivan 2014) are followed from one frame to the next; they
measure the lids. The landmark model was trained on boxes of dlib's own HOG detector, so YuNet's box
is mapped to what that detector would have said. Figures: `python -m bench.track`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from edge.adapters.eye_patches import eye_patches
from edge.adapters.face_motion import (
    LOST_S,
    OTHER,
    Patch,
    Surroundings,
    alike,
    carried,
    counted,
    is_same,
    patch,
)
from edge.core.sighting import Face, Sighting
from edge.ports import Frame, Image
from faces.detect import DetectedFace, FaceDetector
from faces.picture import Box, Points
from faces.quality import measure

DETECTOR_WIDTH = 320
"""Pixels; a face of 60 pixels in a picture 640 wide is found in half of that."""

CHECK_WIDTH = 160
"""Pixels for a face that is followed already."""

CHECK_S = 0.15
"""Seconds after which the detector looks again even if nothing seems new."""

DOUBT = 0.85
"""Likeness to the last frame's face under which the detector looks at once."""

STRAYED = 0.2
"""Most distance between the eyes of landmarks and detector, in eye distances."""

JUMP = 0.35
"""Most way of the landmarks from one frame to the next, as a part of their radius."""

DETECTOR_SCORE = 0.6
"""Lower than for a single picture: closing lids cost a face some of its score."""

# YuNet's box to the HOG detector's, medians over 329 frames of 13 clips in which both saw one face
# (interquartile spread of the side: 6 %). Shares of YuNet's width and height.
_HOG_SIDE = 1.10
_HOG_RIGHT = 0.015
_HOG_DOWN = 0.063

Floats = NDArray[np.float64]

_RIGHT_EYE = slice(36, 42)
_LEFT_EYE = slice(42, 48)


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """The face as last seen.

    Attributes:
        at: when, seconds.
        checked_at: when the detector last saw it.
        box: where.
        points: YuNet's five, carried along.
        count: how many faces there were at the last check.
        landmarks: shape (68, 2).
        look: its patch.
        found: what the detector saw at the last check.
        found_landmarks: the landmarks then.
    """

    at: float
    checked_at: float
    box: Box
    points: Points
    count: int
    landmarks: Floats
    look: Patch
    found: DetectedFace
    found_landmarks: Floats


class DlibFaceTracker:
    """Follows one face. One instance belongs to one thread."""

    def __init__(self, detector: Path, landmarks: Path, width: int = DETECTOR_WIDTH) -> None:
        self._finder = FaceDetector(detector, width=width, score=DETECTOR_SCORE)
        self._checker = FaceDetector(detector, width=CHECK_WIDTH, score=DETECTOR_SCORE)
        self._landmarks = landmarks
        self._predict: Any = None
        self._track = 0
        self._last: _Followed | None = None
        self._around = Surroundings()

    def start(self) -> None:
        """Load the models. Raises `faces.errors.ModelError` naming file and command."""
        self._finder.start()
        self._checker.start()
        self._predict = dlib.shape_predictor(str(self._landmarks))

    def observe(self, frame: Frame) -> Sighting:
        """Look at one frame, in order of time."""
        last = self._last
        if last is not None and not 0 < frame.at - last.at < LOST_S:
            last = None
        followed = None
        if last is not None and not self._around.changed(frame.image, last.box):
            followed = self._follow(frame, last)
        if followed is None:
            followed = self._find(frame, last)
        if followed is None:
            return Sighting(frame.at, frame.index, 0, None, None)
        self._last = followed
        return Sighting(
            frame.at,
            frame.index,
            followed.count,
            self._track,
            self._measured(frame.image, followed),
        )

    def reset(self) -> None:
        """Forget the track: the next face begins a new one."""
        self._last = None
        self._around.forget()

    @property
    def landmarks(self) -> Floats | None:
        """The 68 points of the face last seen, shape (68, 2), pixels; None before the first."""
        return None if self._last is None else self._last.landmarks

    def _follow(self, frame: Frame, last: _Followed) -> _Followed | None:
        """The face without the detector; None where that should look."""
        if frame.at - last.checked_at >= CHECK_S:
            return None
        landmarks = self._predicted(frame.image, _seed(last.landmarks))
        middle, radius = _spread(last.landmarks)
        now, size = _spread(landmarks)
        if math.dist(middle, now) > JUMP * radius or not 1 / 1.15 < size / radius < 1.15:
            return None
        look = patch(frame.image, landmarks)
        if alike(look, last.look) < DOUBT:
            return None
        x, y, width, height = last.found.box
        corners = np.array([(x, y), (x + width, y + height)], dtype=np.float32)
        known = np.concatenate([corners, last.found.points])
        moved = carried(known, last.found_landmarks, landmarks)
        (left, top), (right, bottom) = moved[:2].tolist()
        if right - left < 1 or bottom - top < 1:
            return None
        return replace(
            last,
            at=frame.at,
            box=(left, top, right - left, bottom - top),
            points=moved[2:],
            landmarks=landmarks,
            look=look,
        )

    def _find(self, frame: Frame, last: _Followed | None) -> _Followed | None:
        """The face by the detector; a new track where it is not the one followed."""
        detector = self._finder if last is None else self._checker
        found = detector.detect(frame.image)
        if not found and last is not None:
            found = self._finder.detect(frame.image)
        if not found:
            return None
        nearest = max(found, key=lambda face: face.box[2])
        same = [face for face in found if last is not None and is_same(face.box, last.box)]
        subject = max(same, key=lambda face: face.box[2], default=nearest)
        count = counted(subject.box, [face.box for face in found])
        landmarks = None
        if same and last is not None:
            landmarks = self._predicted(frame.image, _seed(last.landmarks))
            doubtful = alike(patch(frame.image, landmarks), last.look) < DOUBT
            if doubtful or _strayed(landmarks, subject.points):
                landmarks = None
        if landmarks is None:
            landmarks = self._predicted(frame.image, _rectangle(subject.box))
            # Seeded as the next frame will be: points carried on start without a jerk.
            landmarks = self._predicted(frame.image, _seed(landmarks))
        look = patch(frame.image, landmarks)
        if not same or last is None or alike(look, last.look) < OTHER:
            self._track += 1
            self._around.forget()
            self._around.changed(frame.image, subject.box)
        return _Followed(
            at=frame.at,
            checked_at=frame.at,
            box=subject.box,
            points=subject.points,
            count=count,
            landmarks=landmarks,
            look=look,
            found=subject,
            found_landmarks=landmarks,
        )

    def _measured(self, image: Image, followed: _Followed) -> Face:
        quality = measure(image, followed.points)
        return Face(
            box=followed.box,
            points=tuple((x, y) for x, y in followed.points.tolist()),
            left_ear=eye_aspect_ratio(followed.landmarks[_LEFT_EYE]),
            right_ear=eye_aspect_ratio(followed.landmarks[_RIGHT_EYE]),
            yaw=quality.yaw,
            pitch=quality.pitch,
            roll=quality.roll,
            brightness=quality.brightness,
            sharpness=quality.sharpness,
            score=followed.found.score,
            landmarks=tuple((x, y) for x, y in followed.landmarks.tolist()),
            eyes=eye_patches(image, followed.landmarks),
        )

    def _predicted(self, image: Image, where: dlib.rectangle) -> Floats:
        """The 68 landmarks, shape (68, 2), pixels of the picture."""
        if self._predict is None:
            raise RuntimeError("DlibFaceTracker.observe called before start")
        # Only what the landmarks need turns grey: most of a frame is not face.
        margin = round(0.3 * where.width())
        left, top = max(0, where.left() - margin), max(0, where.top() - margin)
        part = image[top : max(0, where.bottom() + margin), left : max(0, where.right() + margin)]
        if min(part.shape[:2]) < 2:
            part, left, top = image, 0, 0
        grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
        moved = dlib.translate_rect(where, dlib.point(-left, -top))
        shape = self._predict(grey, moved)
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)
        return np.asarray(points + np.array((left, top)), dtype=np.float64)


def _strayed(landmarks: Floats, points: Points) -> bool:
    eyes = np.array([landmarks[_RIGHT_EYE].mean(0), landmarks[_LEFT_EYE].mean(0)])
    apart = max(1e-6, float(np.linalg.norm(points[0] - points[1])))
    return bool(np.linalg.norm(eyes - points[:2], axis=1).max() > STRAYED * apart)


def _spread(landmarks: Floats) -> tuple[Floats, float]:
    middle = landmarks.mean(0)
    return middle, max(1.0, float(np.sqrt(((landmarks - middle) ** 2).sum(1).mean())))


def _seed(landmarks: Floats) -> dlib.rectangle:
    """Where to look in the next frame: a square by the landmarks' middle and radius.

    A square around their extent instead drifts: it shrinks and grows with mouth and jaw.
    """
    middle, radius = _spread(landmarks)
    x, y = middle[0] + 0.05 * radius, middle[1] - 0.12 * radius
    half = 1.44 * radius
    return dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))


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


def _rectangle(box: Box) -> dlib.rectangle:
    x, y, width, height = box
    side = _HOG_SIDE * width
    left = x + (0.5 + _HOG_RIGHT) * width - side / 2
    top = y + height / 2 + _HOG_DOWN * height - side / 2
    return dlib.rectangle(round(left), round(top), round(left + side), round(top + side))
