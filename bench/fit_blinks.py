"""Which weights tell blinks from other dips of the eye aspect ratio?

`python -m bench.fit_blinks` fits `edge.core.blink_shape.MODEL` on the three EAR streams of
$DOORWARD_DATA, each at 30 and twice at 15 frames a second, and prints it to be pasted there. Beside
the dips of the streams it learns from made-up glances down, laid over calm stretches of the same
streams: only one of the three people looks down often. Figures are told by `bench.blinks`, which
fits without the stream that it judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.blink_data import STREAM_FPS, Interval, Stream, streams
from bench.clips import data
from edge.core.blink_shape import FIGURES, SIGNS, ShapeModel
from edge.core.blinks import BlinkDetector, BlinkRule, Candidate
from edge.core.sighting import Sighting

Floats = NDArray[np.float64]

RIDGE = 0.3
"""Weight of the squared coefficients; the figures are scaled to unit spread before."""

GLANCES = 20
"""Made-up glances down in each stream at each frame rate: a few times the real ones."""

STEPS = 4000
"""Of the projected gradient; the sum has one minimum only."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Figures of dips, shape (n, 2), whether each is a blink, and what each counts, shape (n,)."""

    figures: Floats
    blinks: NDArray[np.bool_]
    weights: Floats


def candidates(seen: Sequence[Sighting]) -> list[Candidate]:
    """Every dip that the detector would ask its model about."""
    detector = BlinkDetector(BlinkRule(least_sure=0.0))
    found = []
    for one in seen:
        detector.update(one)
        if detector.candidate is not None:
            found.append(detector.candidate)
    return found


def examples(stream: Stream) -> Examples:
    """What one stream has to teach."""
    parts: list[tuple[Floats, bool, float]] = []
    for step, first in ((1, 0), (2, 0), (2, 1)):
        # A blink counts once at 30 frames a second and, in two halves, once at 15.
        share = 1 / step
        seen = stream.seen[first::step]
        parts += [(dip.figures, _labelled(dip, stream.labels), share) for dip in candidates(seen)]
        parts += [(shape, False, share) for shape in glances(seen, stream.labels, first)]
    return Examples(
        np.array([figures for figures, _, _ in parts]),
        np.array([blink for _, blink, _ in parts]),
        np.array([weight for _, _, weight in parts]),
    )


def _labelled(dip: Candidate, labels: Sequence[Interval]) -> bool:
    first, last = dip.dip.down * STREAM_FPS, dip.dip.up * STREAM_FPS
    return any(label.first <= last and first <= label.last for label in labels)


def glances(seen: Sequence[Sighting], labels: Sequence[Interval], seed: int) -> list[Floats]:
    """Figures of made-up glances down in a stream's calm stretches."""
    rng = np.random.default_rng(seed)
    times = np.array([one.at for one in seen])
    busy = np.zeros(len(times), dtype=bool)
    for label in labels:
        busy |= (times > label.first / STREAM_FPS - 2.5) & (times < label.last / STREAM_FPS + 1.5)
    found: list[Floats] = []
    for _ in range(20 * GLANCES):
        begin = float(rng.choice(times[100:-100]))
        around = (times > begin - 2.2) & (times < begin + 1.5)
        shape = _glance(rng, times[around] - begin)
        if busy[around].any():
            continue
        lids = [
            _lowered(seen[i], float(s))
            for i, s in zip(np.flatnonzero(around).tolist(), shape, strict=True)
        ]
        dips = [dip for dip in candidates(lids) if abs(dip.dip.down - begin) < 0.4]
        found += [dips[0].figures] if dips else []
        if len(found) == GLANCES:
            break
    return found


def _glance(rng: np.random.Generator, since: Floats) -> Floats:
    """Share of the open eye over time, as the lids go down with the gaze and come back.

    Two saccades of 60 to 150 ms each, 150 to 400 ms apart, by which the gap between the lids
    narrows by a quarter to three fifths.
    """
    fall, rest, rise = rng.uniform(0.06, 0.15), rng.uniform(0.15, 0.4), rng.uniform(0.06, 0.15)
    low = rng.uniform(0.4, 0.75)
    return np.interp(since, np.cumsum([0, fall, rest, rise]), [1, low, low, 1])


def _lowered(one: Sighting, share: float) -> Sighting:
    face = one.face
    assert face is not None
    assert face.left_ear is not None
    assert face.right_ear is not None
    lowered = replace(face, left_ear=face.left_ear * share, right_ear=face.right_ear * share)
    return replace(one, track=1, face=lowered)


def fit(taught: Sequence[Examples]) -> ShapeModel:
    """Logistic regression with a ridge, each weight kept to its sign of `SIGNS`."""
    figures = np.concatenate([part.figures for part in taught])
    blinks = np.concatenate([part.blinks for part in taught]).astype(np.float64)
    weights = np.concatenate([part.weights for part in taught])
    middle, spread = figures.mean(0), figures.std(0) + 1e-9
    scaled = np.column_stack([(figures - middle) / spread, np.ones(len(figures))])
    signs = np.array([*SIGNS, 0])
    ridge = np.array([RIDGE] * len(SIGNS) + [0.0])
    slope = 0.25 * np.linalg.norm(scaled * np.sqrt(weights)[:, None], 2) ** 2 + RIDGE
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-scaled @ found))
        found = found - (scaled.T @ (weights * (sure - blinks)) + ridge * found) / slope
        found = np.where(found * signs < 0, 0.0, found)
    unscaled = found[:-1] / spread
    return ShapeModel(
        tuple(float(weight) for weight in unscaled), float(found[-1] - middle @ unscaled)
    )


def main() -> None:
    """Fit on all streams and print the model."""
    model = fit([examples(stream) for stream in streams(data() / "video" / "ear")])
    weights = ", ".join(f"{weight:.4g}" for weight in model.weights)
    print(f"MODEL = ShapeModel(({weights}), {model.constant:.4g})")
    for name, weight in zip(FIGURES, model.weights, strict=True):
        print(f"  {name:18} {weight:+.3f}")


if __name__ == "__main__":
    main()
