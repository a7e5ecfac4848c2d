"""How good is this view of a face?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from faces.align import CHIP_SIZE, chip, footprint
from faces.picture import Image, Points

NOSE_HEIGHT = 0.565
"""Part of the way from eyes to mouth at which YuNet sees the nose tip of a frontal face: the median
of 2,156 photos of LFW and YouTube Faces, of those with the nose on the midline."""

NOSE_DEPTH = 0.48
"""How far the nose tip stands before the plane of eyes and mouth, in eye distances; also in
distances from eyes to mouth, which are as long (1.02). From the same photos: as a head turns, eye
distance and nose offset, over the height, trace the ellipse cos(yaw), depth x sin(yaw)."""


HALF_SHARP = 60.0
"""Variance of the Laplacian at which a face is half as good as a perfectly sharp one. A quarter of
2,875 frames of YouTube Faces lie below 54, a quarter of 6,985 photos of LFW below 97."""

HALF_LIT = 20.0
"""Mean grey level, from black or from white, at which a face is half as good as a well lit one."""

LEAST_WEIGHT = 0.1
"""However bad a view is, it is one, and no other one may outweigh all of a burst: at 0.84, the most
that was seen, one among twenty of these is a third of their mean. Without this it was 60 %.
On YouTube Faces this costs 0.04 % of residents' visits at 1 % of strangers (8.88 to 8.92 %)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be said about one view.

    Attributes:
        size_px: side of the aligned square in the picture; under 112 the networks see a face that
            was scaled up.
        sharpness: variance of the Laplacian of the face at 112 pixels, grey levels squared.
        brightness: mean grey level of the face, 0 to 255.
        yaw: head turn, rough, in radians; positive towards the person's left.
        pitch: head nod, rough, in radians; positive upwards.
        roll: head tilt in radians; positive towards the person's left shoulder.
    """

    size_px: float
    sharpness: float
    brightness: float
    yaw: float
    pitch: float
    roll: float


def weight(view: Quality) -> float:
    """How much a view should count beside others of the same face, above 0 to 1.

    A product of what each flaw leaves. Pixels: as many as a network sees (`CHIP_SIZE`) are enough.
    Pose: what is left of a plane's two sides when it turns away. Sharpness and light saturate.
    `python -m bench.recognition` prints what it is worth beside a plain mean.
    """
    dark = max(0.0, min(view.brightness, 255 - view.brightness))
    worth = (
        min(1.0, view.size_px / CHIP_SIZE)
        * max(0.0, math.cos(view.yaw))
        * max(0.0, math.cos(view.pitch))
        * view.sharpness
        / (view.sharpness + HALF_SHARP)
        * dark
        / (dark + HALF_LIT)
    )
    return max(LEAST_WEIGHT, worth)


def pose(points: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in radians, rough, from five points alone.

    Parallel projection of a head whose eyes and mouth corners lie in a plane with the nose tip
    before it. Roll is the tilt of the eye line. In the frame of the tilted head a turn moves the
    nose sideways by depth x sin(yaw) and narrows the eyes to distance x cos(yaw), so that the ratio
    gives tan(yaw); a nod does the same along the line from eyes to mouth.
    """
    face = np.asarray(points, dtype=np.float64)
    eyes, mouth = (face[0] + face[1]) / 2, (face[3] + face[4]) / 2
    across, down = face[1] - face[0], mouth - eyes
    roll = math.atan2(across[1], across[0])
    right_axis = np.array([math.cos(roll), math.sin(roll)])
    down_axis = np.array([-right_axis[1], right_axis[0]])
    nose = face[2] - eyes
    width = max(1e-6, math.hypot(*across))
    height = max(1e-6, float(down @ down_axis))
    along = float(nose @ down_axis) / height
    # The midline runs from between the eyes to the middle of the mouth.
    sideways = float(nose @ right_axis) - along * float(down @ right_axis)
    yaw = math.atan(sideways / width / NOSE_DEPTH)
    pitch = math.atan((NOSE_HEIGHT - along) / NOSE_DEPTH)
    return yaw, pitch, roll


def measure(image: Image, points: Points) -> Quality:
    """Measure one view.

    Args:
        image: shape (height, width, 3), uint8, BGR.
        points: five landmarks, shape (5, 2), pixels of `image`.

    Raises:
        ValueError: the points coincide, or are not finite.
    """
    grey = cv2.cvtColor(chip(image, points), cv2.COLOR_BGR2GRAY)
    yaw, pitch, roll = pose(points)
    return Quality(
        size_px=footprint(points),
        sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        brightness=float(np.mean(grey)),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
    )
