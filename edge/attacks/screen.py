"""What does a camera see of a picture that a phone, a tablet or a monitor shows?

The panel's stripes of red, green and blue are laid over the picture in the panel's own pixels and
sampled by the camera's: where the two grids nearly agree, moire comes of itself. Then black that
glows, another gamma, slow bars (the panel's rate against the camera's), a reflection, a bezel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.attacks.held import Floats, Hand, sources
from edge.attacks.surroundings import SIZE, behind, sensor
from edge.ports import Image

_PERIOD = 3
"""Texels of one pixel of the panel: its red, green and blue stripe."""

_TILE = 768
"""Side of the tile of stripes, a multiple of `_PERIOD`."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A device.

    Attributes:
        bezel: black around the picture, pixels of the picture.
        corner: radius of its corners, the same.
        pitch: pixels of the panel for a pixel of the picture.
        stripes: how plain the panel's stripes are, 0 to 1.
        gamma: of the display against the recording.
        glow: grey level of its black.
        bars: how plain the slow bars are, as a share of brightness.
        glare: brightness of a reflection, grey levels.
        blur: standard deviation of what display and lens take, pixels of the picture.
    """

    bezel: int
    corner: int
    pitch: float
    stripes: float
    gamma: float
    glow: float
    bars: float
    glare: float
    blur: float

    @classmethod
    def any_phone(cls, rng: np.random.Generator) -> Panel:
        """One of many."""
        return cls(
            bezel=int(rng.integers(8, 26)),
            corner=int(rng.integers(6, 26)),
            pitch=float(rng.uniform(0.9, 2.3)),
            stripes=float(rng.uniform(0.1, 0.4)),
            gamma=float(rng.uniform(0.8, 1.2)),
            glow=float(rng.uniform(6, 22)),
            bars=float(rng.uniform(0.0, 0.06)),
            glare=float(rng.uniform(0, 70)),
            blur=float(rng.uniform(0.4, 1.1)),
        )


class Replay:
    """Pictures of `size` shown by a device that a hand holds before the camera.

    Args of the constructor:
        rng: of device, hand and room.
        size: width and height of the pictures shown.
        anchor: place of the picture that the hand keeps in the frame's middle.
        scale: pixels of the frame for a pixel of the picture.
        room: whatever colours stand behind.
        panel: the device; any by default.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        size: tuple[int, int],
        *,
        anchor: tuple[float, float],
        scale: float,
        room: Image,
        panel: Panel | None = None,
    ) -> None:
        self._panel = panel or Panel.any_phone(rng)
        self._behind = behind(room, rng)
        self._sensor = sensor(rng)
        self._hand = Hand(rng, SIZE, scale, wave=float(rng.uniform(0.0, 0.25)))
        edge = self._panel.bezel + 2
        self._anchor = (anchor[0] + edge, anchor[1] + edge)
        self._edge = edge
        self._sheet = _device(size, self._panel)
        self._stripes = _stripes(self._panel.stripes)
        self._table = _display(self._panel, rng)
        self._bars = (float(rng.uniform(1, 4)), float(rng.uniform(0.3, 2.0)))
        self._glare = (rng.uniform(0.1, 0.9, 2) * size, float(rng.uniform(0.15, 0.5)) * size[0])

    def shown(self, picture: Image, seconds: float) -> Image:
        """What the camera sees while the device shows `picture`; a new picture of `SIZE`."""
        panel, edge = self._panel, self._edge
        height, width = picture.shape[:2]
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), panel.blur), dtype=np.uint8)
        self._sheet[edge : edge + height, edge : edge + width, :3] = cv2.LUT(soft, self._table)
        columns, rows = sources(SIZE, self._anchor, self._hand.at(seconds))
        seen = cv2.remap(self._sheet, columns, rows, cv2.INTER_LINEAR)
        bright = np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR), dtype=np.uint8)
        screen = self._through_panel(bright, columns, rows, seconds)
        seen[..., :3] = screen
        bare = cv2.bitwise_not(cv2.cvtColor(cv2.extractChannel(seen, 3), cv2.COLOR_GRAY2BGR))
        whole = cv2.add(screen, cv2.multiply(self._behind, bare, scale=1 / 255))
        return self._sensor.exposed(np.asarray(whole, dtype=np.uint8))

    def _through_panel(self, screen: Image, columns: Floats, rows: Floats, seconds: float) -> Image:
        grid = cv2.remap(
            self._stripes,
            columns * (self._panel.pitch * _PERIOD),
            rows * (self._panel.pitch * _PERIOD),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        striped = np.asarray(cv2.multiply(screen, grid, scale=1 / 200), dtype=np.uint8)
        return self._reflecting(self._barred(striped, seconds), columns, rows)

    def _barred(self, screen: Image, seconds: float) -> Image:
        count, speed = self._bars
        height, width = screen.shape[:2]
        phase = 2 * np.pi * (count * np.arange(height) / height + speed * seconds)
        gain = 200 * (1 + self._panel.bars * np.sin(phase))
        bars = np.ascontiguousarray(
            np.broadcast_to(gain[:, None, None], (height, width, 3)), dtype=np.uint8
        )
        return np.asarray(cv2.multiply(screen, bars, scale=1 / 200), dtype=np.uint8)

    def _reflecting(self, screen: Image, columns: Floats, rows: Floats) -> Image:
        # A lamp's reflection; it lies on the glass only roughly, which is enough for a soft one.
        (x, y), reach = self._glare
        off = ((columns[::8, ::8] - x) ** 2 + (rows[::8, ::8] - y) ** 2) / reach**2
        spot = (self._panel.glare * np.exp(-off)).astype(np.uint8)
        wide = cv2.resize(spot, (screen.shape[1], screen.shape[0]))
        inside = cv2.inRange(screen, np.array((1, 1, 1)), np.array((255, 255, 255)))
        return np.asarray(
            cv2.add(screen, cv2.cvtColor(cv2.bitwise_and(wide, inside), cv2.COLOR_GRAY2BGR)),
            dtype=np.uint8,
        )


def _device(size: tuple[int, int], panel: Panel) -> Image:
    """The device without its picture: BGRA, uint8, colours times alpha."""
    width, height = size
    edge = panel.bezel + 2
    shape = (height + 2 * edge, width + 2 * edge)
    body = np.zeros(shape, dtype=np.uint8)
    radius = panel.corner
    first, last = (2, 2), (shape[1] - 3, shape[0] - 3)
    cv2.rectangle(body, (first[0] + radius, first[1]), (last[0] - radius, last[1]), 255, -1)
    cv2.rectangle(body, (first[0], first[1] + radius), (last[0], last[1] - radius), 255, -1)
    for x in (first[0] + radius, last[0] - radius):
        for y in (first[1] + radius, last[1] - radius):
            cv2.circle(body, (x, y), radius, 255, -1, cv2.LINE_AA)
    sheet = np.zeros((*shape, 4), dtype=np.uint8)
    sheet[..., :3] = cv2.cvtColor(body, cv2.COLOR_GRAY2BGR) // 14
    sheet[..., 3] = body
    return sheet


def _stripes(contrast: float) -> Image:
    """A tile of the panel's stripes, 200 where all light passes."""
    tile = np.full((_TILE, _TILE, 3), 200 * (1 - contrast), dtype=np.float32)
    for channel, texel in enumerate((2, 1, 0)):
        tile[:, texel::_PERIOD, channel] = 200 * (1 + contrast)
    # Rows are parted too, but less.
    tile[0::_PERIOD] *= 1 - contrast / 2
    return np.asarray(np.clip(tile, 0, 255), dtype=np.uint8)


def _display(panel: Panel, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey levels as the display gives them, shape (256, 1, 3)."""
    levels = np.linspace(0, 1, 256)[:, None, None] ** panel.gamma
    tint = rng.uniform(0.92, 1.06, 3) * np.array([1.04, 1.0, 0.98])
    bright = float(rng.uniform(0.85, 1.08))
    table = panel.glow + (255 - panel.glow) * levels * tint * bright
    return np.asarray(np.clip(table, 0, 255), dtype=np.uint8)
