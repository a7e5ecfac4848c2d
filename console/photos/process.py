"""What does the process do that decodes phones' photos? Files in, small JPEGs out; it holds no key.

    python -m console.photos.process

Whoever sends a photo chooses what its decoder chews on. So that is not done in the console itself:
this process has little memory (`MEMORY`), opens and starts nothing, gives way to everything else
(`nice`), is killed when one photo takes too long, and is started again.

In:  an unsigned 32-bit number (network order), then as many bytes: a file.
Out: one byte, `J` for a JPEG or `R` for a refusal in words; a number and bytes as above.
"""

from __future__ import annotations

import io
import os
import resource
import struct
import sys
from typing import BinaryIO, Final

import pillow_heif
from PIL import Image

from doorctl.errors import PhotoRefused
from doorctl.photos import FORMATS, prepare_from

LENGTH: Final = struct.Struct("!I")
MADE: Final = b"J"
REFUSED: Final = b"R"

MOST_FILE: Final = 64 << 20
"""Bytes of one file."""

MOST_ANSWER: Final = 1 << 20
"""Bytes of what comes of it."""

MOST_PIXELS: Final = 64_000_000
"""Of one photo: phones make up to 50 millions in one picture."""

MEMORY: Final = 900 << 20
"""Bytes of address space beyond what it has once everything is loaded: the pixels three times."""

NICE: Final = 10
_KINDS: Final = (*FORMATS, "HEIF")


def main() -> int:
    """Make JPEGs until nothing comes any more."""
    os.nice(NICE)
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None  # Pillow's own bound; ours is looked at before decoding
    _warm()
    _limit()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = source.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return 0
        (length,) = LENGTH.unpack(head)
        if length > MOST_FILE:
            return 1
        kind, content = _answer(source, length)
        answers.write(kind + LENGTH.pack(len(content)) + content)
        answers.flush()


def _answer(source: BinaryIO, length: int) -> tuple[bytes, bytes]:
    try:
        file = io.BytesIO(source.read(length))
        return MADE, prepare_from(file, "", formats=_KINDS, most_pixels=MOST_PIXELS)
    except PhotoRefused as error:
        return REFUSED, str(error).removeprefix(": ").encode()
    except MemoryError:
        return REFUSED, b"too large to be decoded; save it smaller"


def _warm() -> None:
    """Load every decoder while files still may be opened."""
    for kind in _KINDS:
        file = io.BytesIO()
        Image.new("RGB", (64, 64)).save(file, kind)
        prepare_from(io.BytesIO(file.getvalue()), "", formats=_KINDS)


def _limit() -> None:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # no path of ours
        pages = int(file.read().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
