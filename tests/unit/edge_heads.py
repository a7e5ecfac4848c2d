"""Heads and photos of heads in numbers: 68 points, seen by a camera that has no lens errors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.core.sighting import Face, Sighting

Floats = NDArray[np.float64]
EYES = 60.0
"""Pixels between the eyes."""

FAR = 900.0
"""Pixels from the camera's middle to the head: its focal length and distance in one."""


def head() -> Floats:
    """68 points in eye distances, x to the right, y down, z towards the camera; shape (68, 3)."""
    points = np.zeros((68, 3))
    angles = np.linspace(-1.45, 1.45, 17)
    points[:17] = np.column_stack(
        [1.1 * np.sin(angles), 0.2 + 1.3 * np.cos(angles), -0.9 + 0.8 * np.cos(angles)]
    )
    for first, side in ((17, -1), (22, 1)):
        across = np.linspace(0.85, 0.25, 5) if side < 0 else np.linspace(0.25, 0.85, 5)
        points[first : first + 5] = np.column_stack(
            [side * across, np.full(5, -0.3), 0.05 - 0.3 * across**2]
        )
    points[27:31] = np.column_stack(
        [np.zeros(4), np.linspace(0, 0.55, 4), np.linspace(0.15, 0.5, 4)]
    )
    points[31:36] = np.column_stack(
        [np.linspace(-0.2, 0.2, 5), np.full(5, 0.65), [0.15, 0.22, 0.28, 0.22, 0.15]]
    )
    for first, middle in ((36, -0.5), (42, 0.5)):
        turns = np.linspace(math.pi, -math.pi, 7)[:6]
        points[first : first + 6] = np.column_stack(
            [middle + 0.18 * np.cos(turns), -0.06 * np.sin(turns), np.full(6, -0.05)]
        )
    for first, count, size in ((48, 12, 0.35), (60, 8, 0.25)):
        turns = np.linspace(math.pi, -math.pi, count + 1)[:count]
        points[first : first + count] = np.column_stack(
            [size * np.cos(turns), 1.05 - 0.3 * size * np.sin(turns), np.full(count, 0.05)]
        )
    return points


def photo() -> Floats:
    """The same head as a photo from the front has it: everything in one plane."""
    points = head()
    points[:, 2] = 0
    return points


def seen_by_camera(points: Floats, yaw: float, pitch: float, roll: float = 0.0) -> Floats:
    """Pixels, shape (68, 2), of points turned around the vertical, then across, then tilted."""
    cosy, siny, cosp, sinp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    around = np.array([[cosy, 0, siny], [0, 1, 0], [-siny, 0, cosy]])
    across = np.array([[1, 0, 0], [0, cosp, -sinp], [0, sinp, cosp]])
    tilt = np.array(
        [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    )
    turned = EYES * points @ (tilt @ across @ around).T
    depth = FAR / (FAR - turned[:, 2])
    return np.asarray(turned[:, :2] * depth[:, None] + (320, 220), dtype=np.float64)


def sightings(
    points: Floats,
    yaw: Callable[[float], float],
    pitch: Callable[[float], float] = lambda _: 0.0,
    *,
    fps: float = 30.0,
    seconds: float = 4.0,
    noise: float = 0.4,
    seed: int = 1,
) -> list[Sighting]:
    """One track; `noise` is the landmarks' jitter in pixels, of which the tracker has half one."""
    rng = np.random.default_rng(seed)
    seen = []
    for index in range(round(seconds * fps)):
        at = index / fps
        pixels = seen_by_camera(points, yaw(at), pitch(at)) + rng.normal(0, noise, (68, 2))
        seen.append(Sighting(at, index, 1, 1, face_of(pixels, yaw=yaw(at), index=index)))
    return seen


def face_of(pixels: Floats, *, yaw: float = 0.0, index: int = 0, ear: float = 0.3) -> Face:
    """A face with these landmarks."""
    low, high = pixels.min(0), pixels.max(0)
    return Face(
        box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        points=((300.0, 200.0), (340.0, 200.0), (320.0, 220.0), (305.0, 240.0), (335.0, 240.0)),
        left_ear=ear,
        right_ear=ear,
        yaw=yaw,
        pitch=0.0,
        roll=0.0,
        brightness=120.0,
        sharpness=100.0 + index * 0.01,
        score=0.9,
        landmarks=tuple((float(x), float(y)) for x, y in pixels),
    )
