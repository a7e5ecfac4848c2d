"""Does the skin look like skin, or like print and pixels?

Two small networks (MiniFASNet, of Silent-Face-Anti-Spoofing) say of single pictures how sure they
are of living skin; they err on single pictures, so their mean over the latest looks decides.
Between the two limits the judge abstains.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting
from edge.core.surface import Surface


@dataclass(frozen=True, slots=True)
class TextureRule:
    """When the networks are believed. Figures: `python -m bench evidence`.

    Attributes:
        least: looks without which nothing is decided.
        most: latest looks that are averaged.
        live: least mean that speaks for a living person.
        spoof: mean under which it speaks against one.
    """

    least: int = 4
    most: int = 12
    live: float = 0.5
    spoof: float = 0.3


class TextureJudge:
    """Averages what the networks say of one track."""

    def __init__(self, rule: TextureRule | None = None) -> None:
        self._rule = rule or TextureRule()
        self._looks: deque[tuple[float, float]] = deque(maxlen=self._rule.most)

    def reset(self) -> None:
        """Forget everything seen so far."""
        self._looks.clear()

    def update(self, sighting: Sighting, surface: Surface) -> Evidence | None:
        """Take one close look; what the looks say together, None while they are too few."""
        live = surface.live
        # A network that gives no number (NaN) has seen nothing.
        if live is None or sighting.track is None or not 0 <= live <= 1:
            return None
        self._looks.append((sighting.at, live))
        if len(self._looks) < self._rule.least:
            return None
        mean = sum(value for _, value in self._looks) / len(self._looks)
        return Evidence(
            kind=EvidenceKind.TEXTURE,
            track=sighting.track,
            start=self._looks[0][0],
            at=sighting.at,
            end=sighting.at,
            strength=mean,
            finding=self._finding(mean),
        )

    def _finding(self, mean: float) -> Finding:
        if mean >= self._rule.live:
            return Finding.LIVE
        return Finding.SPOOF if mean < self._rule.spoof else Finding.ABSTAINED
