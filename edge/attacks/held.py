"""What does a camera see of something flat, or bent a little, that a hand holds up?

A pinhole camera and a sheet: z = bend / 2 * x^2 in the sheet's own coordinates. Each pixel's ray is
met with the sheet, for every eighth pixel, and filled in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters.portrait_motion import Wave
from edge.ports import Image

Floats = NDArray[np.float32]

_COARSE = 8
_FOCAL = 1.2
"""Focal length as a share of the picture's width: a common webcam's 45 degrees."""


@dataclass(frozen=True, slots=True)
class Hold:
    """How a hand holds a sheet at one moment.

    Attributes:
        x: where the sheet's anchor is seen, pixels of the frame.
        y: the same, downwards.
        scale: pixels of the frame for a pixel of the sheet.
        yaw: turn about the vertical in radians.
        pitch: about the horizontal.
        roll: in the picture's plane.
        bend: curvature, one over pixels of the sheet; positive bulges towards the camera.
    """

    x: float
    y: float
    scale: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    bend: float = 0.0


class Hand:
    """A hand that holds, drifts, trembles and, where it waves, turns what it holds.

    Args of the constructor:
        rng: another one moves otherwise.
        size: width and height of the frame.
        scale: pixels of the frame for a pixel of the sheet, on average.
        wave: how much it turns the sheet, 0 to 1.
        bend: curvature of the sheet, one over pixels of the sheet.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        size: tuple[int, int],
        scale: float,
        *,
        wave: float,
        bend: float = 0.0,
    ) -> None:
        self._size, self._scale, self._bend = size, scale, bend
        unit = size[1] / 480
        self._x = Wave(rng, unit * (6 + 30 * wave), float(rng.uniform(2.5, 5)))
        self._y = Wave(rng, unit * (5 + 14 * wave), float(rng.uniform(2.5, 5)))
        self._tremor = (Wave(rng, 0.9 * unit, 0.19), Wave(rng, 0.9 * unit, 0.23))
        self._near = Wave(rng, 0.02 + 0.06 * wave, float(rng.uniform(3, 6)))
        self._yaw = Wave(rng, 0.05 + 0.45 * wave, float(rng.uniform(2, 5)))
        self._pitch = Wave(rng, 0.04 + 0.25 * wave, float(rng.uniform(2, 5)))
        self._roll = Wave(rng, 0.02 + 0.12 * wave, float(rng.uniform(2, 5)))

    def at(self, seconds: float) -> Hold:
        """How it holds the sheet at a time."""
        tremor_x, tremor_y = (wave.at(seconds) for wave in self._tremor)
        return Hold(
            x=self._size[0] / 2 + self._x.at(seconds) + tremor_x,
            y=self._size[1] / 2 + self._y.at(seconds) + tremor_y,
            scale=self._scale * (1 + self._near.at(seconds)),
            yaw=self._yaw.at(seconds),
            pitch=self._pitch.at(seconds),
            roll=self._roll.at(seconds),
            bend=self._bend,
        )


def sources(
    size: tuple[int, int], anchor: tuple[float, float], hold: Hold
) -> tuple[Floats, Floats]:
    """Which place of the sheet each pixel of the frame shows.

    Args:
        size: width and height of the frame.
        anchor: the place of the sheet that the hand moves, pixels of the sheet.
        hold: how it is held.

    Returns:
        Column and row of the sheet, each float32 of shape (height, width).
    """
    width, height = size
    focal = _FOCAL * width
    across = (np.arange(-(-width // _COARSE), dtype=np.float64) + 0.5) * _COARSE - 0.5
    down = (np.arange(-(-height // _COARSE), dtype=np.float64) + 0.5) * _COARSE - 0.5
    columns, rows = np.meshgrid(across, down)
    # In pixels of the sheet: at scale s the sheet is focal / s away.
    away = focal / hold.scale
    rays = np.stack(
        [(columns - width / 2) / focal, (rows - height / 2) / focal, np.ones_like(columns)], -1
    )
    origin = -away * np.array(
        [(hold.x - width / 2) / focal, (hold.y - height / 2) / focal, 1.0], dtype=np.float64
    )
    turned = _rotation(hold)
    rays, origin = rays @ turned, origin @ turned
    # The sheet bulges towards the camera, which looks along +z: z = bend / 2 * x^2.
    a = hold.bend / 2 * rays[..., 0] ** 2
    b = hold.bend * origin[0] * rays[..., 0] - rays[..., 2]
    c = hold.bend / 2 * origin[0] ** 2 - origin[2]
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0))
    # The nearer meeting, written so that a flat sheet (a = 0) divides by no zero.
    reach = 2 * c / (-b + root)
    x = origin[0] + reach * rays[..., 0]
    y = origin[1] + reach * rays[..., 1]
    # Paper keeps its length along the bend.
    x = x * (1 + hold.bend**2 * x * x / 6)
    whole = (across.size * _COARSE, down.size * _COARSE)
    column = cv2.resize((x + anchor[0]).astype(np.float32), whole)[:height, :width]
    row = cv2.resize((y + anchor[1]).astype(np.float32), whole)[:height, :width]
    return np.asarray(column, dtype=np.float32), np.asarray(row, dtype=np.float32)


def before(background: Image, sheet: Image, columns: Floats, rows: Floats) -> Image:
    """A sheet before a background.

    Args:
        background: BGR, uint8.
        sheet: BGRA, uint8, colours already times alpha.
        columns: what each pixel shows of the sheet.
        rows: the same, downwards.

    Returns:
        A new picture of the shape of `background`.
    """
    seen = cv2.remap(sheet, columns, rows, cv2.INTER_LINEAR)
    bare = cv2.bitwise_not(cv2.cvtColor(cv2.extractChannel(seen, 3), cv2.COLOR_GRAY2BGR))
    behind = cv2.multiply(background, bare, scale=1 / 255)
    return np.asarray(cv2.add(cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR), behind), dtype=np.uint8)


def _rotation(hold: Hold) -> NDArray[np.float64]:
    turn, _ = cv2.Rodrigues(np.array([0.0, hold.yaw, 0.0]))
    nod, _ = cv2.Rodrigues(np.array([hold.pitch, 0.0, 0.0]))
    tilt, _ = cv2.Rodrigues(np.array([0.0, 0.0, hold.roll]))
    return np.asarray(tilt @ nod @ turn, dtype=np.float64)
