"""Does somebody stand before the door, as far as the camera picture tells?

The picture, made small and grey, is held against what the empty place looked like. A change of
exposure moves all of it alike and is taken out first; what is left must hang together.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.ports import Frame

_WIDTH: Final = 64
_HEIGHT: Final = 48

_STEP: Final = 12.0
"""Grey levels a cell must differ from the empty place."""

_SIGMAS: Final = 5.0
"""The same in standard deviations of the picture's own noise, where that is more."""

_SHARE: Final = 0.01
"""Share of all cells that must differ, together with most of their neighbours: a person at three
metres fills ten times that."""

_FORGET_S: Final = 20.0
"""Time constant with which slow changes of light become the empty place."""

_SETTLED_S: Final = 10.0
"""Seconds without any movement after which what stands there is furniture."""

Cells = NDArray[np.float32]


class MotionPresence:
    """Presence by comparing camera pictures. For one thread."""

    needs_frames = True

    def __init__(self) -> None:
        self._empty: Cells | None = None
        self._before: Cells | None = None
        self._at = 0.0
        self._moved_at = 0.0
        self._present = False

    def start(self) -> None:
        """Begin anew: the next picture shows the empty place, or what counts as such."""
        self._empty = None
        self._before = None
        self._present = False

    def present(self, frame: Frame | None) -> bool:
        """True while the newest picture differs from the empty place; the last answer without one.

        Frames may come at any rate from 2 a second up; a time that runs backwards (another camera
        session) begins anew.
        """
        if frame is None:
            return self._present
        cells = _cells(frame)
        if self._empty is None or self._before is None or frame.at < self._at:
            self._empty, self._before = cells, cells
            self._at = self._moved_at = frame.at
            self._present = False
            return False
        if _differ(cells, self._before):
            self._moved_at = frame.at
        self._present = _differ(cells, self._empty)
        if self._present and frame.at - self._moved_at > _SETTLED_S:
            self._empty = cells
            self._present = False
        elif not self._present:
            share = 1 - np.exp(-(frame.at - self._at) / _FORGET_S)
            self._empty = self._empty + np.float32(share) * (cells - self._empty)
        self._before, self._at = cells, frame.at
        return self._present

    def stop(self) -> None:
        """Forget the pictures. Twice is harmless."""
        self.start()


def _cells(frame: Frame) -> Cells:
    small = cv2.resize(frame.image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def _differ(cells: Cells, other: Cells) -> bool:
    """Whether part of the picture differs, beyond a change of exposure and noise."""
    gain = (float(np.median(cells)) + 1) / (float(np.median(other)) + 1)
    difference = np.abs(cells - gain * other)
    # The median of |x| of Gaussian noise is 0.6745 standard deviations.
    noise = float(np.median(difference)) / 0.6745
    changed = (difference > max(_STEP, _SIGMAS * noise)).astype(np.float32)
    together = cv2.blur(changed, (3, 3)) > 0.6
    return float(together.mean()) >= _SHARE
