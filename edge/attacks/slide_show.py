"""Species `slide-show`: stills of one person on a device, one after the other, some with shut eyes.

The stills change as fast as a blink, so that shut eyes between open ones look like one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.attacks.screen import Replay
from edge.attacks.screen_replay import framed
from edge.attacks.source import Source
from edge.attacks.surroundings import face_scale
from edge.ports import Image

_OPEN_S = (0.5, 1.5)
_SHUT_S = (0.08, 0.25)
"""Least and most seconds that a still is shown."""


def slide_show(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """Open eyes, shut eyes, open eyes, in stills; BGR pictures of 640x480.

    Args:
        source: the stills are its frames.
        rng: which, how long each; device, hand and room.
        seconds: how long.
    """
    left, top, right, bottom = framed(source, float(rng.uniform(0.5, 1.0)))
    x, y, across, down = source.face(source.best).box
    device = Replay(
        rng,
        (right - left, bottom - top),
        anchor=(x + across / 2 - left, y + down / 2 - top),
        scale=face_scale(rng, across),
        room=source.images[0],
    )
    until, index = 0.0, source.best
    open_next = True
    for step in range(round(seconds * source.fps)):
        at = step / source.fps
        if at >= until:
            until = at + float(rng.uniform(*(_OPEN_S if open_next else _SHUT_S)))
            index = _still(source, rng, open_eyes=open_next)
            open_next = not open_next
        yield device.shown(source.images[index][top:bottom, left:right], at)


def _still(source: Source, rng: np.random.Generator, *, open_eyes: bool) -> int:
    """Shut eyes where the source has any; open ones mostly the best: the head keeps still."""
    if not open_eyes and source.shut:
        return int(rng.choice(source.shut))
    if open_eyes and rng.random() < 0.7:
        return source.best
    return int(rng.choice(source.seen))
