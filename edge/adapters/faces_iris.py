"""Where is the one face, whose track is it, and how open are its eyes? Free for any use.

YuNet looks at every frame, small; the iris network measures the lids. The way for doors of those
who sell them: nothing here was trained on pictures that exclude it. Figures beside the 68 landmarks
of dlib: `python -m bench.track --lids iris` and `python -m bench.blinks --lids iris`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.adapters.face_motion import (
    LOST_S,
    OTHER,
    Patch,
    alike,
    counted,
    is_same,
    patch_at,
)
from edge.adapters.lids_iris import IrisLids
from edge.core.sighting import Face, Sighting
from edge.ports import Frame, Image
from faces.detect import DetectedFace, FaceDetector
from faces.picture import Points
from faces.quality import measure

DETECTOR_WIDTH = 320
"""Pixels; a face of 60 pixels in a picture 640 wide is found in half of that."""

FOLLOW_WIDTH = 160
"""Pixels for a face that is followed already."""

DETECTOR_SCORE = 0.6
"""Lower than for a single picture: closing lids cost a face some of its score."""


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    at: float
    face: DetectedFace
    look: Patch


class IrisFaceTracker:
    """Follows one face. One instance belongs to one thread."""

    def __init__(self, detector: Path, lids: Path) -> None:
        self._finder = FaceDetector(detector, width=DETECTOR_WIDTH, score=DETECTOR_SCORE)
        self._follower = FaceDetector(detector, width=FOLLOW_WIDTH, score=DETECTOR_SCORE)
        self._lids = IrisLids(lids)
        self._track = 0
        self._last: _Followed | None = None

    def start(self) -> None:
        """Load the models. Raises `faces.errors.ModelError` naming file and command."""
        self._finder.start()
        self._follower.start()
        self._lids.start()

    def reset(self) -> None:
        """Forget the track: the next face begins a new one."""
        self._last = None

    def observe(self, frame: Frame) -> Sighting:
        """Look at one frame, in order of time."""
        last = self._last
        if last is not None and not 0 < frame.at - last.at < LOST_S:
            last = None
        # Small first; closer where that shows nobody, or somebody new.
        for detector in (self._finder,) if last is None else (self._follower, self._finder):
            found = detector.detect(frame.image)
            same = [face for face in found if last is not None and is_same(face.box, last.face.box)]
            nearest = max(found, key=lambda face: face.box[2], default=None)
            subject = max(same, key=lambda face: face.box[2], default=nearest)
            if subject is None or nearest is None:
                continue
            look = patch_at(frame.image, _anchors(subject.points))
            continues = bool(same) and last is not None and alike(look, last.look) >= OTHER
            if continues:
                break
        else:
            if subject is None or nearest is None:
                return Sighting(frame.at, frame.index, 0, None, None)
            self._track += 1
        self._last = _Followed(frame.at, subject, look)
        count = counted(subject.box, [face.box for face in found])
        return Sighting(
            frame.at, frame.index, count, self._track, self._measured(frame.image, subject)
        )

    def _measured(self, image: Image, found: DetectedFace) -> Face:
        quality = measure(image, found.points)
        left, right = self._lids.openness(image, found.points)
        return Face(
            box=found.box,
            points=tuple((float(x), float(y)) for x, y in found.points),
            left_ear=left,
            right_ear=right,
            yaw=quality.yaw,
            pitch=quality.pitch,
            roll=quality.roll,
            brightness=quality.brightness,
            sharpness=quality.sharpness,
            score=found.score,
        )


def _anchors(points: Points) -> Points:
    mouth = (points[3] + points[4]) / 2
    return np.asarray([points[0], points[1], mouth], dtype=np.float32)
