"""How does a visitor's pass look, as a picture of its QR code?"""

from __future__ import annotations

import io
from typing import Final

import segno

PIXELS: Final = 12
"""Of a picture for each square of the code: sharp on paper and on a telephone."""

QUIET: Final = 4
"""White squares around a code, which its standard asks for."""


def qr_of(code: str) -> segno.QRCode:
    """The QR code of a pass, by its text."""
    # A quarter of what is read amiss can be mended at Q, at a quarter more squares: M is between.
    return segno.make_qr(code, error="m", boost_error=False)


def png_of(code: str) -> bytes:
    """A pass as a picture of its QR code, PNG, black on white."""
    picture = io.BytesIO()
    qr_of(code).save(picture, kind="png", scale=PIXELS, border=QUIET)
    return picture.getvalue()
