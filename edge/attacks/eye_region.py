"""Where do a face's eyes lie, and how is something moved with them?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.sighting import Face


@dataclass(frozen=True, slots=True)
class EyeLine:
    """The line from one eye to the other.

    Attributes:
        x: its middle, pixels.
        y: the same, downwards.
        distance: its length, pixels.
        angle: radians; positive clockwise, as pictures have it.
    """

    x: float
    y: float
    distance: float
    angle: float

    @classmethod
    def of(cls, face: Face) -> EyeLine:
        """By the first two of the detector's points."""
        (right_x, right_y), (left_x, left_y) = face.points[:2]
        return cls(
            x=(right_x + left_x) / 2,
            y=(right_y + left_y) / 2,
            distance=max(1.0, math.hypot(left_x - right_x, left_y - right_y)),
            angle=math.atan2(left_y - right_y, left_x - right_x),
        )

    @property
    def eyes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Its two ends, the person's right eye first."""
        across = self.distance / 2 * math.cos(self.angle)
        down = self.distance / 2 * math.sin(self.angle)
        return (self.x - across, self.y - down), (self.x + across, self.y + down)

    def shifted(self, across: float, down: float) -> EyeLine:
        """Moved by shares of the distance between the eyes."""
        return replace(self, x=self.x + across * self.distance, y=self.y + down * self.distance)

    def scaled(self, factor: float) -> EyeLine:
        """Longer about its middle."""
        return replace(self, distance=self.distance * factor)


def placed(one: EyeLine, other: EyeLine) -> NDArray[np.float64]:
    """The similarity that brings a line onto another, shape (2, 3), for `cv2.warpAffine`."""
    scale, turn = other.distance / one.distance, other.angle - one.angle
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    return np.array(
        [
            [cos, -sin, other.x - cos * one.x + sin * one.y],
            [sin, cos, other.y - sin * one.x - cos * one.y],
        ]
    )


def steady(lines: Sequence[EyeLine]) -> list[EyeLine]:
    """The same lines without the jitter of a detector: a moving mean of five."""
    rows = np.array([(one.x, one.y, one.distance, one.angle) for one in lines])
    padded = np.vstack([rows[:1], rows[:1], rows, rows[-1:], rows[-1:]])
    means = sum(padded[shift : shift + len(rows)] for shift in range(5)) / 5
    return [EyeLine(*(float(value) for value in row)) for row in np.asarray(means)]


def regions(
    line: EyeLine, shape: tuple[int, int], half_width: float, half_height: float, soft: float
) -> NDArray[np.uint8]:
    """Two ellipses about the eyes, 255 inside, uint8 of `shape` (height, width).

    Args:
        line: where the eyes are.
        shape: of the picture.
        half_width: in distances between the eyes.
        half_height: the same.
        soft: standard deviation of the edge, the same.
    """
    mask = np.zeros(shape, dtype=np.uint8)
    axes = (round(half_width * line.distance), round(half_height * line.distance))
    for x, y in line.eyes:
        degrees = math.degrees(line.angle)
        cv2.ellipse(mask, (round(x), round(y)), axes, degrees, 0, 360, 255, -1)
    sigma = max(0.5, soft * line.distance)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), dtype=np.uint8)
