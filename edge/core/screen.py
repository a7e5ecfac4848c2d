"""Is there a sign of a screen or a sheet of paper?

Two signs speak against a living person, and nothing here ever speaks for one. A regular pattern in
the face: skin has none, but the pixels of a screen beat against those of the camera (moire). And a
frame of straight edges around the face that moves with it as it moves through the picture: a
device or a sheet that is held; door frames and windows stay where they are.

Glare is not asked: sweat and glasses shine, too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting
from edge.core.surface import Surface


@dataclass(frozen=True, slots=True)
class ScreenRule:
    """What counts as a sign. Figures: `python -m bench evidence`.

    Attributes:
        least: looks with a ripple to measure without which nothing is decided.
        most: latest looks that are judged.
        ripple: least median of `Surface.ripple`: 2 is more than sevenfold.
        border_least: looks that must show the whole border.
        border_travel: how far the face must have moved through the picture, in face widths.
        border_slip: most that the border may have moved against the face, as a share of that.
    """

    least: int = 4
    most: int = 12
    ripple: float = 2.0
    border_least: int = 6
    border_travel: float = 0.25
    border_slip: float = 0.25


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    middle: float
    width: float
    surface: Surface


class ScreenJudge:
    """Gathers the signs of one track."""

    def __init__(self, rule: ScreenRule | None = None) -> None:
        self._rule = rule or ScreenRule()
        self._looks: deque[_Look] = deque(maxlen=self._rule.most)

    def reset(self) -> None:
        """Forget everything seen so far."""
        self._looks.clear()

    def update(self, sighting: Sighting, surface: Surface) -> Evidence | None:
        """Take one close look; what the looks say together.

        None while they are too few, and while the face is too small to show a ripple: a screen far
        away is not cleared for having been too far away.
        """
        face = sighting.face
        if face is None or sighting.track is None:
            return None
        x, _, width, _ = face.box
        self._looks.append(_Look(sighting.at, x + width / 2, width, surface))
        ripple, framed = self._ripple(), self._border_moves_along()
        if ripple is None and not framed:
            return None
        ripple = ripple or 0.0
        sure = ripple >= self._rule.ripple or framed
        return Evidence(
            kind=EvidenceKind.SCREEN,
            track=sighting.track,
            start=self._looks[0].at,
            at=sighting.at,
            end=sighting.at,
            strength=min(1.0, max(0.0, ripple / (2 * self._rule.ripple))),
            finding=Finding.SPOOF if sure else Finding.ABSTAINED,
        )

    def _ripple(self) -> float | None:
        seen = [
            look.surface.ripple
            for look in self._looks
            if look.surface.ripple is not None and np.isfinite(look.surface.ripple)
        ]
        return float(np.median(seen)) if len(seen) >= self._rule.least else None

    def _border_moves_along(self) -> bool:
        rule = self._rule
        framed = [
            (look.middle, look.surface.border.left, look.surface.border.right, look.width)
            for look in self._looks
            if look.surface.border.joined
            and look.surface.border.left is not None
            and look.surface.border.right is not None
        ]
        if len(framed) < max(rule.border_least, (len(self._looks) + 1) // 2):
            return False
        seen = np.array(framed, dtype=np.float64)
        middle, width = seen[:, 0], float(np.median(seen[:, 3]))
        travel = float(np.ptp(middle))
        slip = max(float(np.ptp(seen[:, side] - middle)) for side in (1, 2))
        return travel >= rule.border_travel * width and slip <= rule.border_slip * travel
