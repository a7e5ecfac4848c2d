"""Which frames of the track speak best for the person who blinked?

Pure over sightings: the caller keeps the pictures and looks them up by `Sighting.index`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge.core.evidence import MOMENTS, Evidence, Finding
from edge.core.sighting import Face, Sighting

REMEMBERED_S = 3.0
"""Seconds of sightings and pictures that a door remembers: bursts are chosen from them."""

SIZE = 20
"""Frames of a burst."""


@dataclass(frozen=True, slots=True)
class BurstRule:
    """How a burst is chosen.

    Attributes:
        size: most frames.
        around_s: seconds before and after the sign of life that frames are taken from.
        life_share: part of the burst that shows the sign of life itself (lids on the move or
            closed); the rest shows open eyes, which an encoder knows better.
        sharp: variance of the Laplacian at which a face counts as half sharp.
        large_px: width of a face beyond which more pixels help no more.
    """

    size: int = SIZE
    around_s: float = 3.0
    life_share: float = 0.2
    sharp: float = 60.0
    large_px: float = 160.0


def unbroken_run(sightings: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """The newest stretch of one track with one face alone, each picture once, oldest first.

    A sighting that repeats an earlier face to the last digit is a frozen picture and left out.
    """
    run: list[Sighting] = []
    seen: set[Face] = set()
    for sighting in reversed(sightings):
        face = sighting.face
        if face is None or sighting.track is None or sighting.faces != 1:
            break
        if run and sighting.track != run[0].track:
            break
        if face not in seen:
            seen.add(face)
            run.append(sighting)
    return tuple(reversed(run))


def choose(
    sightings: Sequence[Sighting], evidence: Sequence[Evidence], rule: BurstRule
) -> tuple[Sighting, ...]:
    """The frames to send, oldest first, all from the unbroken run that the newest sighting ends.

    Args:
        sightings: the recent ones, oldest first.
        evidence: what spoke for life, or against it; frames are chosen around the newest moment
            (`MOMENTS`) that spoke for it.
        rule: how.

    Returns:
        At most `rule.size` sightings; empty where the run does not hold the evidence, for then the
        pictures would not be those in which life was seen.
    """
    run = unbroken_run(sightings)
    moments = [p for p in evidence if p.kind in MOMENTS and p.finding is Finding.LIVE]
    if not run or not moments or any(piece.track != run[0].track for piece in evidence):
        return ()
    life = moments[-1]
    if not run[0].at <= life.at <= run[-1].at:
        return ()
    near = [s for s in run if life.start - rule.around_s <= s.at <= life.end + rule.around_s]
    during = [s for s in near if life.start < s.at < life.end]
    beside = [s for s in near if not life.start < s.at < life.end]
    wanted_during = min(len(during), max(1, round(rule.size * rule.life_share)))
    wanted_beside = min(len(beside), rule.size - wanted_during)
    wanted_during = min(len(during), rule.size - wanted_beside)
    chosen = [
        *_best_spread(during, wanted_during, rule),
        *_best_spread(beside, wanted_beside, rule),
    ]
    return tuple(sorted(chosen, key=lambda sighting: sighting.at))


def _best_spread(sightings: list[Sighting], count: int, rule: BurstRule) -> list[Sighting]:
    """The best of each of `count` equal stretches of time's order."""
    bounds = [i * len(sightings) // count for i in range(count + 1)] if count else []
    return [
        max(sightings[start:end], key=lambda sighting: quality(sighting, rule))
        for start, end in pairwise(bounds)
    ]


def quality(sighting: Sighting, rule: BurstRule) -> float:
    """How well a face can be recognised, 0 to 1: sharp, large, frontal, surely a face."""
    face = sighting.face
    if face is None:
        return 0.0
    sharp = max(0.0, face.sharpness) / (max(0.0, face.sharpness) + rule.sharp)
    size = min(1.0, face.box[2] / rule.large_px)
    frontal = max(0.0, math.cos(face.yaw)) * max(0.0, math.cos(face.pitch))
    return sharp * size * frontal * min(1.0, max(0.0, face.score))
