"""How is a face brought into the pose that the networks know?"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.picture import Image, Points

CHIP_SIZE = 112
"""Side in pixels of the chips that ArcFace and SFace were trained on."""

TEMPLATE: NDArray[np.float64] = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Where the five points stand in a 112x112 chip: ArcFace (Deng et al. 2019) in InsightFace's
alignment, the same numbers as in OpenCV's `FaceRecognizerSF`."""

STRAY = 16.0
"""How far, in chip pixels, a landmark of a real face may lie from the template: of 1,324 faces of
LFW and YouTube Faces, in profile too, none strayed further than 14.5."""


def similarity(points: Points, target: NDArray[np.float64] = TEMPLATE) -> NDArray[np.float64]:
    """Rotation, scale and shift that bring `points` onto `target` with the least squared error.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point
    patterns", equations 40 to 42; mirror images are excluded.

    Args:
        points: shape (5, 2), pixels.
        target: shape (5, 2), pixels of the chip.

    Returns:
        shape (2, 3), float64, as `cv2.warpAffine` takes it.

    Raises:
        ValueError: the points coincide, or are not finite.
    """
    source = np.asarray(points, dtype=np.float64)
    if not np.isfinite(source).all():
        raise ValueError("landmarks are not finite")
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_centred = source - source_mean
    variance = float((source_centred**2).sum() / len(source))
    if variance < 1e-12:
        raise ValueError("landmarks coincide: there is no face to align")
    covariance = (target - target_mean).T @ source_centred / len(source)
    left, singular, right = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0 if np.linalg.det(left) * np.linalg.det(right) > 0 else -1.0])
    rotation = (left * signs) @ right
    scale = float((singular * signs).sum()) / variance
    matrix = np.empty((2, 3))
    matrix[:, :2] = scale * rotation
    matrix[:, 2] = target_mean - matrix[:, :2] @ source_mean
    return matrix


def footprint(points: Points) -> float:
    """Side in picture pixels of the square that becomes the chip: the size of the face."""
    matrix = similarity(points)
    return CHIP_SIZE / max(1e-9, math.hypot(matrix[0, 0], matrix[1, 0]))


def chip(image: Image, points: Points, size: int = CHIP_SIZE) -> Image:
    """Cut out the face, upright and scaled, as ArcFace and SFace want it.

    Args:
        image: shape (height, width, 3), uint8, BGR.
        points: five landmarks, shape (5, 2), pixels of `image`.
        size: side of the chip in pixels; the template is scaled with it.

    Returns:
        shape (size, size, 3), uint8, BGR; black where the picture ends.

    Raises:
        ValueError: the points coincide, or are not finite.
    """
    matrix = similarity(points, TEMPLATE * (size / CHIP_SIZE))
    return np.asarray(
        cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR), dtype=np.uint8
    )


def plausible(points: Points, image_shape: tuple[int, ...]) -> bool:
    """Whether five points can belong to a face that looks into the camera.

    They must be finite and inside the picture, the eyes at least 8 pixels apart, the head tilted by
    no more than 60 degrees, the mouth below the eyes as seen along the head, left and right not
    swapped, the nose between eyes and mouth, and all five near the template once aligned (`STRAY`).

    Args:
        points: shape (5, 2), pixels.
        image_shape: height and width first, as `image.shape` gives them.
    """
    face = np.asarray(points, dtype=np.float64)
    if face.shape != (5, 2) or not np.isfinite(face).all():
        return False
    limits = np.array([image_shape[1], image_shape[0]])
    if (face < 0).any() or (face > limits - 1).any():
        return False
    across = face[1] - face[0]
    eyes = math.hypot(*across)
    if eyes < 8 or abs(math.atan2(across[1], across[0])) > math.radians(60):
        return False
    right_axis = across / eyes
    down_axis = np.array([-right_axis[1], right_axis[0]])
    centred = face - (face[0] + face[1]) / 2
    x, y = centred @ right_axis / eyes, centred @ down_axis / eyes
    if not 0.2 < x[4] - x[3] < 1.8 or min(y[3], y[4]) < 0.4 or max(y[3], y[4]) > 2.5:
        return False
    if not (-0.1 < y[2] < max(y[3], y[4]) and abs(x[2]) < 1.0):
        return False
    matrix = similarity(np.asarray(points, dtype=np.float32))
    aligned = face @ matrix[:, :2].T + matrix[:, 2]
    return bool(np.abs(aligned - TEMPLATE).max() < STRAY)
