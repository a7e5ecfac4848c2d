"""What stands in the QR code of a picture? OpenCV's own detector."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from doorbus.passes import LONGEST, is_pass

SIDE = 640
"""Pixels of the longest side that is looked at; more are averaged away."""

Grey = NDArray[np.uint8]
"""A picture, shape (height, width), uint8."""


def prepared(image: NDArray[np.uint8]) -> Grey:
    """A grey picture of at most `SIDE` pixels, of a BGR or grey one."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    longest = max(grey.shape)
    if longest > SIDE:
        scale = SIDE / longest
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(grey, dtype=np.uint8)


class Cv2PassFinder:
    """Finds a pass in a grey picture; one instance for one thread.

    `cv2.QRCodeDetector` looks first. Where it finds no pass `cv2.QRCodeDetectorAruco` does, which
    finds the corners of small codes better: see `python -m bench.passes`.
    """

    def __init__(self) -> None:
        self._detector = cv2.QRCodeDetector()
        self._second = cv2.QRCodeDetectorAruco()

    def find(self, grey: Grey) -> str | None:
        """The text of a pass; None for none, and for every other QR code.

        Raises `cv2.error`; how long it takes and how much memory is not bounded here.
        """
        found, corners = self._detector.detect(grey)
        if found and (text := _decoded(self._detector, grey, corners)) is not None:
            return text
        found, squares = self._second.detectMulti(grey)
        if not found:
            return None
        each = (_decoded(self._second, grey, square[None]) for square in squares)
        return next((text for text in each if text is not None), None)


def _decoded(
    detector: cv2.QRCodeDetector | cv2.QRCodeDetectorAruco, grey: Grey, corners: cv2.typing.MatLike
) -> str | None:
    try:
        text, _ = detector.decode(grey, corners)
    except (UnicodeDecodeError, ValueError):
        return None  # bytes that are no text are no pass
    return str(text) if is_pass(text) and len(text) <= LONGEST else None
