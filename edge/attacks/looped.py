"""Species `looped`: a second or two of a clip again and again, on a good screen.

The screen fills the picture: no bezel shows, and the panel's stripes hardly do. Where the clip
blinks, so does the loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edge.attacks.screen import Panel, Replay
from edge.attacks.source import Source
from edge.attacks.surroundings import SIZE
from edge.ports import Image

_LASTS_S = (0.8, 2.0)
"""Least and most seconds of a loop."""


def looped(source: Source, rng: np.random.Generator, seconds: float) -> Iterator[Image]:
    """A short piece, played again from its beginning each time; BGR pictures of 640x480.

    Args:
        source: the piece is taken around its first blink, if it has one.
        rng: which piece; screen and hand.
        seconds: how long.
    """
    width, height = source.size
    piece = _piece(source, rng)
    panel = replace(
        Panel.any_phone(rng),
        bezel=2,
        corner=2,
        pitch=float(rng.uniform(2.4, 4.5)),
        stripes=float(rng.uniform(0.02, 0.12)),
        bars=float(rng.uniform(0, 0.02)),
        glare=float(rng.uniform(0, 20)),
        blur=float(rng.uniform(0.3, 0.6)),
    )
    x, y, across, down = source.face(source.best).box
    # So large that the screen's own edge stays outside, whatever the hand does.
    fills = 1.15 * max(SIZE[0] / width, SIZE[1] / height)
    anchor = _inside((x + across / 2, y + down / 2), source.size, fills)
    device = Replay(
        rng, source.size, anchor=anchor, scale=fills, room=source.images[0], panel=panel
    )
    for step in range(round(seconds * source.fps)):
        yield device.shown(source.images[piece[step % len(piece)]], step / source.fps)


def _piece(source: Source, rng: np.random.Generator) -> range:
    length = min(len(source.images), round(float(rng.uniform(*_LASTS_S)) * source.fps))
    middle = source.shut[0] if source.shut else int(rng.integers(len(source.images)))
    first = min(max(0, middle - length // 2), len(source.images) - length)
    return range(first, first + length)


def _inside(
    wanted: tuple[float, float], size: tuple[int, int], scale: float
) -> tuple[float, float]:
    """The place nearest to `wanted` that, in the frame's middle, brings no edge into view."""
    x, y = (
        float(np.clip(at, half, whole - half)) if 2 * half < whole else whole / 2
        for at, whole, half in (
            (wanted[0], size[0], SIZE[0] / 2 / scale),
            (wanted[1], size[1], SIZE[1] / 2 / scale),
        )
    )
    return x, y
