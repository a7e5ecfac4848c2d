"""JPEG: what is taken, what is refused and why, and that no damage does harm."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces import jpeg
from faces.errors import JpegError, JpegFault
from faces.picture import Image


def made_picture(width: int = 160, height: int = 120) -> Image:
    noise = np.random.default_rng(7).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), dtype=np.uint8)


PICTURE = jpeg.encode(made_picture())
SOF = PICTURE.index(b"\xff\xc0")
SOS = PICTURE.index(b"\xff\xda")


def with_size(width: int, height: int) -> bytes:
    return PICTURE[: SOF + 5] + struct.pack(">HH", height, width) + PICTURE[SOF + 9 :]


def without_tables(marker: int) -> bytes:
    data = PICTURE
    while (at := data.find(bytes([0xFF, marker]), 2, data.index(b"\xff\xda"))) >= 0:
        (length,) = struct.unpack_from(">H", data, at + 2)
        data = data[:at] + data[at + 2 + length :]
    return data


def reason(data: bytes, limits: jpeg.Limits = jpeg.DEFAULT_LIMITS) -> JpegFault:
    with pytest.raises(JpegError) as caught:
        jpeg.check_header(data, limits)
    return caught.value.reason


def test_what_encode_writes_decode_takes() -> None:
    image = made_picture()

    decoded = jpeg.decode(jpeg.encode(image))

    assert decoded.shape == image.shape
    assert np.abs(decoded.astype(int) - image.astype(int)).mean() < 3


def test_the_header_tells_width_and_height_in_that_order() -> None:
    assert jpeg.check_header(PICTURE) == jpeg.Header(width=160, height=120, components=3)


def test_a_grey_picture_comes_out_with_three_channels() -> None:
    done, data = cv2.imencode(".jpg", made_picture()[:, :, 0])
    assert done

    header, image = jpeg.check_header(data.tobytes()), jpeg.decode(data.tobytes())

    assert header.components == 1
    assert image.shape == (120, 160, 3)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920)])
def test_1080p_is_taken_lying_and_standing(width: int, height: int) -> None:
    assert jpeg.check_header(with_size(width, height)).width == width


@pytest.mark.parametrize(
    ("width", "height"), [(30000, 30000), (1921, 1080), (1920, 1081), (65535, 16)]
)
def test_a_larger_claim_is_refused_before_anything_is_decoded(width: int, height: int) -> None:
    assert reason(with_size(width, height)) is JpegFault.TOO_LARGE


def test_limits_are_the_callers() -> None:
    assert reason(PICTURE, jpeg.Limits(max_long_side=159)) is JpegFault.TOO_LARGE
    assert reason(PICTURE, jpeg.Limits(max_short_side=119)) is JpegFault.TOO_LARGE
    assert reason(PICTURE, jpeg.Limits(min_side=121)) is JpegFault.TOO_SMALL
    assert reason(PICTURE, jpeg.Limits(max_bytes=len(PICTURE) - 1)) is JpegFault.TOO_MANY_BYTES


def test_an_empty_picture_is_refused() -> None:
    assert reason(b"") is JpegFault.EMPTY


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp"])
def test_another_format_is_refused(suffix: str) -> None:
    done, data = cv2.imencode(suffix, made_picture())
    assert done

    assert reason(data.tobytes()) is JpegFault.NOT_JPEG


def test_a_progressive_picture_is_refused() -> None:
    done, data = cv2.imencode(".jpg", made_picture(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert done

    assert reason(data.tobytes()) is JpegFault.PROGRESSIVE


@pytest.mark.parametrize("marker", [0xC1, 0xC3, 0xC5, 0xC9, 0xCF])
def test_other_coding_processes_are_refused(marker: int) -> None:
    data = bytearray(PICTURE)
    data[SOF + 1] = marker

    assert reason(bytes(data)) is JpegFault.UNSUPPORTED


def test_twelve_bits_are_refused() -> None:
    data = bytearray(PICTURE)
    data[SOF + 4] = 12

    assert reason(bytes(data)) is JpegFault.UNSUPPORTED


def test_four_components_are_refused() -> None:
    body = struct.pack(">BHHB", 8, 120, 160, 4) + b"".join(bytes([i, 0x11, 0]) for i in range(4))
    frame = b"\xff\xc0" + struct.pack(">H", len(body) + 2) + body

    assert reason(PICTURE[:SOF] + frame + PICTURE[SOS:]) is JpegFault.COMPONENTS


def test_a_scan_of_one_component_out_of_three_is_refused() -> None:
    scan = b"\xff\xda" + struct.pack(">H", 8) + bytes([1, 1, 0, 0, 63, 0])

    assert reason(PICTURE[:SOS] + scan + PICTURE[SOS + 14 :]) is JpegFault.SEVERAL_SCANS


def test_a_second_scan_is_refused() -> None:
    assert reason(PICTURE[:-2] + PICTURE[SOS:]) is JpegFault.SEVERAL_SCANS


def test_wherever_it_is_cut_off_it_is_refused() -> None:
    for length in range(3, len(PICTURE) - 1):
        assert reason(PICTURE[:length]) is JpegFault.TRUNCATED, length


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_size(0, 120), id="no width"),
        pytest.param(with_size(160, 0), id="no height"),
        pytest.param(PICTURE[:2] + b"\xff\xe0\x00\x01" + PICTURE[2:], id="segment of length 1"),
        pytest.param(PICTURE[:SOF] + PICTURE[SOS:], id="scan without frame"),
        pytest.param(PICTURE[:SOS] + PICTURE[SOF:], id="two frames"),
        pytest.param(PICTURE[:2] + b"\xff\xd9" + PICTURE[2:], id="ends at once"),
        pytest.param(PICTURE[:2] + b"\xff\xfe\x00\x02" * 201 + PICTURE[2:], id="many segments"),
    ],
)
def test_an_unsound_header_is_refused(data: bytes) -> None:
    assert reason(data) is JpegFault.MALFORMED


def test_fill_bytes_and_bytes_after_the_end_are_taken() -> None:
    data = PICTURE[:SOF] + b"\xff\xff" + PICTURE[SOF:] + b"appended by a phone"

    assert jpeg.decode(data).shape == (120, 160, 3)


def test_a_picture_without_its_tables_is_refused_by_the_decoder() -> None:
    with pytest.raises(JpegError) as caught:
        jpeg.decode(without_tables(0xDB))

    assert caught.value.reason is JpegFault.UNDECODABLE


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_behind_a_start_marker_are_refused_or_read(data: bytes) -> None:
    try:
        header = jpeg.check_header(b"\xff\xd8\xff" + data)
    except JpegError:
        return
    assert 16 <= header.width <= 1920


def mutate(chance: random.Random) -> bytes:
    data = bytearray(PICTURE)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        # Most damage goes into the header, where it can mislead the decoder most.
        at = chance.randrange(min(len(data), SOS + 20) if chance.random() < 0.7 else len(data))
        kind = chance.random()
        if kind < 0.6:
            data[at] = chance.choice([0, 255, chance.randrange(256)])
        elif kind < 0.75:
            data[at : at + chance.randrange(40)] = b""
        elif kind < 0.9:
            data[at:at] = bytes([255, chance.randrange(256)])
        else:
            data[SOF + 5 : SOF + 9] = chance.randbytes(4)
        if len(data) < SOF + 10:
            break
    return bytes(data)


def decode_mutations(count: int) -> tuple[int, int]:
    """How many of them were pictures still, and how many kilobytes the process grew by."""
    # Resident memory can only be told from other tests' in a process of its own.
    import resource  # noqa: PLC0415

    chance = random.Random(11)
    pictures = 0
    jpeg.decode(PICTURE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(count):
        try:
            image = jpeg.decode(mutate(chance))
        except JpegError:
            continue
        pictures += 1
        assert max(image.shape[:2]) <= 1920
        assert min(image.shape[:2]) <= 1080
    return pictures, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_two_thousand_mutations_neither_crash_nor_take_memory() -> None:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run(
        [sys.executable, __file__],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    pictures, kilobytes = map(int, done.stdout.split())
    assert 100 < pictures < 1900
    assert kilobytes < 64_000


if __name__ == "__main__":
    sys.stdout.write("{} {}".format(*decode_mutations(2000)))
