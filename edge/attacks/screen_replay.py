"""Species `screen-replay`: the clip on a device that a hand holds before the camera."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.attacks.screen import Replay
from edge.attacks.source import Source
from edge.attacks.surroundings import face_scale
from edge.ports import Image


def screen_replay(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """The clip with its blinks, seen again through a panel; BGR pictures of 640x480.

    Args:
        source: what is shown.
        rng: of device, hand and room.
        seconds: how long.
    """
    left, top, right, bottom = framed(source, float(rng.uniform(0.5, 1.2)))
    x, y, across, down = source.face(source.best).box
    device = Replay(
        rng,
        (right - left, bottom - top),
        anchor=(x + across / 2 - left, y + down / 2 - top),
        scale=face_scale(rng, across),
        room=source.images[0],
    )
    for step, index in enumerate(source.played(round(seconds * source.fps))):
        yield device.shown(source.images[index][top:bottom, left:right], step / source.fps)


def framed(source: Source, spare: float) -> tuple[int, int, int, int]:
    """What of the pictures a device shows: the face with `spare` faces on each side.

    Returns:
        Left, top, right, bottom, pixels.
    """
    width, height = source.size
    x, y, across, down = source.face(source.best).box
    return (
        max(0, round(x - spare * across)),
        max(0, round(y - spare * down)),
        min(width, round(x + across * (1 + spare))),
        min(height, round(y + down * (1 + spare))),
    )
