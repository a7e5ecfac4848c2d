"""Species `cut-out-eyes`: a printed face as a mask, with living eyes behind its holes.

The mask is flat and turns with the head that wears it, as a flat sheet does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from edge.adapters.portrait_motion import Wave
from edge.attacks.eye_region import EyeLine, steady
from edge.attacks.held import Hold, sources
from edge.attacks.paper import printed
from edge.attacks.source import Source
from edge.attacks.surroundings import sensor
from edge.ports import Image

_HOLE = (0.34, 0.19)
"""Half width and half height of a hole, in distances between the eyes: a slit and some skin."""


def cut_out_eyes(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """The best frame in print before the face of the moving person, who looks through two holes.

    Args:
        source: both the photo and the living eyes.
        rng: of print, fit and slipping.
        seconds: how long.

    Returns:
        BGR pictures of the source's size.
    """
    face = source.face(source.best)
    line = EyeLine.of(face)
    mask, alpha = _mask(source, rng, line)
    holds = _worn(source, line)
    larger = float(rng.uniform(1.0, 1.08))
    slips = [Wave(rng, 0.04, float(rng.uniform(1.5, 4))) for _ in range(2)]
    noise = sensor(rng, source.size)
    for step, index in enumerate(source.played(round(seconds * source.fps))):
        slip = [wave.at(step / source.fps) for wave in slips]
        apart = line.distance * holds[index].scale
        hold = replace(
            holds[index],
            x=holds[index].x + slip[0] * apart,
            y=holds[index].y + slip[1] * apart,
            scale=holds[index].scale * larger,
        )
        columns, rows = sources(source.size, (line.x, line.y), hold)
        worn = cv2.remap(mask, columns, rows, cv2.INTER_LINEAR)
        over = cv2.remap(alpha, columns, rows, cv2.INTER_LINEAR)
        share = over[..., None].astype(np.float32) / 255
        picture = source.images[index] * (1 - share) + worn * share
        yield noise.exposed(picture.astype(np.uint8))


def _worn(source: Source, line: EyeLine) -> list[Hold]:
    """How the head holds the mask in each frame: eyes over eyes, turned as the head is."""
    everywhere = range(len(source.images))
    lines = steady([EyeLine.of(source.face(index)) for index in everywhere])
    best = source.face(source.best)
    turns = np.array([(source.face(i).yaw, source.face(i).pitch) for i in everywhere])
    # A detector's turns jitter more than a head does.
    turns = cv2.blur(turns, (1, 9)) - (best.yaw, best.pitch)
    return [
        Hold(
            x=one.x,
            y=one.y,
            # Turned eyes are nearer to each other than they are.
            scale=one.distance / line.distance / float(np.cos(yaw)),
            yaw=-float(yaw),
            pitch=-float(pitch),
            roll=one.angle - line.angle,
        )
        for one, (yaw, pitch) in zip(lines, np.clip(turns, -0.8, 0.8), strict=True)
    ]


def _mask(source: Source, rng: np.random.Generator, line: EyeLine) -> tuple[Image, Image]:
    """The print, and where there is paper (uint8, 255 there), both in pixels of the best frame."""
    x, y, across, down = source.face(source.best).box
    mask = printed(source.images[source.best], rng)
    alpha = np.zeros(mask.shape[:2], dtype=np.uint8)
    middle = (round(x + across / 2), round(y + 0.46 * down))
    if rng.random() < 0.5:
        # Cut along the face.
        cv2.ellipse(alpha, middle, (round(0.6 * across), round(0.68 * down)), 0, 0, 360, 255, -1)
    else:
        spare = float(rng.uniform(0.15, 0.4))
        first = (round(x - spare * across), round(y - spare * down))
        last = (round(x + across * (1 + spare)), round(y + down * (1 + spare)))
        cv2.rectangle(alpha, first, last, 255, -1)
        cv2.rectangle(mask, first, last, (225, 232, 235), max(2, round(0.03 * across)))
    loose = float(rng.uniform(0.9, 1.25))
    width, height = (round(loose * share * line.distance) for share in _HOLE)
    degrees = float(np.degrees(line.angle))
    for eye in line.eyes:
        where = (round(eye[0]), round(eye[1]))
        # The paper's edge, and its shadow on the skin behind.
        cv2.ellipse(alpha, where, (width, height), degrees, 0, 360, 0, -1, cv2.LINE_AA)
        cv2.ellipse(mask, where, (width + 1, height + 1), degrees, 0, 360, (90, 95, 98), 2)
    return mask, np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.7), dtype=np.uint8)
