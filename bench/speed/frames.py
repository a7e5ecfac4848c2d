"""What do both sides look at? One person before a camera, made from a portrait."""

from __future__ import annotations

import math

import cv2
import numpy as np

from faces import models
from faces.picture import Image

WIDTH, HEIGHT = 640, 480
FACE = 150
"""Pixels from ear to ear or so: somebody a step away from the door."""

MIDDLE = (0.47, 0.3)
"""Where the face stands in the portrait, as parts of its width and height."""

PORTRAIT_FACE = 0.35
"""Width of the face as a part of the portrait's."""


def vga(count: int) -> list[Image]:
    """So many frames of 640x480 pixels, BGR, in which a person sways, nods and is lit unevenly.

    Raises:
        ModelError: the portrait is not there; the message says how to fetch it.
    """
    portrait = cv2.imread(str(models.path("obama.jpg")))
    if portrait is None:
        raise ValueError("obama.jpg cannot be read")
    height, width = portrait.shape[:2]
    zoom = FACE / (PORTRAIT_FACE * width)
    rng = np.random.default_rng(0)
    frames = []
    for number in range(count):
        sway = math.sin(number / 3)
        matrix = cv2.getRotationMatrix2D(
            (width * MIDDLE[0], height * MIDDLE[1]), 3 * sway, zoom * (1 + 0.03 * sway)
        )
        matrix[:, 2] += [
            WIDTH / 2 - width * MIDDLE[0] + 12 * sway,
            HEIGHT / 2 - height * MIDDLE[1] + 5 * math.cos(number / 2),
        ]
        frame = cv2.warpAffine(
            portrait, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        noise = rng.normal(4 * sway, 3, frame.shape)
        frames.append(np.clip(frame + noise, 0, 255).astype(np.uint8))
    return frames
