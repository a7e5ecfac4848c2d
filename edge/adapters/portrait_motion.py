"""How does a person before a door move, and when do they blink? As functions of time."""

from __future__ import annotations

import math

import numpy as np

from edge.adapters.portrait import Pose

APPROACH_S = 1.0
"""Seconds from the first step into the picture to standing before the door."""

_FACE_HEIGHT = 195.0
"""Pixels in a picture 480 high: a face at about 60 cm from a common door camera."""

_CLOSING_S = (0.07, 0.09)
_SHUT_S = (0.08, 0.15)
_OPENING_S = (0.11, 0.15)
"""Least and most seconds of a blink's parts; together 0.26 to 0.39 s, for 0.15 to 0.3 s of which
the eye is less than two thirds open."""


class Wave:
    """A slow wandering about zero, never further than `most`: three sines that never repeat."""

    def __init__(self, rng: np.random.Generator, most: float, period: float) -> None:
        self._parts = [
            (most * share, 2 * math.pi / (period * stretch), rng.uniform(0, 2 * math.pi))
            for share, stretch in ((0.6, 1.0), (0.3, 0.618), (0.1, 0.271))
        ]

    def at(self, seconds: float) -> float:
        """Its height at a time."""
        return sum(height * math.sin(rate * seconds + phase) for height, rate, phase in self._parts)


class Standing:
    """A person (or a hand with a printed photo) who comes up to the door and stays.

    Args of the constructor:
        seed: another one moves otherwise.
        size: width and height of the frame.
        still: a flat photo in a hand: it trembles and drifts a little, it never turns.
    """

    def __init__(self, seed: int, size: tuple[int, int], *, still: bool) -> None:
        rng = np.random.default_rng(seed)
        self._size = size
        self._side = 1 if rng.random() < 0.5 else -1
        calm = 0.0 if still else 1.0
        self._x = Wave(rng, 4 if still else 14, 4.7)
        self._y = Wave(rng, 3 if still else 6, 3.9)
        self._tremor = (Wave(rng, 0.8, 0.19), Wave(rng, 0.8, 0.23))
        self._near = Wave(rng, 0.01 if still else 0.04, 5.9)
        self._yaw = Wave(rng, 0.2 * calm, 6.1)
        self._pitch = Wave(rng, 0.1 * calm, 4.9)
        self._roll = Wave(rng, 0.04 * calm, 7.3)

    def pose(self, seconds: float) -> Pose:
        """Pose at a time since they came into the picture."""
        width, height = self._size
        unit = height / 480
        left = max(0.0, 1 - seconds / APPROACH_S)
        away = left * left * (3 - 2 * left)
        tremor_x, tremor_y = (wave.at(seconds) for wave in self._tremor)
        return Pose(
            x=width / 2 + unit * (self._x.at(seconds) + tremor_x + self._side * 520 * away),
            y=height * (0.47 + 0.03 * away) + unit * (self._y.at(seconds) + tremor_y),
            face_height=unit * _FACE_HEIGHT * (1 + self._near.at(seconds)) * (1 - 0.25 * away),
            yaw=self._yaw.at(seconds),
            pitch=self._pitch.at(seconds),
            roll=self._roll.at(seconds),
        )


class Blinking:
    """Blinks at random intervals, or every so often.

    Args of the constructor:
        seed: another one blinks at other times.
        every: seconds from one blink's beginning to the next one's; None is 2 to 4 at random.
    """

    def __init__(self, seed: int, every: float | None = None) -> None:
        self._rng = np.random.default_rng([seed, 1])
        self._every = every
        self._begins: list[tuple[float, float, float, float]] = []
        self._next = APPROACH_S + (1.0 if every is None else min(every, 1.0))

    def begins(self, until: float) -> list[float]:
        """When blinks begin, up to a time, in seconds since the person came into the picture."""
        while self._next <= until:
            parts = [float(self._rng.uniform(*part)) for part in (_CLOSING_S, _SHUT_S, _OPENING_S)]
            self._begins.append((self._next, parts[0], parts[1], parts[2]))
            self._next += self._every or float(self._rng.uniform(2.0, 4.0))
        return [begin for begin, *_ in self._begins if begin <= until]

    def closed(self, seconds: float) -> float:
        """How far the lids are shut at a time, 0 to 1."""
        self.begins(seconds)
        for begin, closing, shut, opening in reversed(self._begins):
            since = seconds - begin
            if since < 0:
                continue
            if since < closing:
                return _eased(since / closing)
            if since < closing + shut:
                return 1.0
            return _eased(max(0.0, 1 - (since - closing - shut) / opening))
        return 0.0


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)
