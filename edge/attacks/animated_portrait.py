"""Species `animated-portrait`: a still brought to life by the demo's own animator.

It turns its head in a rough third dimension, sways and blinks, as if the animation itself stood
before the camera: no panel, no paper. A good animation on a very good screen comes near it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.adapters.portrait import AnimatedPortrait
from edge.adapters.portrait_cutout import Cutout, Cutter
from edge.adapters.portrait_motion import Blinking, Standing
from edge.adapters.room import empty_room
from edge.attacks.source import Source
from edge.attacks.surroundings import SIZE, sensor
from edge.ports import Image


def animated_portrait(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """The best frame, animated before an empty room; BGR pictures of 640x480.

    Args:
        source: the portrait is its best frame.
        rng: of movement and blinks.
        seconds: how long.
    """
    seed = int(rng.integers(1 << 31))
    figure = AnimatedPortrait(_cutout(source))
    standing, blinking = Standing(seed, SIZE, still=False), Blinking(seed)
    room, noise = empty_room(SIZE), sensor(rng)
    for step in range(round(seconds * source.fps)):
        at = step / source.fps
        yield noise.exposed(figure.draw(room, standing.pose(at), blinking.closed(at)))


def _cutout(source: Source) -> Cutout:
    cutter = Cutter()
    cutter.start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "portrait.png"
        cv2.imwrite(str(path), source.images[source.best])
        return cutter.cut(path)
