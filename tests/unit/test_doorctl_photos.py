"""Whatever people call a photo becomes one that the brain takes, or is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from doorctl.errors import PhotoRefused
from doorctl.photos import pictures_in, prepare
from faces import jpeg

ORIENTATION, MODEL = 0x0112, 0x0110


def noise(width: int, height: int) -> Image.Image:
    data = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return Image.fromarray(data)


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (1000, 5000), (640, 480)])
def test_a_photo_of_any_size_is_one_that_the_brain_takes(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "photo.jpg"
    noise(*size).save(file, quality=70, progressive=True)

    header = jpeg.check_header(prepare(file))

    assert abs(header.width / header.height - size[0] / size[1]) < 0.01


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "CMYK"])
def test_pictures_of_every_kind_become_colour(tmp_path: Path, mode: str) -> None:
    suffix = ".tif" if mode == "CMYK" else ".png"
    noise(64, 48).convert(mode).save(tmp_path / f"photo{suffix}")

    assert jpeg.check_header(prepare(tmp_path / f"photo{suffix}")).components == 3


def test_a_photo_is_turned_upright_and_loses_what_the_camera_wrote(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MODEL] = "Secret Camera"
    noise(64, 48).save(tmp_path / "photo.jpg", exif=exif, comment=b"a remark", xmp=b"<where/>")
    secrets = (b"Secret Camera", b"a remark", b"<where/>")
    assert all(secret in (tmp_path / "photo.jpg").read_bytes() for secret in secrets)

    photo = prepare(tmp_path / "photo.jpg")

    assert not any(secret in photo for secret in secrets)
    assert b"Exif" not in photo
    assert jpeg.check_header(photo).height == 64


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 no more", b"hello"])
def test_what_is_no_picture_is_refused_with_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "photo.jpg").write_bytes(data)

    with pytest.raises(PhotoRefused, match=r"photo\.jpg: "):
        prepare(tmp_path / "photo.jpg")


def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    noise(640, 480).save(tmp_path / "photo.png")
    whole = (tmp_path / "photo.png").read_bytes()
    (tmp_path / "photo.png").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(PhotoRefused, match="save it anew"):
        prepare(tmp_path / "photo.png")


def test_a_picture_of_too_many_pixels_is_not_opened(tmp_path: Path) -> None:
    Image.new("1", (20000, 5001)).save(tmp_path / "photo.png")

    with pytest.raises(PhotoRefused, match="save it smaller"):
        prepare(tmp_path / "photo.png")


def test_a_missing_file_and_a_folder_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused, match="no such file"):
        prepare(tmp_path / "none.jpg")
    with pytest.raises(PhotoRefused, match="a folder without pictures"):
        pictures_in(tmp_path)
