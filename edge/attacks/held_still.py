"""Species `held-still`: somebody holds up a printed photo and waves it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from edge.attacks.held import Hand, before, sources
from edge.attacks.paper import lit, printed, sheet
from edge.attacks.source import Source
from edge.attacks.surroundings import SIZE, behind, face_scale, sensor
from edge.ports import Image


def held_still(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """One photo, flat or bent, drifting, turning and trembling; BGR pictures of 640x480.

    Args:
        source: the photo is its best frame.
        rng: of hand, print and light.
        seconds: how long.
    """
    photo, anchor, width = cut_photo(source, source.best, rng)
    margin = int(rng.integers(0, 16))
    held = sheet(printed(photo, rng), margin)
    at = (anchor[0] + margin + 2, anchor[1] + margin + 2)
    # Every third one bends it, which no flat picture's rule sees at once.
    bend = float(rng.uniform(0.6, 1.6)) / photo.shape[1] if rng.random() < 1 / 3 else 0.0
    hand = Hand(
        rng, SIZE, face_scale(rng, width), wave=float(rng.choice([0.1, 0.5, 1.0])), bend=bend
    )
    room, noise = behind(source.images[0], rng), sensor(rng)
    slope = float(rng.uniform(-0.15, 0.15))
    for step in range(round(seconds * source.fps)):
        hold = hand.at(step / source.fps)
        columns, rows = sources(SIZE, at, hold)
        # What turns towards the lamp gets brighter.
        light = lit(SIZE, slope, 0.12 * hold.yaw - 0.1 * abs(hold.pitch))
        picture = before(room, held, columns, rows)
        inside = cv2.multiply(picture, light, scale=1 / 200)
        yield noise.exposed(np.asarray(inside, dtype=np.uint8))


def cut_photo(
    source: Source, index: int, rng: np.random.Generator
) -> tuple[Image, tuple[float, float], float]:
    """What of a frame is printed: the face with more or less around it.

    Returns:
        The part, BGR; the face's centre in it; the face's width, pixels.
    """
    image, face = source.images[index], source.face(index)
    height, width = image.shape[:2]
    x, y, across, down = face.box
    spare = float(rng.uniform(0.35, 1.2))
    left, top = max(0, round(x - spare * across)), max(0, round(y - spare * down))
    right = min(width, round(x + across * (1 + spare)))
    bottom = min(height, round(y + down * (1 + spare)))
    part = np.ascontiguousarray(image[top:bottom, left:right])
    return part, (x + across / 2 - left, y + down / 2 - top), across
