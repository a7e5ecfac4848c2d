"""Does somebody stand before the door, as far as the camera picture tells?

The picture, made small and grey, is held against what the place looks like with nobody there. A
change of exposure moves all of it alike and is taken out first; what is left must hang together.
Something that stands there without moving becomes another look of the empty place, and the old one
is kept beside it: once it goes, nobody is there at once.
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
"""The same in standard deviations of the camera's noise, where that is more."""

_SHARE: Final = 0.01
"""Share of all cells that must differ, together with most of their neighbours: a person at three
metres fills ten times that."""

_SEEN_PLACE: Final = 0.3
"""Share of the picture that shows the place itself, however near somebody stands."""

_FORGET_S: Final = 20.0
"""Time constant with which slow changes of light become the empty place."""

_SETTLED_S: Final = 10.0
"""Seconds without any movement after which what stands there is furniture."""

_LOOKS: Final = 3
"""Looks of the empty place that are kept."""

Cells = NDArray[np.float32]


class MotionPresence:
    """Presence by comparing camera pictures. For one thread."""

    needs_frames = True

    def __init__(self) -> None:
        self._empty: list[Cells] = []
        self._before: Cells | None = None
        self._at = 0.0
        self._moved_at = 0.0
        self._present = False

    def start(self) -> None:
        """Begin anew: the next picture shows the empty place, or what counts as such."""
        self._empty = []
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
        if self._before is None or frame.at < self._at:
            self._empty, self._before = [cells.copy()], cells
            self._at = self._moved_at = frame.at
            self._present = False
            return False
        noise = _noise(cells, self._before)
        if _differ(cells, self._before, noise):
            self._moved_at = frame.at
        alike = [look for look in self._empty if not _differ(cells, look, noise)]
        if alike:
            share = np.float32(1 - np.exp(-(frame.at - self._at) / _FORGET_S))
            alike[0] += share * (cells - alike[0])
        elif frame.at - self._moved_at > _SETTLED_S:
            # The oldest looks stay: a trembling hand with a photo must not push them out.
            self._empty = [cells.copy(), *self._empty[-(_LOOKS - 1) :]]
        self._present = not alike
        self._before, self._at = cells, frame.at
        return self._present

    def stop(self) -> None:
        """Forget the pictures. Twice is harmless."""
        self.start()


def _cells(frame: Frame) -> Cells:
    small = cv2.resize(frame.image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    # One more, so that black has a ratio to anything.
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32) + 1


def _gain(cells: Cells, other: Cells) -> float:
    """How much brighter the place itself is in `cells`.

    The middle of the narrowest range of ratios that holds the share of cells which show the place:
    unlike a median, it does not mind that somebody covers most of the picture.
    """
    ratios = np.sort((cells / other).ravel())
    window = int(_SEEN_PLACE * ratios.size)
    narrowest = int((ratios[window:] - ratios[:-window]).argmin())
    return float(ratios[narrowest : narrowest + window].mean())


def _noise(cells: Cells, before: Cells) -> float:
    """Standard deviation of a cell from one picture to the next, whatever else moves."""
    difference = np.abs(cells - _gain(cells, before) * before)
    # 30 % of a normal distribution lie within 0.385 standard deviations.
    return float(np.quantile(difference, _SEEN_PLACE)) / 0.385


def _differ(cells: Cells, other: Cells, noise: float) -> bool:
    """Whether part of the picture differs, beyond a change of exposure and noise."""
    difference = np.abs(cells - _gain(cells, other) * other)
    changed = (difference > max(_STEP, _SIGMAS * noise)).astype(np.float32)
    together = cv2.blur(changed, (3, 3)) > 0.6
    return float(together.mean()) >= _SHARE
