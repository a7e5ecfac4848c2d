"""A drawn person for tests of attacks, so that what an attack shows can be measured."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from edge_sightings import face

from edge.attacks.source import Source
from edge.core.sighting import Face
from edge.ports import Image

SIZE = (320, 240)
SKIN = (130, 160, 200)
OPEN, SHUT = 0.3, 0.1
POINTS = ((130.0, 100.0), (190.0, 100.0), (160.0, 130.0), (140.0, 160.0), (180.0, 160.0))
BOX = (100.0, 50.0, 120.0, 144.0)
EYES = tuple((round(x), round(y)) for x, y in POINTS[:2])
MOUTH = (160, 160)


def drawn(*, shut: bool, mouth: int, shade: int = 0) -> Image:
    """A face whose eyes are white or, shut, skin; whose mouth has a height."""
    width, height = SIZE
    image = np.full((height, width, 3), (90 + shade, 110, 100), dtype=np.uint8)
    image += np.arange(width, dtype=np.uint8)[None, :, None] // 16
    cv2.ellipse(image, (160, 122), (60, 72), 0, 0, 360, SKIN, -1)
    for eye in EYES:
        cv2.ellipse(image, eye, (13, 6), 0, 0, 360, SKIN if shut else (250, 250, 250), -1)
    cv2.ellipse(image, MOUTH, (20, mouth), 0, 0, 360, (40, 40, 150), -1)
    return image


def seen(*, shut: bool, index: int) -> Face:
    measured = face(ear=SHUT if shut else OPEN, sharpness=100.0 + index * 0.01)
    return replace(measured, box=BOX, points=POINTS)


def person(
    frames: int = 60, *, shut: tuple[int, ...] = (29, 30, 31), fps: float = 30.0, shade: int = 0
) -> Source:
    """A still head whose mouth moves, and whose eyes are shut in some frames."""
    return Source(
        name="drawn",
        fps=fps,
        images=[
            drawn(shut=index in shut, mouth=2 + index % 12, shade=shade) for index in range(frames)
        ],
        faces=[seen(shut=index in shut, index=index) for index in range(frames)],
    )


def grey(image: Image, where: tuple[int, int], half: int = 4) -> float:
    """Mean grey level around a place."""
    x, y = where
    return float(image[y - half : y + half + 1, x - half : x + half + 1].mean())
