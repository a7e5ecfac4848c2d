"""Species `frozen-eyes`: a moving head whose eyes are always those of one frame.

What a cheap face animation makes: everything lives but the lids.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from edge.attacks.eye_region import EyeLine, placed, regions, steady
from edge.attacks.source import Source
from edge.attacks.surroundings import sensor
from edge.ports import Image

_REGION = (0.42, 0.26, 0.05)
"""Half width, half height and softness of what is replaced, in distances between the eyes."""


def frozen_eyes(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """The clip, the best frame's eyes moved along with the head.

    Args:
        source: who.
        rng: where it begins, and the camera's noise.
        seconds: how long.

    Returns:
        BGR pictures of the source's size.
    """
    line = EyeLine.of(source.face(source.best))
    photo = source.images[source.best]
    mask = regions(line, photo.shape[:2], *_REGION)
    lines = steady([EyeLine.of(source.face(index)) for index in range(len(source.images))])
    noise = sensor(rng, source.size)
    first = int(rng.integers(len(source.images)))
    for index in source.played(round(seconds * source.fps), first):
        place = placed(line, lines[index])
        eyes = cv2.warpAffine(photo, place, source.size, flags=cv2.INTER_LINEAR)
        over = cv2.warpAffine(mask, place, source.size, flags=cv2.INTER_LINEAR)
        share = over[..., None].astype(np.float32) / 255
        picture = source.images[index] * (1 - share) + eyes * share
        yield noise.exposed(picture.astype(np.uint8))
