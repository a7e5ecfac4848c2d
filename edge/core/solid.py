"""Is the face before the camera flat, as a picture is, or solid, as a head is?

Pictures of one plane from two places are the same up to a homography (Hartley & Zisserman 2004,
section 13.1). So a homography is fitted to all landmarks but those of the nose between two moments
in which the head stood differently; then it says where a flat face's nose would be. The nose of a
head stands elsewhere: half an eye distance before the plane of eyes and mouth (`NOSE_DEPTH` in
`faces.quality`).

What differs by a similarity only (nearer, tilted, moved aside) says nothing, and neither does what
no homography explains: a face that talks. Then the judge abstains. A photo that is waved is told by
the opposite: the homography explains the motion, and the nose goes along with it.

A video of a head that moves, shown on a flat screen that does not, looks solid: this evidence is
against pictures, not against replays.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence, EvidenceKind, Finding
from edge.core.sighting import Sighting

Floats = NDArray[np.float64]

POINTS = 68
FARTHEST = 1e6
"""Pixels from the picture's corner beyond which a landmark is none."""

NOSE = np.arange(27, 36)
OTHERS = np.r_[0:27, 36:68]
_RIGHT_EYE, _LEFT_EYE = slice(36, 42), slice(42, 48)


@dataclass(frozen=True, slots=True)
class SolidRule:
    """What counts as flat or solid. Lengths are in eye distances. Figures: `bench.evidence`.

    Attributes:
        every_s: seconds between two moments that are kept; each is the mean of three sightings.
        apart_s: least seconds between two moments that are compared.
        memory_s: most seconds between them, and how long a comparison counts.
        stride: every so many of the kept moments is compared with the newest.
        least_motion: of the landmarks without the nose, beyond a similarity, root mean square;
            under it a comparison says nothing.
        solid_nose: how far the nose must stand from where a plane would have it.
        solid_noise: the same, as a multiple of the landmarks' own jitter.
        flat_motion: least motion for a comparison to say flat.
        flat_rest: most of that motion that the homography leaves unexplained, as a share.
        flat_nose: most distance of the nose, as a share of the motion.
        enough: comparisons that must agree within `memory_s` ...
        majority: ... and how many times as many as those that say the opposite.
    """

    every_s: float = 0.095
    apart_s: float = 0.25
    memory_s: float = 3.0
    stride: int = 3
    least_motion: float = 0.03
    solid_nose: float = 0.075
    solid_noise: float = 4.0
    flat_motion: float = 0.08
    flat_rest: float = 0.5
    flat_nose: float = 0.5
    enough: int = 6
    majority: float = 3.0


@dataclass(frozen=True, slots=True)
class Parallax:
    """Two moments compared. All are root mean squares in eye distances.

    Attributes:
        motion: what a similarity leaves of the motion of the landmarks without the nose.
        rest: what the homography leaves of it.
        nose: how far the nose is from where the homography has it.
    """

    motion: float
    rest: float
    nose: float


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    points: Floats


@dataclass(frozen=True, slots=True)
class _Said:
    at: float
    since: float
    finding: Finding


class SolidJudge:
    """Compares the newest landmarks of one track with those a little earlier.

    Sightings without landmarks, or with landmarks that are no numbers, are passed over.
    """

    def __init__(self, rule: SolidRule | None = None) -> None:
        self._rule = rule or SolidRule()
        self._track: int | None = None
        self._latest: deque[tuple[tuple[float, float], ...]] = deque(maxlen=3)
        self._jitter: deque[float] = deque(maxlen=30)
        self._moments: deque[_Moment] = deque()
        self._said: deque[_Said] = deque()
        self._told: Finding | None = None
        self._began = 0.0
        self._at = float("-inf")

    def reset(self) -> None:
        """Forget everything seen so far."""
        self._track = None
        self._latest.clear()
        self._jitter.clear()
        self._moments.clear()
        self._said.clear()
        self._told = None
        self._at = float("-inf")

    def update(self, sighting: Sighting) -> Evidence | None:
        """Take the next sighting; evidence when the judge comes to know, or changes its mind."""
        face = sighting.face
        if face is None or sighting.track is None or sighting.track != self._track:
            self.reset()
            self._track, self._began = sighting.track, sighting.at
        if face is None or len(face.landmarks) != POINTS:
            return None
        if not (math.isfinite(sighting.at) and sighting.at > self._at):
            return None
        self._at = sighting.at
        self._latest.append(face.landmarks)
        newest = self._moments[-1].at if self._moments else float("-inf")
        if len(self._latest) < 3 or sighting.at - newest < self._rule.every_s:
            return None
        points = np.array(self._latest, dtype=np.float64)
        # A comparison of what is no number fails as well.
        if not (np.abs(points) <= FARTHEST).all() or min(map(eye_distance, points)) < 1:
            return None
        jitter = similarity_rest(points[1], points[2]) / eye_distance(points[2])
        self._jitter.append(jitter / np.sqrt(2))
        self._compare(_Moment(sighting.at, points.mean(0)))
        return self._conclude(sighting.at)

    def abstention(self, at: float) -> Evidence | None:
        """What to say of the track at `at` where the judge does not know; None where it does."""
        if self._told is not None or self._track is None:
            return None
        return self._evidence(at, Finding.ABSTAINED, 0.0)

    def _compare(self, moment: _Moment) -> None:
        rule = self._rule
        while self._moments and self._moments[0].at < moment.at - rule.memory_s:
            self._moments.popleft()
        while self._said and self._said[0].at < moment.at - rule.memory_s:
            self._said.popleft()
        before = [m for m in self._moments if m.at <= moment.at - rule.apart_s][:: rule.stride]
        noise = float(np.median(self._jitter))
        for earlier in before:
            finding = self._finding(parallax(earlier.points, moment.points), noise)
            if finding is not None:
                self._said.append(_Said(moment.at, earlier.at, finding))
        self._moments.append(moment)

    def _finding(self, seen: Parallax, noise: float) -> Finding | None:
        rule = self._rule
        if seen.motion < rule.least_motion:
            return None
        if seen.nose >= max(rule.solid_nose, rule.solid_noise * noise):
            return Finding.LIVE
        explained = seen.rest < rule.flat_rest * seen.motion
        along = seen.nose < rule.flat_nose * seen.motion
        if seen.motion >= rule.flat_motion and explained and along:
            return Finding.SPOOF
        return None

    def _conclude(self, at: float) -> Evidence | None:
        rule = self._rule
        solid = sum(said.finding is Finding.LIVE for said in self._said)
        flat = len(self._said) - solid
        if solid >= rule.enough and solid > rule.majority * flat:
            finding = Finding.LIVE
        elif flat >= rule.enough and flat > rule.majority * solid:
            finding = Finding.SPOOF
        else:
            return None
        if finding is self._told:
            return None
        self._told = finding
        return self._evidence(at, finding, max(solid, flat) / len(self._said))

    def _evidence(self, at: float, finding: Finding, strength: float) -> Evidence:
        began = min((said.since for said in self._said), default=self._began)
        return Evidence(EvidenceKind.SOLID, self._track or 0, began, at, at, strength, finding)


def eye_distance(points: Floats) -> float:
    """Between the middles of the eyes, in the unit of the 68 points, shape (68, 2)."""
    return float(np.linalg.norm(points[_RIGHT_EYE].mean(0) - points[_LEFT_EYE].mean(0)))


def parallax(before: Floats, now: Floats) -> Parallax:
    """Compare two moments.

    Args:
        before: 68 landmarks, shape (68, 2), pixels.
        now: the same points later.
    """
    source, target = before[OTHERS], now[OTHERS]
    unit = eye_distance(before)
    plane = homography(source, target)
    return Parallax(
        motion=similarity_rest(source, target) / unit,
        rest=_distance(apply(plane, source), target) / unit,
        nose=_distance(apply(plane, before[NOSE]), now[NOSE]) / unit,
    )


def homography(source: Floats, target: Floats) -> Floats:
    """The homography of least algebraic error, shape (3, 3), by the normalised DLT.

    Hartley & Zisserman 2004, algorithm 4.2: both sets are moved to the origin and scaled to a mean
    distance of the square root of 2; the solution is the eigenvector of the least eigenvalue.

    Args:
        source: at least four points, not all on a line, shape (n, 2).
        target: where they went, shape (n, 2).
    """
    norm_source, norm_target = _normaliser(source), _normaliser(target)
    a, b = apply(norm_source, source), apply(norm_target, target)
    count = len(a)
    system = np.zeros((2 * count, 9))
    system[:count, 0:2], system[:count, 2] = a, 1
    system[:count, 6:8], system[:count, 8] = -b[:, :1] * a, -b[:, 0]
    system[count:, 3:5], system[count:, 5] = a, 1
    system[count:, 6:8], system[count:, 8] = -b[:, 1:] * a, -b[:, 1]
    plane = np.linalg.eigh(system.T @ system)[1][:, 0].reshape(3, 3)
    return np.asarray(np.linalg.inv(norm_target) @ plane @ norm_source, dtype=np.float64)


def apply(plane: Floats, points: Floats) -> Floats:
    """Where a homography, shape (3, 3), takes points, shape (n, 2)."""
    mapped = points @ plane[:, :2].T + plane[:, 2]
    depth = np.where(np.abs(mapped[:, 2:]) < 1e-12, 1e-12, mapped[:, 2:])
    return np.asarray(mapped[:, :2] / depth, dtype=np.float64)


def similarity_rest(before: Floats, now: Floats) -> float:
    """What the similarity of least squares leaves of a motion, root mean square, same unit."""
    # Complex numbers: a similarity in the plane is a multiplication.
    source, target = (before - before.mean(0)) @ [1, 1j], (now - now.mean(0)) @ [1, 1j]
    turn = np.vdot(source, target) / max(1e-9, float(np.vdot(source, source).real))
    return float(np.sqrt((np.abs(target - turn * source) ** 2).mean()))


def _normaliser(points: Floats) -> Floats:
    middle = points.mean(0)
    spread = float(np.linalg.norm(points - middle, axis=1).mean())
    scale = np.sqrt(2) / max(1e-9, spread)
    return np.array(
        [[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]],
        dtype=np.float64,
    )


def _distance(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(1).mean()))
