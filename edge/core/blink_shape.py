"""How much does a dip of the eye aspect ratio (EAR) look like a blink?

A logistic model on two figures of the dip's shape in time. All of them are seconds or shares of
the person's own open eye, so neither the camera nor its frame rate nor the width of the eyes
matters. What is told apart, by physiology:

- a blink falls fast, turns at once unless the eye is shut, and opens two to three times slower than
  it closed (Evinger, Manning & Sibony 1991; VanderWerf et al. 2003);
- a glance down takes the lids along with the gaze: part of the way, there they rest until the next
  saccade, 0.15 s later at the earliest, and come up as fast as they went down;
- a squint, a smile or a look that stays down does not come back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLANK = 0.4
"""Height above the bottom, as a share of the fall, at which a dip's width is taken. Under one half:
many a person opens the eyes only in part at first."""

BEFORE_S = 0.4
"""Seconds before the lids fall in which the shoulder is looked for."""

SLOWEST_S = 0.2
"""A longer closing counts as this long, seconds."""

AFTER_S = (0.05, 0.1, 0.15)
"""Moments after the eyes opened at which they are looked at again, seconds."""

REST = 0.2
"""Height under which the lids rest, as a share of the fall."""

OPEN = 0.8
"""Height above which they are open again, as a share of the fall."""

FRAME_S = 1 / 15
"""Closing and opening are counted as at least this long, so that a faster camera does not see
another ratio of the two than the slowest that is supported."""

TURN_S = 0.05
"""Lids that turn at once rest this long under `REST`, by sampling and jitter, seconds."""

SACCADE_S = 0.15
"""Lids that rest this long have waited for a saccade, seconds."""

SLOWER = 3.0
"""Opening over closing at which nothing speaks for a glance any more."""


@dataclass(frozen=True, slots=True)
class Dip:
    """A low point of the EAR with its two flanks.

    Attributes:
        open_ear: EAR of the person's open eyes.
        low: index of the least EAR among the samples it was found in.
        shoulder: EAR just before the lids began to fall.
        bottom: the least EAR.
        down: when the EAR fell through `FLANK`, seconds.
        up: when it rose through it again.
    """

    open_ear: float
    low: int
    shoulder: float
    bottom: float
    down: float
    up: float

    @property
    def depth(self) -> float:
        """The fall as a share of the open eye."""
        return (self.shoulder - self.bottom) / self.open_ear

    def level(self, height: float) -> float:
        """EAR at a height above the bottom, a share of the fall."""
        return self.bottom + height * (self.shoulder - self.bottom)


def crossing(times: Floats, ears: Floats, low: int, level: float, step: int) -> float | None:
    """When the EAR stood at `level`, walking from the sample `low`; None where it never did.

    Args:
        times: seconds, rising, shape (n,).
        ears: EAR, shape (n,).
        low: index to walk from.
        level: EAR to find.
        step: -1 walks back in time, 1 forward.
    """
    here = low
    while 0 <= here + step < len(ears):
        there = here + step
        if ears[there] >= level:
            rise = float(ears[there] - ears[here])
            share = (level - float(ears[here])) / rise if rise > 0 else 0.0
            return float(times[here] + share * (times[there] - times[here]))
        here = there
    return None


def find_dip(times: Floats, ears: Floats, low: int, open_ear: float) -> Dip | None:
    """The dip around the sample `low`; None where it has not two flanks, or is not the lowest.

    Args:
        times: seconds, rising, shape (n,).
        ears: EAR, shape (n,).
        low: index of the least EAR.
        open_ear: EAR of the open eyes.
    """
    bottom, shoulder = float(ears[low]), open_ear
    # Twice: the open eye tells roughly where the flank is, the flank then where its shoulder is.
    for _ in range(2):
        down = crossing(times, ears, low, bottom + FLANK * (shoulder - bottom), -1)
        if down is None:
            return None
        before = ears[(times < down) & (times >= down - BEFORE_S)]
        if not len(before):
            return None
        # Not the largest: one landmark's jitter upwards must not make a dip out of steady eyes.
        shoulder = float(np.quantile(before, 0.7))
        if shoulder <= bottom:
            return None
    level = bottom + FLANK * (shoulder - bottom)
    down, up = crossing(times, ears, low, level, -1), crossing(times, ears, low, level, 1)
    if down is None or up is None:
        return None
    if float(ears[(times >= down) & (times <= up)].min(initial=bottom)) < bottom:
        return None
    return Dip(open_ear, low, shoulder, bottom, down, up)


def closing_time(times: Floats, ears: Floats, dip: Dip) -> float:
    """Seconds from an almost open eye to `FLANK`, at most `SLOWEST_S`."""
    begin = crossing(times, ears, dip.low, dip.level(0.85), -1)
    return SLOWEST_S if begin is None else min(SLOWEST_S, dip.down - begin)


FIGURES = ("recovery", "glance")
"""What `figures` measures, in its order."""

SIGNS = (1, -1)
"""Whether more of a figure speaks for a blink (1) or against it (-1); the fit keeps to that."""


def figures(times: Floats, ears: Floats, dip: Dip) -> Floats:
    """The shape of a dip in numbers, float64, shape (2,), as `FIGURES` lists them.

    Args:
        times: seconds, rising, up to the moment of the decision, shape (n,).
        ears: EAR, shape (n,).
        dip: found in them.
    """
    moments = [dip.up + after for after in AFTER_S]
    after = float(np.mean(np.interp(moments, times, ears)))
    recovery = (after - dip.bottom) / (dip.shoulder - dip.bottom)
    return np.array([min(1.0, recovery), _glance(times, ears, dip)])


def _glance(times: Floats, ears: Floats, dip: Dip) -> float:
    """How far the lids rested part open and came up as fast as they went down.

    A product of three: what is missing in one of them makes a blink.
    """
    fallen, rising = _moments(times, ears, dip, -1), _moments(times, ears, dip, 1)
    rest = rising[0] - fallen[0]
    closing = max(FRAME_S, fallen[0] - fallen[1])
    opening = max(FRAME_S, rising[1] - rising[0])
    part_open = min(1.0, max(0.0, dip.bottom / dip.open_ear))
    waited = min(2.0, max(0.0, (rest - TURN_S) / (SACCADE_S - TURN_S)))
    alike = min(1.0, max(0.0, 1 - math.log(opening / closing) / math.log(SLOWER)))
    return part_open * waited * alike


def _moments(times: Floats, ears: Floats, dip: Dip, step: int) -> tuple[float, float]:
    """When one flank stood at `REST` and at `OPEN`; where it never did, the last it could have."""
    near = crossing(times, ears, dip.low, dip.level(REST), step)
    far = crossing(times, ears, dip.low, dip.level(OPEN), step)
    edge, end = (dip.down, times[0]) if step < 0 else (dip.up, times[-1])
    return (edge if near is None else near), float(end if far is None else far)


@dataclass(frozen=True, slots=True)
class ShapeModel:
    """Weights of the figures and a constant, in the logistic sum."""

    weights: tuple[float, ...]
    constant: float

    def probability(self, measured: Floats) -> float:
        """How sure it is of a blink, 0 to 1."""
        total = self.constant + float(np.dot(measured, self.weights))
        return 1 / (1 + math.exp(-min(40.0, max(-40.0, total))))


MODEL = ShapeModel((10.3, -11.32), -4.445)
"""Fitted by `python -m bench.fit_blinks` on three recordings with 138 labelled blinks."""
