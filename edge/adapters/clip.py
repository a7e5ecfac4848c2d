"""What are the frames of a recorded clip, one after the other?"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from cv2.utils import logging as cv2_logging

from edge.errors import CameraError
from edge.ports import Image

_FPS = 30.0
"""Taken where a file does not say."""


class Clip:
    """A part of a video file, read in order.

    Args of the constructor:
        path: the file.
        first: first frame to deliver, from 0.
        last: last frame to deliver; None is the end of the file.
    """

    def __init__(self, path: Path, first: int = 0, last: int | None = None) -> None:
        self._path = path
        self._first = first
        self._last = last
        self._capture: cv2.VideoCapture | None = None
        self._next = 0
        self._primed = False
        self.fps = _FPS

    def open(self) -> None:
        """Open the file, or go back to the first frame.

        Raises:
            CameraError: no file, not a video, or nothing in it from `first` to `last`.
        """
        self.close()
        if not self._path.is_file():
            raise CameraError(f"clip {self._path}: there is no such file")
        if self._last is not None and self._last < self._first:
            raise CameraError(
                f"clip {self._path}: its last frame {self._last} comes before its first "
                f"{self._first}"
            )
        before = cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_SILENT)
        try:
            capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        finally:
            cv2_logging.setLogLevel(before)
        if not capture.isOpened():
            capture.release()
            raise CameraError(f"clip {self._path}: not a video that can be read")
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 240 else _FPS
        self._capture = capture
        self._next = 0
        self._primed = False
        # Read, not sought: seeking lands beside the frame in files with few key frames.
        self.skip(self._first)
        # One more is fetched now, so that a clip without frames shows at once.
        self._primed = capture.grab()
        if not self._primed:
            frames = self._next
            self.close()
            raise CameraError(
                f"clip {self._path}: it has {frames} frames, so none from number {self._first} on"
            )

    def read(self) -> Image | None:
        """The next frame, BGR; None after the last one or when closed."""
        capture = self._capture
        if capture is None or not self.skip(1):
            return None
        good, image = capture.retrieve()
        return np.asarray(image, dtype=np.uint8) if good else None

    def skip(self, count: int) -> bool:
        """Leave out frames; False where the clip ends before."""
        for _ in range(count):
            if self._capture is None or self._ended():
                return False
            if not self._primed and not self._capture.grab():
                return False
            self._primed = False
            self._next += 1
        return True

    def close(self) -> None:
        """Close the file; twice is harmless."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _ended(self) -> bool:
        return self._last is not None and self._next > self._last
