"""Photos as phones make them, of painted plates instead of people."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from story.people import SIDE, look

MAKER = 0x010F


def photo(
    *numbers: int, size: tuple[int, int] = (640, 480), kind: str = "JPEG", moment: int = 0
) -> bytes:
    """A photo of so many people beside one another, or of nobody.

    Args:
        numbers: whose plates.
        size: width and height, pixels.
        kind: of picture, as Pillow calls it.
        moment: no two moments look the same.
    """
    file = io.BytesIO()
    how: dict[str, Any] = {"quality": 90}
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[MAKER] = "Painted Phone"
    picture(*numbers, size=size, moment=moment).save(file, kind, exif=exif, **how)
    return file.getvalue()


def picture(*numbers: int, size: tuple[int, int] = (640, 480), moment: int = 0) -> Image.Image:
    """The same, not packed."""
    width, height = size
    scale = max(1, min(width // 320, height // 240))
    pixels = np.full((height, width, 3), 120, np.uint8)
    for place, number in enumerate(numbers):
        plate = np.kron(look(number, moment), np.ones((scale, scale, 1), np.uint8))[:, :, ::-1]
        left, top = (20 + place * (SIDE + 20)) * scale, 50 * scale
        pixels[top : top + plate.shape[0], left : left + plate.shape[1]] = plate
    return Image.fromarray(pixels)


def film(path: Path, number: int, frames: int = 30) -> Path:
    """What a camera sees while somebody stands before it, as Motion JPEG for Chromium."""
    with path.open("wb") as file:
        for moment in range(frames):
            file.write(photo(number, moment=moment))
    return path
