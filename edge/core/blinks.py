"""When did both eyes close and open again?

Pure and causal: fed one `Sighting` after the other, in order of time, at any frame rate from 15 a
second up. All limits are seconds or shares of the person's own open eye, never frame counts or
absolute eye aspect ratios (EAR).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.core.sighting import Face, Sighting


@dataclass(frozen=True, slots=True)
class Blink:
    """Both eyes closed and opened again, in one unbroken track.

    Attributes:
        track: number of the track it was seen in.
        start: when the lids began to fall, seconds, the camera's time line.
        closed_at: when the EAR was least.
        end: when the eyes were seen open again; the detector says so at this very sighting.
        depth: share of the open eye's EAR that was lost at the least, 0 to 1.
    """

    track: int
    start: float
    closed_at: float
    end: float
    depth: float


@dataclass(frozen=True, slots=True)
class BlinkRule:
    """What counts as a blink. Figures: `python -m bench.blinks`.

    Attributes:
        memory: seconds of the track that the open eye is estimated from.
        settle: seconds of track needed before anything is decided.
        open_quantile: quantile of the EAR within `memory` taken as the open eye.
        shoulder: seconds before the least EAR in which the eye must have been open.
        min_open: least EAR before the dip, as a share of the open eye.
        min_drop: least fall from before the dip to its least EAR, as a share of the open eye.
        max_closed: most EAR at the bottom, as a share of the open eye.
        min_recovery: share of the fall that must come back.
        min_width: least seconds between the half-way points down and up.
        max_width: most seconds between them; a blink lasts 0.1 to 0.4 s.
        max_closing: most seconds for the lids to fall from a fifth of the way down to the bottom.
        max_gap: most seconds between two sightings of a dip.
        eye_share: each eye alone must show this share of `min_drop`, by its own open width.
        max_pose: most change of yaw or pitch, in radians, between before, bottom and after.
    """

    memory: float = 3.0
    settle: float = 0.25
    open_quantile: float = 0.8
    shoulder: float = 0.4
    min_open: float = 0.75
    min_drop: float = 0.25
    max_closed: float = 0.75
    min_recovery: float = 0.5
    min_width: float = 0.04
    max_width: float = 0.5
    max_closing: float = 0.25
    max_gap: float = 0.15
    eye_share: float = 0.6
    max_pose: float = 0.2


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    ear: float
    left: float
    right: float
    yaw: float
    pitch: float


def _shoulder(ears: list[float]) -> float:
    # Not the largest: one landmark's jitter upwards must not make a dip out of steady eyes.
    return float(np.quantile(ears, 0.7))


class _Dip:
    """A low point of the EAR, what came before it and what came since."""

    def __init__(self, samples: list[_Sample], low: int, before: list[_Sample]) -> None:
        self.samples = samples
        self.before = before
        self.bottom = samples[low]
        self.shoulder = _shoulder([s.ear for s in before])
        self._low = low

    def crossing(self, step: int, height: float) -> float | None:
        """When the EAR stood at `height` of the way from bottom to shoulder, nearest the bottom.

        `step` is -1 for the way down, 1 for the way up again; None where it never did.
        """
        level = self.bottom.ear + height * (self.shoulder - self.bottom.ear)
        i = self._low
        while 0 <= i + step < len(self.samples):
            here, there = self.samples[i], self.samples[i + step]
            if there.ear >= level:
                share = (level - here.ear) / (there.ear - here.ear)
                return here.at + share * (there.at - here.at)
            i += step
        return None

    def is_lowest_since(self, start: float) -> bool:
        """Whether nothing after `start` lies lower: else this is the flank of an older dip."""
        return all(s.ear >= self.bottom.ear for s in self.samples if s.at >= start)


class BlinkDetector:
    """Finds blinks in one face's sightings, in the sighting in which the eyes are open again.

    A sighting of another track, or none for longer than a blink may take, starts afresh. A sighting
    that repeats the measures of a recent one to the last digit is the same picture again (a frozen
    or looping camera) and adds nothing.
    """

    def __init__(self, rule: BlinkRule | None = None) -> None:
        self._rule = rule or BlinkRule()
        self._samples: deque[_Sample] = deque()
        self._seen: dict[Face, float] = {}
        self._latest = float("-inf")
        self._track: int | None = None
        self._free_from = float("-inf")

    @property
    def open_ear(self) -> float | None:
        """EAR of the person's open eyes as estimated now; None while the track is too young."""
        if not self._samples or self._samples[-1].at - self._samples[0].at < self._rule.settle:
            return None
        ears = [sample.ear for sample in self._samples]
        return float(np.quantile(ears, self._rule.open_quantile))

    def reset(self) -> None:
        """Forget everything seen so far."""
        self._samples.clear()
        self._seen.clear()
        self._latest = float("-inf")
        self._track = None
        self._free_from = float("-inf")

    def update(self, sighting: Sighting) -> Blink | None:
        """Take the next sighting; a `Blink` when it shows the eyes open again after one."""
        rule = self._rule
        if sighting.track is None or sighting.track != self._track:
            self.reset()
            self._track = sighting.track
        face = sighting.face
        if face is None or face.left_ear is None or face.right_ear is None:
            return None
        if not self._is_news(sighting.at, face):
            return None
        if self._samples and sighting.at - self._samples[-1].at > rule.max_width:
            self._samples.clear()
        self._samples.append(
            _Sample(
                at=sighting.at,
                ear=(face.left_ear + face.right_ear) / 2,
                left=face.left_ear,
                right=face.right_ear,
                yaw=face.yaw,
                pitch=face.pitch,
            )
        )
        while self._samples[0].at < sighting.at - rule.memory:
            self._samples.popleft()
        blink = self._judge()
        if blink is not None:
            self._free_from = blink.end
        return blink

    def _is_news(self, at: float, face: Face) -> bool:
        if at <= self._latest:
            return False
        self._latest = at
        # Taken out and put in again: the dict stays in order of when each was last seen, so that a
        # looping camera never outlives the memory of its pictures.
        seen_before = self._seen.pop(face, None) is not None
        self._seen[face] = at
        while self._seen[oldest := next(iter(self._seen))] < at - self._rule.memory:
            del self._seen[oldest]
        return not seen_before

    def _judge(self) -> Blink | None:
        open_ear = self.open_ear
        if open_ear is None or open_ear <= 0 or self._track is None:
            return None
        dip = self._deepest()
        if dip is None or not self._deep_enough(dip, open_ear):
            return None
        start = dip.crossing(-1, 0.8)
        down, up = dip.crossing(-1, 0.5), dip.crossing(1, 0.5)
        if start is None or down is None or up is None:
            return None
        plausible = (
            self._rule.min_width <= up - down <= self._rule.max_width
            and dip.bottom.at - start <= self._rule.max_closing
            and dip.is_lowest_since(start)
            and self._unbroken(start)
            and self._both_eyes(dip)
            and self._head_still(dip)
        )
        if not plausible:
            return None
        return Blink(
            track=self._track,
            start=start,
            closed_at=dip.bottom.at,
            end=dip.samples[-1].at,
            depth=1 - dip.bottom.ear / open_ear,
        )

    def _deepest(self) -> _Dip | None:
        """The lowest point that is recent enough, with what came before it."""
        samples = list(self._samples)
        reach = samples[-1].at - self._rule.max_width - self._rule.max_closing
        recent = [i for i, s in enumerate(samples) if s.at > max(reach, self._free_from)]
        low = min(recent, key=lambda i: samples[i].ear)
        since = max(samples[low].at - self._rule.shoulder, self._free_from)
        before = [s for s in samples[:low] if s.at >= since]
        if not before or low == len(samples) - 1:
            return None
        return _Dip(samples, low, before)

    def _deep_enough(self, dip: _Dip, open_ear: float) -> bool:
        rule = self._rule
        fall = dip.shoulder - dip.bottom.ear
        return (
            fall >= rule.min_drop * open_ear
            and dip.shoulder >= rule.min_open * open_ear
            and dip.bottom.ear <= rule.max_closed * open_ear
            and dip.samples[-1].ear - dip.bottom.ear >= rule.min_recovery * fall
        )

    def _unbroken(self, start: float) -> bool:
        gap = self._rule.max_gap
        times = [s.at for s in self._samples if s.at >= start - gap]
        return all(later - earlier <= gap for earlier, later in pairwise(times))

    def _both_eyes(self, dip: _Dip) -> bool:
        least = self._rule.eye_share * self._rule.min_drop
        eyes = (
            ([s.left for s in dip.before], dip.bottom.left),
            ([s.right for s in dip.before], dip.bottom.right),
        )
        return all(_shoulder(were) * (1 - least) >= closed for were, closed in eyes)

    def _head_still(self, dip: _Dip) -> bool:
        yaw = float(np.median([s.yaw for s in dip.before]))
        pitch = float(np.median([s.pitch for s in dip.before]))
        return all(
            abs(then.yaw - yaw) <= self._rule.max_pose
            and abs(then.pitch - pitch) <= self._rule.max_pose
            for then in (dip.bottom, dip.samples[-1])
        )
