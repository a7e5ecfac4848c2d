"""Does a tracker's face lie where the face is? And how does YuNet's box map to that of HOG?

The reference is what most programs do: dlib's HOG detector on every frame, then its 68 landmarks.
It fails now and then itself: where a mouth opens wide, HOG's box shrinks to the upper half of the
face, and the landmarks of the mouth lie on the upper lip. So where the two disagree a third judges:
YuNet's five points in the whole picture at its full size. A frame is lost where ours lie no nearer
to them than the reference's do. (A tracker that tells only YuNet's five points is compared with the
same five among the 68, which mean other places of nose and mouth; there YuNet judges most frames.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.adapters.faces_dlib import eye_aspect_ratio
from edge.core.sighting import Sighting
from edge.ports import Frame
from faces import models
from faces.detect import DetectedFace, FaceDetector

Landmarks = NDArray[np.float64]

LOST = 0.15
"""Eye distances."""

EVERY = 10
"""Each tenth frame is looked at by YuNet for the boxes and for the carried points."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What HOG and the 68 landmarks saw.

    Attributes:
        landmarks: shape (68, 2), pixels.
        box: left, top and side of HOG's square.
    """

    landmarks: Landmarks
    box: tuple[float, float, float]


def five(landmarks: Landmarks) -> Landmarks:
    """YuNet's five points among the 68, shape (5, 2)."""
    eyes = [landmarks[36:42].mean(0), landmarks[42:48].mean(0)]
    return np.array([*eyes, landmarks[30], landmarks[48], landmarks[54]])


def apart(one: Landmarks, other: Landmarks) -> float:
    """Mean distance of two sets of points in eye distances; of the 68, without the jaw."""
    eyes = five(one) if len(one) == 68 else one
    chosen = slice(17, None) if len(one) == len(other) == 68 else slice(None)
    gaps = np.linalg.norm(one[chosen] - other[chosen], axis=1)
    return float(gaps.mean() / np.linalg.norm(eyes[0] - eyes[1]))


@dataclass(slots=True)
class Judge:
    """Compares what the door followed with the reference.

    Attributes:
        frames: in which the reference saw a face.
        off: of them, those in which the points lie more than `LOST` from the reference's.
        lost: of these, those in which the third does not find that the reference is off.
        ears: eye aspect ratios of reference and door.
        carried: distances of the door's five points from fresh ones, in eye distances.
        boxes: side, right and down of HOG's box in shares of YuNet's, shape (n, 3).
    """

    frames: int = 0
    off: int = 0
    lost: int = 0
    ears: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    carried: list[float] = field(default_factory=list)
    boxes: list[tuple[float, float, float]] = field(default_factory=list)
    _third: FaceDetector = field(
        default_factory=lambda: FaceDetector(models.path("yunet"), width=10_000, score=0.5)
    )

    def start(self) -> None:
        """Load the third detector. Raises `faces.errors.ModelError`."""
        self._third.start()

    def take(
        self,
        frames: Sequence[Frame],
        references: Sequence[Reference | None],
        ours: Sequence[Sighting],
    ) -> None:
        """Compare some frames."""
        for frame, reference, seen in zip(frames, references, ours, strict=True):
            if reference is None:
                continue
            self.frames += 1
            if seen.face is None:
                self.off += 1
                self.lost += 1
                continue
            self._ears(reference, seen)
            mine = np.array(seen.face.landmarks or seen.face.points, dtype=np.float64)
            theirs = reference.landmarks if len(mine) == 68 else five(reference.landmarks)
            if apart(theirs, mine) > LOST:
                self.off += 1
                self.lost += not self._reference_is_off(frame, reference, mine)
            if frame.index % EVERY == 0:
                self._compare_with_fresh(frame, reference, seen)

    def _ears(self, reference: Reference, seen: Sighting) -> None:
        parts = (slice(36, 42), slice(42, 48))
        ears = [eye_aspect_ratio(reference.landmarks[part]) for part in parts]
        if seen.face is not None and seen.face.ear is not None and None not in ears:
            self.ears[0].append(sum(ear or 0 for ear in ears) / 2)
            self.ears[1].append(seen.face.ear)

    def _reference_is_off(self, frame: Frame, reference: Reference, mine: Landmarks) -> bool:
        found = self._largest(frame)
        if found is None:
            return False
        points = np.asarray(found.points, dtype=np.float64)
        ours, theirs = (
            apart(points, five(mine) if len(mine) == 68 else mine),
            apart(points, five(reference.landmarks)),
        )
        return ours < theirs and ours <= LOST

    def _compare_with_fresh(self, frame: Frame, reference: Reference, seen: Sighting) -> None:
        found = self._largest(frame)
        if found is None or seen.face is None:
            return
        points = np.asarray(found.points, dtype=np.float64)
        self.carried.append(apart(points, np.array(seen.face.points)))
        (x, y, width, height), (left, top, side) = found.box, reference.box
        right = (left + side / 2 - x - width / 2) / width
        down = (top + side / 2 - y - height / 2) / height
        self.boxes.append((side / width, right, down))

    def _largest(self, frame: Frame) -> DetectedFace | None:
        return next(iter(self._third.detect(frame.image)), None)
