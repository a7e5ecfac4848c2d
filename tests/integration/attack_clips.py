"""Clips for tests of attacks without anybody's recordings: portraits that the demo animates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.adapters.portrait import AnimatedPortrait
from edge.adapters.portrait_cutout import Cutter
from edge.adapters.portrait_motion import APPROACH_S, Blinking, Standing
from edge.adapters.room import Sensor, empty_room
from edge.ports import Image
from faces import models

SIZE = (640, 480)
FPS = 25.0

MODELS = ("yunet", "sface", "landmarks68", "obama.jpg", "biden.jpg", "obama3.jpg")
MISSING = next((why for name in MODELS if (why := models.problem(name))), None)


def animated(portrait: str, seconds: float, seed: int = 1) -> Iterator[Image]:
    """Somebody who stands there already, moves a little and blinks every two seconds."""
    cutter = Cutter()
    cutter.start()
    figure = AnimatedPortrait(cutter.cut(models.path(portrait)))
    standing, blinking = Standing(seed, SIZE, still=False), Blinking(seed, 2.0)
    room, sensor = empty_room(SIZE), Sensor(SIZE, seed)
    for step in range(round(seconds * FPS)):
        at = APPROACH_S + step / FPS
        yield sensor.exposed(figure.draw(room, standing.pose(at), blinking.closed(at)))


def write(path: Path, images: Iterator[Image]) -> None:
    """As a video file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file: cv2.VideoWriter | None = None
    for image in images:
        if file is None:
            height, width = image.shape[:2]
            code = cv2.VideoWriter.fourcc(*"mp4v")
            file = cv2.VideoWriter(str(path), code, FPS, (width, height))
        file.write(np.ascontiguousarray(image))
    assert file is not None
    file.release()
