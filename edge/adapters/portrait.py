"""How does a still portrait come to turn its head, sway and blink?

A 2.5-D animation: each pixel moves in proportion to a rough depth of the head (an ellipsoid and a
nose, placed by dlib's 68 points), lids fall along the landmarks. It deceives: an animated portrait
is an attack that liveness should refuse one day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters.portrait_cutout import FACE_CENTRE, FACE_HEIGHT, PLATE_SIZE, Cutout
from edge.adapters.portrait_lids import STEPS, falling_lids
from edge.ports import Image

Floats = NDArray[np.float32]

_COARSE = 8
"""Where pixels come from is worked out for every eighth and filled in between: it is smooth."""

_NOSE_TIP = 30
_CHIN = 8


@dataclass(frozen=True, slots=True)
class Pose:
    """How the person stands in one frame.

    Attributes:
        x: face centre, pixels of the frame.
        y: the same, downwards.
        face_height: pixels of the frame from forehead to chin.
        yaw: head turn in radians; positive towards the picture's right.
        pitch: head nod in radians; positive downwards.
        roll: head tilt in radians; positive clockwise.
    """

    x: float
    y: float
    face_height: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


class AnimatedPortrait:
    """Draws one portrait in any pose. One instance belongs to one thread."""

    def __init__(self, cutout: Cutout, *, printed: bool = False) -> None:
        """Prepare the drawing; `printed` shows a flat photo with its own background instead."""
        alpha = cutout.print_alpha if printed else cutout.alpha
        colours = cutout.plate * alpha[..., None]
        self._plate = np.dstack([colours, alpha * 255]).round().astype(np.uint8)
        self._lids = falling_lids(cutout.plate, cutout.landmarks)
        self._step = 0
        self._depth, self._head = _relief(cutout.landmarks)

    def draw(self, background: Image, pose: Pose, closed: float = 0.0) -> Image:
        """The person before `background`.

        Args:
            background: BGR, uint8, shape (height, width, 3); left as it is.
            pose: where and how they stand.
            closed: how far the lids are shut, 0 to 1.

        Returns:
            A new picture of the shape of `background`.
        """
        self._close(round(closed * STEPS))
        columns, rows = self._sources(background.shape[:2], pose)
        person = cv2.remap(self._plate, columns, rows, cv2.INTER_LINEAR)
        colours = cv2.cvtColor(person, cv2.COLOR_BGRA2BGR)
        bare = cv2.bitwise_not(cv2.cvtColor(cv2.extractChannel(person, 3), cv2.COLOR_GRAY2BGR))
        behind = cv2.multiply(background, bare, scale=1 / 255)
        return np.asarray(cv2.add(colours, behind), dtype=np.uint8)

    def _close(self, step: int) -> None:
        if step == self._step:
            return
        self._step = step
        for lid in self._lids:
            stage = lid.stages[step]
            height, width = stage.shape[:2]
            self._plate[lid.top : lid.top + height, lid.left : lid.left + width, :3] = stage

    def _sources(self, shape: tuple[int, ...], pose: Pose) -> tuple[Floats, Floats]:
        """Column and row of the plate for every pixel of the frame, float32."""
        height, width = shape
        scale = FACE_HEIGHT / pose.face_height
        # Coarse cells are centred as `resize` centres them.
        across = (np.arange(width // _COARSE, dtype=np.float32) + 0.5) * _COARSE - 0.5
        down = (np.arange(height // _COARSE, dtype=np.float32) + 0.5) * _COARSE - 0.5
        columns, rows = np.meshgrid(
            (across - np.float32(pose.x)) * np.float32(scale) + np.float32(FACE_CENTRE[0]),
            (down - np.float32(pose.y)) * np.float32(scale) + np.float32(FACE_CENTRE[1]),
        )
        here = (columns / _COARSE, rows / _COARSE)
        depth = cv2.remap(self._depth, *here, cv2.INTER_LINEAR)
        head = cv2.remap(self._head, *here, cv2.INTER_LINEAR)
        # About the neck: the pivot of nodding and tilting.
        off_x = (columns - FACE_CENTRE[0]) * head
        off_y = (rows - (FACE_CENTRE[1] + 0.6 * FACE_HEIGHT)) * head
        moved_x = depth * math.sin(pose.yaw) - off_y * pose.roll
        moved_y = depth * math.sin(pose.pitch) + off_x * pose.roll
        # What turns away looks narrower.
        moved_x += off_x * (math.cos(pose.yaw) - 1)
        size = (width, height)
        return (
            np.asarray(cv2.resize(columns - moved_x, size), dtype=np.float32),
            np.asarray(cv2.resize(rows - moved_y, size), dtype=np.float32),
        )


def _relief(landmarks: Floats) -> tuple[Floats, Floats]:
    """Depth of the head in plate pixels, and how much a place belongs to the head, 0 to 1.

    Both for every eighth pixel of the plate, float32.
    """
    columns, rows = np.meshgrid(
        np.arange(0, PLATE_SIZE[0], _COARSE, dtype=np.float32),
        np.arange(0, PLATE_SIZE[1], _COARSE, dtype=np.float32),
    )
    jaw = landmarks[:17]
    half_width = 0.55 * float(np.ptp(jaw[:, 0]))
    middle = (float(jaw[:, 0].mean()), FACE_CENTRE[1] - 0.1 * FACE_HEIGHT)
    half_height = 1.1 * (float(landmarks[_CHIN, 1]) - middle[1])
    radius = np.hypot((columns - middle[0]) / half_width, (rows - middle[1]) / half_height)
    # Flatter than a ball, so that the rim never folds over itself.
    ball = 0.55 * FACE_HEIGHT * np.clip(1 - radius**2, 0, None)
    nose = landmarks[_NOSE_TIP]
    bump = (
        0.12
        * FACE_HEIGHT
        * np.exp(-(((columns - nose[0]) / 22) ** 2) - ((rows - nose[1] + 6) / 34) ** 2)
    )
    depth = cv2.GaussianBlur((ball + bump).astype(np.float32), (0, 0), 12 / _COARSE)
    head = 1 / (1 + np.exp((radius - 1.35) * 7))
    return np.asarray(depth, dtype=np.float32), np.asarray(head, dtype=np.float32)
