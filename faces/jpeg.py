"""Is this a JPEG that may be decoded, and what does it show?

A file of 39 kB can claim 30000x30000 pixels and take gigabytes to decode, and OpenCV's decoder
opens other formats too. So the header is read first, in plain Python and microseconds (ITU-T T.81,
annex B). Only what cameras and `encode` write passes: baseline, one scan, one or three components
of 8 bits, whole.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import cv2
import numpy as np

from faces.errors import JpegError, JpegFault
from faces.picture import Image

_SOF0, _EOI, _SOS = 0xC0, 0xD9, 0xDA

_BARE = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})
"""No segment follows: escaped byte, TEM, restarts, start and end of image."""

_FRAMES = frozenset(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC})
"""Start of frame, one marker for each coding process; the gaps are DHT, JPG and DAC."""

_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The first marker that neither escapes a 255 nor restarts the scan."""

MAX_SEGMENTS = 200
"""Marker segments before the scan; cameras write about ten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much, or too little.

    Attributes:
        max_bytes: length of the file.
        max_long_side: pixels of the longer side; 1080p is 1920.
        max_short_side: pixels of the shorter side; 1080p is 1080.
        min_side: pixels of the shorter side; less can hold no face.
    """

    max_bytes: int = 1 << 20
    max_long_side: int = 1920
    max_short_side: int = 1080
    min_side: int = 16


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says: width and height in pixels, 1 (grey) or 3 components."""

    width: int
    height: int
    components: int


def check_header(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Header:
    """Look at a JPEG without decoding it.

    Args:
        data: the whole file.
        limits: sizes allowed.

    Raises:
        JpegError: with the first rule it breaks as its reason.
    """
    if not data:
        raise JpegError(JpegFault.EMPTY, "the picture is empty: 0 bytes")
    if len(data) > limits.max_bytes:
        raise JpegError(
            JpegFault.TOO_MANY_BYTES,
            f"the picture has {len(data)} bytes, at most {limits.max_bytes} are taken",
        )
    if not data.startswith(b"\xff\xd8\xff"):
        raise JpegError(JpegFault.NOT_JPEG, "the picture does not begin as a JPEG file does")
    header: Header | None = None
    at = 2
    for _ in range(MAX_SEGMENTS):
        marker, at = _marker(data, at)
        if marker in _BARE:
            raise _malformed(f"marker {marker:#04x} before the scan")
        body, at = _segment(data, at)
        if marker in _FRAMES:
            if header is not None:
                raise _malformed("two frame headers")
            header = _frame(marker, body, limits)
        elif marker == _SOS:
            if header is None:
                raise _malformed("a scan before the frame header")
            _check_scan(data, at, body, header)
            return header
    raise _malformed(f"more than {MAX_SEGMENTS} segments")


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Image:
    """Decode a JPEG after its header was found in order.

    Returns:
        shape (height, width, 3), uint8, BGR, grey pictures too; turned upright where the file
        carries an Exif orientation, so that width and height may be exchanged.

    Raises:
        JpegError: refused by `check_header`, or the decoder found no picture in it.
    """
    check_header(data, limits)
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR_BGR)
    except cv2.error as error:
        raise JpegError(
            JpegFault.UNDECODABLE, f"the picture cannot be decoded: {error.err}"
        ) from error
    # OpenCV's type stubs leave out that it answers None.
    if not isinstance(image, np.ndarray):
        raise JpegError(JpegFault.UNDECODABLE, "the picture cannot be decoded: its data is damaged")
    return np.asarray(image, dtype=np.uint8)


def encode(image: Image, quality: int = 90) -> bytes:
    """Encode a picture as a baseline JPEG that `decode` takes.

    Args:
        image: shape (height, width, 3), uint8, BGR.
        quality: 1 to 100, libjpeg's scale.
    """
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"OpenCV cannot encode a picture of shape {image.shape}")
    return data.tobytes()


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Read a marker's second byte, skipping fill bytes."""
    if at < len(data) and data[at] != 0xFF:
        raise _malformed(f"no marker at byte {at}")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise _truncated("in its header")
    return data[at], at + 1


def _segment(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a segment's body and where the next one begins."""
    if at + 2 > len(data):
        raise _truncated("in its header")
    (length,) = struct.unpack_from(">H", data, at)
    if length < 2:
        raise _malformed(f"a segment of length {length} at byte {at}")
    if at + length > len(data):
        raise _truncated("in its header")
    return data[at + 2 : at + length], at + length


def _frame(marker: int, body: bytes, limits: Limits) -> Header:
    if marker in _PROGRESSIVE:
        raise JpegError(JpegFault.PROGRESSIVE, "the picture is a progressive JPEG; send baseline")
    if marker != _SOF0:
        raise JpegError(
            JpegFault.UNSUPPORTED, f"the picture is coded by process {marker:#04x}; send baseline"
        )
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise _malformed("a frame header of the wrong length")
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    if precision != 8:
        raise JpegError(JpegFault.UNSUPPORTED, f"the picture has {precision} bits; 8 are taken")
    if components not in {1, 3}:
        raise JpegError(
            JpegFault.COMPONENTS, f"the picture has {components} components; 1 or 3 are taken"
        )
    if any(not (1 <= factor >> 4 <= 4 and 1 <= factor & 15 <= 4) for factor in body[7::3]):
        raise _malformed("impossible sampling factors")
    if width == 0 or height == 0:
        raise _malformed(f"a picture of {width}x{height} pixels")
    size = f"the picture is {width}x{height} pixels"
    if max(width, height) > limits.max_long_side or min(width, height) > limits.max_short_side:
        raise JpegError(
            JpegFault.TOO_LARGE,
            f"{size}; at most {limits.max_long_side}x{limits.max_short_side} are taken",
        )
    if min(width, height) < limits.min_side:
        raise JpegError(JpegFault.TOO_SMALL, f"{size}; at least {limits.min_side} a side are taken")
    return Header(width=width, height=height, components=components)


def _check_scan(data: bytes, at: int, body: bytes, header: Header) -> None:
    if len(body) < 1 or len(body) != 4 + 2 * body[0]:
        raise _malformed("a scan header of the wrong length")
    several = JpegError(JpegFault.SEVERAL_SCANS, "the picture comes in several scans; send one")
    if body[0] != header.components:
        raise several
    after = _AFTER_SCAN.search(data, at)
    if after is None:
        raise _truncated("before its end marker")
    if data[after.end() - 1] != _EOI:
        raise several


def _malformed(what: str) -> JpegError:
    return JpegError(JpegFault.MALFORMED, f"the picture is not a sound JPEG: {what}")


def _truncated(where: str) -> JpegError:
    return JpegError(JpegFault.TRUNCATED, f"the picture is cut off {where}")
