"""What can speak for a living person at the door, or against one?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EvidenceKind(Enum):
    """The pieces of evidence, each with a module of its own."""

    BLINK = "blink"
    SOLID = "solid"
    TEXTURE = "texture"
    SCREEN = "screen"
    CHALLENGE = "challenge"


class Finding(Enum):
    """What a piece of evidence says."""

    LIVE = "live"
    SPOOF = "spoof"
    ABSTAINED = "abstained"


MOMENTS = frozenset({EvidenceKind.BLINK, EvidenceKind.CHALLENGE})
"""Kinds that happen at a moment, which the frames of a burst are taken around."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence.

    Attributes:
        kind: what was looked for.
        track: number of the unbroken track it was seen in.
        start: when it began, seconds, the camera's time line.
        at: its most telling moment (a blink's closed eyes).
        end: when it was complete.
        strength: how plain it was, 0 to 1 (a blink's depth); each kind says what it means.
        finding: what it says.
    """

    kind: EvidenceKind
    track: int
    start: float
    at: float
    end: float
    strength: float
    finding: Finding = Finding.LIVE
