"""Which eyes do the brains of the fault world have? Painted faces, as slow as a test wants them.

`brain.looker` is given `made` as its maker; pictures may end in the orders of `hostile_eyes`.
"""

from __future__ import annotations

import time

import numpy as np
from brain_world import PaintedDetector, PaintedEncoder
from hostile_eyes import HostileEyes
from numpy.typing import NDArray

from brain.ports import Image, Points


class SlowEncoder(PaintedEncoder):
    """Takes `slow_s` for each picture."""

    def __init__(self, slow_s: float) -> None:
        self._slow_s = slow_s

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        time.sleep(self._slow_s)
        return super().encode(image, points)


def made(slow_s: str) -> HostileEyes:
    """Eyes that take so many seconds for each picture."""
    return HostileEyes(PaintedDetector(), SlowEncoder(float(slow_s or 0)))
