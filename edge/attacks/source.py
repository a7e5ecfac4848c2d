"""Which living person is an attack made from?

A source is a stretch of one clip, small enough to be held in memory, with what the door's own
tracker saw in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from edge.core.sighting import Face
from edge.errors import AttackError
from edge.ports import FaceTracker, Frame, Image

LONGEST_S = 6.0
"""Seconds of a clip that are kept; an attack that lasts longer plays them again."""

LONGEST_SIDE = 640
"""Pixels: larger pictures are made smaller."""

SHUT = 0.65
"""Share of the median eye aspect ratio under which eyes count as shut when attacks are made."""


@dataclass(frozen=True, eq=False)
class Source:
    """A stretch of one clip with one person.

    Attributes:
        name: of the clip.
        fps: frames a second.
        images: BGR, uint8, all of one shape.
        faces: what the tracker saw in each, None where it saw no single face.
    """

    name: str
    fps: float
    images: Sequence[Image]
    faces: Sequence[Face | None]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        height, width = self.images[0].shape[:2]
        return width, height

    @cached_property
    def seen(self) -> tuple[int, ...]:
        """Indices of the frames with a face and lids."""
        return tuple(
            index for index, face in enumerate(self.faces) if face is not None and face.ear
        )

    @cached_property
    def shut(self) -> tuple[int, ...]:
        """Frames of the least eye opening of each blink, oldest first."""
        typical = float(np.median([self._ear(index) for index in self.seen]))
        found: list[int] = []
        for index in self.seen:
            ear = self._ear(index)
            near = [self._ear(one) for one in self.seen if abs(one - index) <= self.fps / 4]
            if (
                ear <= SHUT * typical
                and ear == min(near)
                and (not found or index - found[-1] > self.fps / 4)
            ):
                found.append(index)
        return tuple(found)

    @cached_property
    def best(self) -> int:
        """The frame that makes the best photo: open eyes, frontal, sharp."""
        ears = [self._ear(index) for index in self.seen]
        least, most = np.quantile(ears, 0.5), np.quantile(ears, 0.95)
        awake = [index for index in self.seen if least <= self._ear(index) <= most]
        return max(awake or self.seen, key=self._quality)

    def face(self, index: int) -> Face:
        """The face of a frame of `seen`, or the nearest such frame's."""
        face = self.faces[index]
        if face is not None and face.ear:
            return face
        nearest = self.faces[min(self.seen, key=lambda one: abs(one - index))]
        if nearest is None:
            raise AttackError(f"{self.name}: frame {index} has no face near it")
        return nearest

    def played(self, count: int, first: int = 0) -> Iterable[int]:
        """Indices of `count` frames from `first` on, there and back again as often as needed."""
        last = len(self.images) - 1
        for step in range(count):
            place = (first + step) % max(1, 2 * last)
            yield place if place <= last else 2 * last - place

    def _ear(self, index: int) -> float:
        face = self.faces[index]
        return 0.0 if face is None else face.ear or 0.0

    def _quality(self, index: int) -> float:
        face = self.face(index)
        frontal = float(np.cos(min(1.5, 2 * abs(face.yaw) + abs(face.pitch))))
        # Nobody prints a grimace: the mouth is where it mostly is.
        odd = abs(_mouth(face) / self._usual_mouth - 1)
        return face.sharpness * frontal * max(0.0, 1 - 4 * odd)

    @cached_property
    def _usual_mouth(self) -> float:
        return max(1e-6, float(np.median([_mouth(self.face(index)) for index in self.seen])))


def taken(name: str, fps: float, images: Iterable[Image], tracker: FaceTracker) -> Source:
    """Watch a clip, and keep the stretch of it that attacks are made from.

    Of a longer clip it is the stretch around its first blink, so that what plays it shows one.

    Args:
        name: of the clip.
        fps: frames a second.
        images: every frame, BGR.
        tracker: started; its track is forgotten.

    Raises:
        AttackError: fewer than half a second shows a face.
    """
    tracker.reset()
    most = round(LONGEST_S * fps)
    kept: list[Image] = []
    faces: list[Face | None] = []
    for index, image in enumerate(images):
        small = shrunk(image)
        sighting = tracker.observe(Frame(small, index / fps, index))
        kept.append(small)
        faces.append(sighting.face if sighting.faces == 1 else None)
        if len(kept) < most:
            continue
        so_far = Source(name, fps, kept, faces)
        if so_far.seen and so_far.shut:
            break
        # Nobody has blinked yet: the oldest third may go.
        if len(kept) >= most + most // 3:
            del kept[: most // 3], faces[: most // 3]
    source = Source(name, fps, kept[-most:], faces[-most:])
    if len(source.seen) < fps / 2:
        raise AttackError(f"{name}: less than half a second of it shows one face with its lids")
    return source


def _mouth(face: Face) -> float:
    """How far nose and mouth are apart, in distances between the eyes."""
    right, left, nose, one, other = (np.array(point) for point in face.points)
    apart = max(1e-6, float(np.linalg.norm(right - left)))
    return float(np.linalg.norm((one + other) / 2 - nose)) / apart


def shrunk(image: Image) -> Image:
    """A picture whose longer side is at most `LONGEST_SIDE`, sides a multiple of 2."""
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (2 * round(width * scale / 2), 2 * round(height * scale / 2))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
