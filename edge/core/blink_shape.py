"""How much does a dip of the eye aspect ratio (EAR) look like a blink?

A logistic model on a few figures of the dip's shape in time. All of them are seconds or shares of
the person's own open eye, so neither the camera nor its frame rate nor the width of the eyes
matters. A blink falls fast and rises slowly (VanderWerf et al. 2003, "Eyelid movements: behavioral
studies of blinking in humans"); a glance down is shallow, flat at its bottom and ends with a jump.
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

CALM_S = 1.5
"""Seconds before the lids fall that tell how much the landmarks jitter."""

SLOWEST_S = 0.2
"""A longer closing counts as this long, seconds."""


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


FIGURES = (
    "depth",
    "plainness",
    "bottom",
    "stays low",
    "slow closing",
    "low before",
    "flat and shallow",
    "jump and shallow",
    "slow landing",
    "opens slower",
)
"""What `figures` measures, in its order."""

SIGNS = (1, 1, -1, -1, -1, -1, -1, -1, -1, 1)
"""Whether more of a figure speaks for a blink (1) or against it (-1); the fit keeps to that."""


def figures(times: Floats, ears: Floats, dip: Dip) -> Floats:
    """The shape of a dip in numbers, float64, shape (10,), as `FIGURES` lists them.

    Args:
        times: seconds, rising, up to the moment of the decision, shape (n,).
        ears: EAR, shape (n,).
        dip: found in them.
    """
    heights = (ears - dip.bottom) / (dip.shoulder - dip.bottom)

    def at(moment: float, *offsets: float) -> float:
        return float(np.mean(np.interp([moment + offset for offset in offsets], times, heights)))

    calm = ears[(times < dip.down - 0.1) & (times >= dip.down - CALM_S)] / dip.open_ear
    jitter = float(np.median(np.abs(np.diff(calm)))) if len(calm) > 2 else 0.05
    left = crossing(times, ears, dip.low, dip.level(0.2), -1)
    right = crossing(times, ears, dip.low, dip.level(0.2), 1)
    flat = (dip.up if right is None else right) - (dip.down if left is None else left)
    closing, opening = _flank_times(times, ears, dip)
    bottom = dip.bottom / dip.open_ear
    shallow = min(0.8, max(0.2, bottom))
    rise, after = at(dip.up, 0.033, 0.067), at(dip.up, 0.067, 0.1, 0.15)
    before = at(dip.down, -0.1, -0.067, -0.033)
    return np.array(
        [
            dip.depth,
            math.log(dip.depth / (jitter + 0.01)),
            bottom,
            _within(0.65 - after, 0.4),
            max(0.03, closing_time(times, ears, dip)),
            _within(0.9 - before, 0.4),
            shallow * _within(math.log(max(0.0, flat) + 0.01) + 2.6, 1.2),
            shallow * _within(rise - 0.7, 0.5),
            _within(at(dip.down, 0.067), 0.5),
            math.log(opening / closing),
        ]
    )


def _flank_times(times: Floats, ears: Floats, dip: Dip) -> tuple[float, float]:
    """Seconds that the lids took from 0.85 of the way to 0.2, and back, each 0.02 to 0.3."""
    spent = []
    for step in (-1, 1):
        near = crossing(times, ears, dip.low, dip.level(0.2), step)
        far = crossing(times, ears, dip.low, dip.level(0.85), step)
        last = float(times[0] if step < 0 else times[-1])
        whole = abs((last if far is None else far) - (last if near is None else near))
        spent.append(min(0.3, max(0.02, whole)))
    return spent[0], spent[1]


def _within(value: float, most: float) -> float:
    return min(most, max(0.0, value))


@dataclass(frozen=True, slots=True)
class ShapeModel:
    """Weights of the figures and a constant, in the logistic sum."""

    weights: tuple[float, ...]
    constant: float

    def probability(self, measured: Floats) -> float:
        """How sure it is of a blink, 0 to 1."""
        total = self.constant + float(np.dot(measured, self.weights))
        return 1 / (1 + math.exp(-min(40.0, max(-40.0, total))))


MODEL = ShapeModel((5.321, 0, 0, -16.02, 0, -0.1678, -16.01, 0, -9.396, 0.4378), 3.04)
"""Fitted by `python -m bench.fit_blinks` on three recordings with 138 labelled blinks."""
