"""Whatever a phone sends becomes a photo that the brain takes, or is refused in words."""

from __future__ import annotations

import asyncio
import io
import struct
import sys
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from console.photos.darkroom import Darkroom, PhotoUseless
from faces import jpeg

ORIENTATION, MAKER = 0x0112, 0x010F
GPS = 0x8825


def ready(*files: bytes, room: Darkroom | None = None) -> list[bytes | str]:
    """What becomes of files, one after the other: a JPEG, or why not."""

    async def all_of_them() -> list[bytes | str]:
        darkroom = room or Darkroom()
        try:
            return [await one(darkroom, file) for file in files]
        finally:
            await darkroom.stop()

    async def one(darkroom: Darkroom, file: bytes) -> bytes | str:
        try:
            return await darkroom.ready(file)
        except PhotoUseless as error:
            return str(error)

    return asyncio.run(all_of_them())


def plate(width: int, height: int) -> Image.Image:
    """A painted plate, no person: a gradient with a dark upper left corner."""
    wide = np.linspace(40, 215, width, dtype=np.uint8)
    picture = np.repeat(np.repeat(wide[None, :, None], height, 0), 3, 2)
    picture[: height // 4, : width // 4] = 0
    return Image.fromarray(picture)


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def test_photos_of_30_megapixels_become_small_enough() -> None:
    pillow_heif.register_heif_opener()
    large = plate(6500, 4700)

    made = ready(saved(large, "JPEG", quality=80), saved(large, "HEIF", quality=40))

    for one in made:
        assert isinstance(one, bytes), one
        header = jpeg.check_header(one)
        assert (header.width, header.height) == (1494, 1080)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_turned_upright_and_tells_nothing_of_its_camera(kind: str) -> None:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKER] = "Secret Maker"
    exif[GPS] = {1: "N", 2: (52.0, 30.0, 0.0)}
    file = saved(plate(640, 480), kind, exif=exif)
    assert b"Secret Maker" in file

    (made,) = ready(file)

    assert isinstance(made, bytes), made
    assert b"Secret Maker" not in made
    assert b"Exif" not in made
    if kind == "HEIF":
        return  # there a property of the picture turns it, whatever Exif says, and none here does
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.size == (480, 640)
        # Turned by a quarter: what was dark at the upper left is so at the upper right.
        pixels = np.asarray(picture)
    assert pixels[20, 460].max() < 60
    assert pixels[20, 20].min() > 20


def claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_what_is_no_photo_is_refused_and_the_next_one_made() -> None:
    good = saved(plate(640, 480), "JPEG")
    bad = [b"", b"hello", good[: len(good) // 2], claiming(30_000, 30_000), b"%!PS-Adobe-3.0 EPSF"]

    *refused, made = ready(*bad, good)

    assert all(isinstance(one, str) for one in refused), refused
    assert "30000" in str(refused[3]) or "900000000 pixels" in str(refused[3])
    assert isinstance(made, bytes)


def test_a_photo_that_needs_too_much_memory_is_refused_and_the_next_one_made() -> None:
    good = saved(plate(640, 480), "JPEG")
    # 63 million pixels of four bytes each, turned, and made RGB: more than the process may have.
    heavy = saved(Image.new("RGBA", (9000, 7000)), "PNG", exif=_turned())

    refused, made = ready(heavy, good)

    assert isinstance(refused, str) or len(refused) < 1_000_000
    assert isinstance(made, bytes)


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return exif


HANGS = "import sys, time; sys.stdin.buffer.read(4); time.sleep(60)"
DIES = "import sys; sys.stdin.buffer.read(4)"
RAVES = "import sys; sys.stdin.buffer.read(4); sys.stdout.write('nonsense!'); sys.stdout.flush()"


@pytest.mark.parametrize("child", [HANGS, DIES, RAVES])
def test_a_process_that_hangs_dies_or_raves_is_replaced(
    child: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.photos.darkroom.START_S", 0.5)
    room = Darkroom((sys.executable, "-c", child), longest_s=0.5)

    made = ready(b"one", b"two", room=room)

    assert made == ["cannot be decoded; save it anew as JPEG"] * 2
    assert room.replaced == 2


def test_whoever_leaves_while_a_photo_is_made_spoils_nobody_elses() -> None:
    async def leave() -> bytes:
        room = Darkroom()
        try:
            left = asyncio.create_task(room.ready(saved(plate(4000, 3000), "PNG")))
            await asyncio.sleep(0.05)
            left.cancel()
            return await room.ready(saved(plate(64, 48), "JPEG"))
        finally:
            await room.stop()

    made = asyncio.run(leave())

    assert jpeg.check_header(made).width == 64
