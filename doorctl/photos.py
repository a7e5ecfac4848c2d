"""How does a file of somebody's become a photo that the brain takes?

Upright, small enough, a baseline JPEG, and without what cameras write into files besides: where it
was taken, when, with which device. The one module that knows Pillow.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from doorctl.errors import PhotoRefused

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""Kinds of files that are looked for in a folder."""

FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
"""Kinds of pictures that are decoded: Pillow knows many more, and each is one more decoder."""

LONG_SIDE, SHORT_SIDE = 1600, 1080
"""Most pixels of the sides; a face that fills a tenth of them is large enough."""

MOST_PIXELS = 100_000_000
"""Of a file that is opened at all; phones make up to 50 or 60 millions in one picture."""

MOST_BYTES = 900_000
"""Of what is sent; with its head it must fit a message."""

QUALITIES = (92, 85, 75, 60)


def prepare(file: Path) -> bytes:
    """Read a photo and make it one that the brain takes.

    Raises:
        PhotoRefused: there is no picture in it; says what to do.
    """
    return prepare_from(file, str(file))


def prepare_from(
    source: Path | BinaryIO,
    name: str,
    *,
    formats: tuple[str, ...] = FORMATS,
    most_pixels: int = MOST_PIXELS,
) -> bytes:
    """Make one that the brain takes of a file, or of what was read already.

    Args:
        source: the file, or its content.
        name: how people call it.
        formats: kinds of pictures, as Pillow names them.
        most_pixels: of one that is opened at all.

    Raises:
        PhotoRefused: there is no picture in it; says what to do.
    """
    picture = _upright(source, name, formats, most_pixels)
    wide = picture.width >= picture.height
    picture.thumbnail((LONG_SIDE, SHORT_SIDE) if wide else (SHORT_SIDE, LONG_SIDE))
    picture.info.clear()  # Pillow writes comments and XMP, and with it places, into what it saves
    for quality in QUALITIES:
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality)
        if target.tell() <= MOST_BYTES:
            return target.getvalue()
    raise PhotoRefused(f"{name}: stays too large at any quality; save it smaller")


def pictures_in(path: Path) -> list[Path]:
    """The file itself, or every picture in a folder, by name. Raises `PhotoRefused` for none."""
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
    if not found:
        raise PhotoRefused(f"{path}: a folder without pictures ({', '.join(sorted(SUFFIXES))})")
    return found


def _upright(
    source: Path | BinaryIO, name: str, formats: tuple[str, ...], most_pixels: int
) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a damaged Exif part, which is thrown away
            with Image.open(source, formats=formats) as opened:
                pixels = opened.width * opened.height
                if pixels <= most_pixels:
                    # A JPEG need not be decoded in full to become small.
                    opened.draft("RGB", (2 * LONG_SIDE, 2 * LONG_SIDE))
                    return ImageOps.exif_transpose(opened).convert("RGB")
    except UnidentifiedImageError:
        raise PhotoRefused(
            f"{name}: not a picture that can be read; save it as JPEG or PNG"
        ) from None
    except FileNotFoundError:
        raise PhotoRefused(f"{name}: no such file") from None
    except Exception as error:  # noqa: BLE001  # decoders throw whatever a damaged file makes them
        what = getattr(error, "strerror", None) or type(error).__name__
        raise PhotoRefused(f"{name}: cannot be read ({what}); save it anew as JPEG") from None
    raise PhotoRefused(f"{name}: {pixels} pixels; save it smaller")
