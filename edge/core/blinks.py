"""When did both eyes close and open again?

Pure and causal: fed one `Sighting` after the other, in order of time, at any frame rate from 15 a
second up. All limits are seconds or shares of the person's own open eye, never frame counts or
absolute eye aspect ratios (EAR).

The picture of the eyes must have changed, too (`edge.core.lids`). Where there is none, or it is too
dark to tell, the landmarks alone decide: a blink counts then, with `Blink.change` None. Eyes that
reach over the picture's edge do not blink: at 15 frames a second one slip of the landmarks is as
long as a blink, and whoever stands at the door can stand in the middle.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.core.blink_shape import MODEL, Dip, Floats, ShapeModel, closing_time, figures, find_dip
from edge.core.lids import LIDS, Eyes, LidRule, change_around, cut_off
from edge.core.sighting import Face, Sighting


@dataclass(frozen=True, slots=True)
class Blink:
    """Both eyes closed and opened again, in one unbroken track.

    Attributes:
        track: number of the track it was seen in.
        start: when the lids began to fall, seconds, the camera's time line.
        closed_at: when the EAR was least.
        opened_at: when the lids had risen again.
        end: when the eyes had been seen open for a moment; the detector says so at this very
            sighting.
        depth: share of the open eye's EAR that was lost at the least, 0 to 1.
        sure: how much its shape is a blink's, 0 to 1.
        change: how much the picture of the eyes changed, as `edge.core.lids.change` counts it; None
            where the pictures were not there or told nothing.
    """

    track: int
    start: float
    closed_at: float
    opened_at: float
    end: float
    depth: float
    sure: float
    change: float | None = None


@dataclass(frozen=True, slots=True)
class BlinkRule:
    """What counts as a blink. Figures: `python -m bench.blinks`.

    Attributes:
        memory: seconds of the track that the open eye is estimated from.
        settle: seconds of track needed before anything is decided.
        before: seconds of track that the eyes must have been seen before the lids fall.
        open_quantile: quantile of the EAR within `memory` taken as the open eye.
        hold: seconds that the eyes must have been opening again before it is decided.
        min_depth: least fall from before the dip to its least EAR, as a share of the open eye.
        max_closed: most EAR at the bottom, as a share of the open eye.
        min_width: least seconds low, at `FLANK`; a blink lasts 0.1 to 0.4 s from open to open, a
            landmark's slip one frame.
        max_width: most seconds low; a tired one takes its time.
        max_closing: most seconds for the lids to fall.
        max_gap: most seconds between two sightings of a dip.
        max_pause: the same just before and just after it; a close look on a slow board takes that.
        eye_share: each eye alone must show this share of `min_depth`, by its own open width.
        max_turn: most change of yaw, in radians, between before, bottom and after; many blink as
            they turn the head.
        max_nod: most change of pitch, in radians; a nod narrows the eyes in the picture.
        least_sure: least probability that the dip's shape is a blink's.
        shape: the model that says so.
        lids: what the picture of the eyes must show.
    """

    memory: float = 3.0
    settle: float = 0.25
    before: float = 0.12
    open_quantile: float = 0.8
    hold: float = 0.15
    min_depth: float = 0.25
    max_closed: float = 0.85
    min_width: float = 0.05
    max_width: float = 0.5
    max_closing: float = 0.18
    max_gap: float = 0.15
    max_pause: float = 0.25
    eye_share: float = 0.6
    max_turn: float = 0.6
    max_nod: float = 0.2
    least_sure: float = 0.5
    shape: ShapeModel = MODEL
    lids: LidRule = LIDS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dip that may be a blink, at the moment of the decision.

    Attributes:
        dip: where it lies.
        at: when it is decided, seconds.
        closed_at: when the EAR was least, seconds.
        figures: its shape, as `edge.core.blink_shape.FIGURES` lists it.
    """

    dip: Dip
    at: float
    closed_at: float
    figures: Floats


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    ear: float
    left: float
    right: float
    yaw: float
    pitch: float
    eyes: Eyes | None


def _quantile(values: list[float], share: float) -> float:
    """As numpy's, which takes ten times as long for a hundred numbers; asked at every frame."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


class BlinkDetector:
    """Finds blinks in one face's sightings, within `BlinkRule.hold` of the eyes' opening again.

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
        self._judged = float("-inf")
        self.candidate: Candidate | None = None

    @property
    def open_ear(self) -> float | None:
        """EAR of the person's open eyes as estimated now; None while the track is too young."""
        if not self._samples or self._samples[-1].at - self._samples[0].at < self._rule.settle:
            return None
        since = self._samples[-1].at - self._rule.memory
        ears = [sample.ear for sample in self._samples if sample.at >= since]
        return _quantile(ears, self._rule.open_quantile)

    def reset(self) -> None:
        """Forget everything seen so far."""
        self._samples.clear()
        self._seen.clear()
        self._latest = float("-inf")
        self._track = None
        self._free_from = float("-inf")
        self._judged = float("-inf")
        self.candidate = None

    def update(self, sighting: Sighting) -> Blink | None:
        """Take the next sighting; a `Blink` when it shows the eyes open again after one."""
        rule = self._rule
        self.candidate = None
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
                eyes=face.eyes,
            )
        )
        while self._samples[0].at < sighting.at - rule.memory - 1:
            self._samples.popleft()
        return self._judge()

    def _is_news(self, at: float, face: Face) -> bool:
        if not (math.isfinite(at) and at > self._latest):
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
        found = self._new_dip()
        if found is None or self._track is None:
            return None
        times, ears, dip = found
        rule, latest = self._rule, float(times[-1])
        self._judged = float(times[dip.low])
        closing = closing_time(times, ears, dip)
        if not self._plausible(dip, closing):
            return None
        shape = figures(times, ears, dip)
        self.candidate = Candidate(dip, latest, self._judged, shape)
        self._free_from = dip.up
        sure = rule.shape.probability(shape)
        if sure < rule.least_sure:
            return None
        start = dip.down - closing
        pictures = [(s.at, s.eyes) for s in self._samples]
        if cut_off(pictures, start, rule.lids):
            return None
        changed = change_around(pictures, (start, self._judged, dip.up), rule.lids)
        if changed is not None and changed < rule.lids.least:
            return None
        return Blink(
            track=self._track,
            start=start,
            closed_at=self._judged,
            opened_at=dip.up,
            end=latest,
            depth=min(1.0, max(0.0, 1 - dip.bottom / dip.open_ear)),
            sure=sure,
            change=changed,
        )

    def _new_dip(self) -> tuple[Floats, Floats, Dip] | None:
        """Times, EAR and the lowest recent dip, where it is over and was not judged before."""
        rule, samples = self._rule, self._samples
        open_ear, latest = self.open_ear, samples[-1].at
        if open_ear is None or open_ear <= 0:
            return None
        # Cheap first: most of the time nothing is low.
        reach = max(latest - rule.max_width - 2 * rule.hold - 0.05, self._free_from)
        least, low = min(
            ((s.ear, i) for i, s in enumerate(samples) if s.at > reach), default=(open_ear, 0)
        )
        judged = samples[low].at == self._judged
        if judged or least > rule.max_closed * open_ear or latest - samples[low].at < rule.hold:
            return None
        times, ears = np.array([s.at for s in samples]), np.array([s.ear for s in samples])
        dip = find_dip(times, ears, low, open_ear)
        if dip is None or dip.down < self._free_from or latest - dip.up < rule.hold:
            return None
        return times, ears, dip

    def _plausible(self, dip: Dip, closing: float) -> bool:
        rule = self._rule
        return (
            dip.depth >= rule.min_depth
            and dip.down - self._samples[0].at >= rule.before
            and rule.min_width <= dip.up - dip.down <= rule.max_width
            and closing <= rule.max_closing
            and self._unbroken(dip.down - closing, dip.up)
            and self._both_eyes(dip)
            and self._head_still(dip)
        )

    def _before(self, dip: Dip) -> list[_Sample]:
        return [s for s in self._samples if dip.down - 0.4 <= s.at < dip.down]

    def _unbroken(self, start: float, end: float) -> bool:
        rule = self._rule
        return all(
            later - earlier <= (rule.max_gap if earlier < end and later > start else rule.max_pause)
            for earlier, later in pairwise(sample.at for sample in self._samples)
            if later >= start - rule.max_gap
        )

    def _both_eyes(self, dip: Dip) -> bool:
        least = self._rule.eye_share * self._rule.min_depth
        before, bottom = self._before(dip), self._samples[dip.low]
        eyes = (
            ([s.left for s in before], bottom.left),
            ([s.right for s in before], bottom.right),
        )
        return all(float(np.quantile(were, 0.7)) * (1 - least) >= now for were, now in eyes)

    def _head_still(self, dip: Dip) -> bool:
        before = self._before(dip)
        yaw = float(np.median([s.yaw for s in before]))
        pitch = float(np.median([s.pitch for s in before]))
        return all(
            abs(then.yaw - yaw) <= self._rule.max_turn
            and abs(then.pitch - pitch) <= self._rule.max_nod
            for then in (self._samples[dip.low], self._samples[-1])
        )
