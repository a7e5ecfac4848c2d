"""How many blinks are seen, and how many are made up?

`python -m bench.blinks` runs Doorward's detector beside two fixed rules over the labelled data of
$DOORWARD_DATA, by the protocol in its README: on EAR streams a detection counts when it overlaps a
labelled blink, on clips when its least EAR lies within 6 frames of a label. All rules get the same
EAR. The streams hold the mean of both eyes and no head pose, so there the detector works without
either, and with weights fitted on the two other streams. The clips took no part in any fit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.blink_data import Interval, Stream, clip_labels, streams
from bench.clips import clips, data
from bench.fit_blinks import examples, fit
from bench.goals import goal
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.core.blink_shape import MODEL, ShapeModel
from edge.core.blinks import BlinkDetector, BlinkRule
from edge.core.sighting import Sighting
from faces import models

NEAR = 6
CURVE = Path("bench-out/liveness/blinks.png")
LEAST_SURE = tuple(float(sure) for sure in np.linspace(0.02, 0.98, 33))
"""Thresholds of the curve."""


@dataclass(slots=True)
class Tally:
    """What one rule found."""

    labels: int = 0
    hits: int = 0
    false: int = 0
    minutes: float = 0.0

    @property
    def recall(self) -> float:
        """Share of the labels that were found."""
        return self.hits / max(1, self.labels)

    @property
    def precision(self) -> float:
        """Share of hits and false ones that are hits."""
        return self.hits / max(1, self.hits + self.false)

    @property
    def per_minute(self) -> float:
        """False blinks a minute."""
        return self.false / max(1e-9, self.minutes)

    def line(self) -> str:
        """Recall, precision and false blinks a minute, with the counts behind them."""
        return (
            f"recall {self.recall:.3f} ({self.hits}/{self.labels})  precision "
            f"{self.precision:.3f}  false {self.false} ({self.per_minute:.2f}/min)"
        )


Rule = Callable[[Sequence[Sighting]], list[Interval]]


def doorward(shape: ShapeModel = MODEL, least_sure: float | None = None) -> Rule:
    """Blinks by `edge.core.blinks`."""
    rule = BlinkRule(shape=shape)
    if least_sure is not None:
        rule = BlinkRule(shape=shape, least_sure=least_sure)

    def look(seen: Sequence[Sighting]) -> list[Interval]:
        detector = BlinkDetector(rule)
        index = {one.at: one.index for one in seen}
        times = np.array([one.at for one in seen])
        found = []
        for one in seen:
            blink = detector.update(one)
            if blink is not None:
                first = seen[int(np.searchsorted(times, blink.start))].index
                found.append(Interval(first, one.index, index[blink.closed_at]))
        return found

    return look


def fixed(threshold: float, frames: int) -> Rule:
    """A blink is at least `frames` frames in a row under `threshold`, told when it ends."""

    def rule(seen: Sequence[Sighting]) -> list[Interval]:
        found: list[Interval] = []
        run: list[tuple[float, int]] = []
        for one in seen:
            ear = one.face.ear if one.face else None
            if ear is not None and ear < threshold:
                run.append((ear, one.index))
                continue
            if len(run) >= frames:
                found.append(Interval(run[0][1], run[-1][1], min(run)[1]))
            run = []
        return found

    return rule


FIXED: dict[str, Rule] = {
    "predecessor 0.27, 33 frames": fixed(0.27, 33),
    "tutorial 0.21, 2 frames": fixed(0.21, 2),
}


def left_out(recordings: Sequence[Stream]) -> list[ShapeModel]:
    """For each stream the model fitted on the others."""
    taught = [examples(stream) for stream in recordings]
    return [
        fit([one for other, one in enumerate(taught) if other != left])
        for left in range(len(taught))
    ]


def _count(tally: Tally, found: Sequence[Interval], stream: Stream) -> None:
    tally.labels += len(stream.labels)
    tally.hits += sum(any(label.overlaps(one) for one in found) for label in stream.labels)
    tally.false += sum(not any(one.overlaps(label) for label in stream.labels) for one in found)
    tally.minutes += stream.minutes


def on_streams(recordings: Sequence[Stream], shapes: Sequence[ShapeModel]) -> Tally:
    """Print the figures of the EAR streams; returns those of Doorward at 30 frames a second."""
    print("EAR streams, 30 fps, fitted without the stream judged")
    ours = Tally()
    for stream, shape in zip(recordings, shapes, strict=True):
        _count(ours, doorward(shape)(stream.seen), stream)
    print(f"  {'doorward':28} {ours.line()}")
    for name, rule in FIXED.items():
        tally = Tally()
        for stream in recordings:
            _count(tally, rule(stream.seen), stream)
        print(f"  {name:28} {tally.line()}")
    half = Tally()
    for stream, shape in zip(recordings, shapes, strict=True):
        _count(half, doorward(shape)(stream.seen[::2]), stream)
    print(f"  {'doorward at 15 fps':28} {half.line()}")
    return ours


def draw(recordings: Sequence[Stream], shapes: Sequence[ShapeModel]) -> None:
    """Recall against false blinks a minute, over all thresholds, as a picture."""
    import matplotlib as mpl  # noqa: PLC0415  # only this picture needs it

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    points = []
    for least in LEAST_SURE:
        tally = Tally()
        for stream, shape in zip(recordings, shapes, strict=True):
            _count(tally, doorward(shape, least)(stream.seen), stream)
        points.append((tally.per_minute, tally.recall))
    figure, axes = plt.subplots(figsize=(7, 5))
    axes.plot([false for false, _ in points], [recall for _, recall in points], "-o", ms=3)
    for name, rule in FIXED.items():
        tally = Tally()
        for stream in recordings:
            _count(tally, rule(stream.seen), stream)
        axes.plot(tally.per_minute, tally.recall, "x", label=name)
    axes.axhline(0.95, color="grey", lw=0.7)
    axes.axvline(0.5, color="grey", lw=0.7)
    axes.set(xlabel="false blinks a minute", ylabel="recall", xlim=(0, 8), ylim=(0, 1.02))
    axes.set_title("Blinks on three EAR streams, fitted without the stream judged")
    axes.legend(loc="lower right")
    CURVE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(CURVE, dpi=110)
    plt.close(figure)
    print(f"  curve: {CURVE}")


def on_clips(folder: Path) -> tuple[Tally, int]:
    """Print the figures of the clips; Doorward's, and its most false blinks in one clip."""
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    labels = clip_labels(folder / "blink_labels.csv")
    rules = {"doorward": doorward(), **FIXED}
    tallies = {name: Tally() for name in rules}
    unjudged = dict.fromkeys(rules, 0)
    worst, missed = 0, []
    for clip in clips():
        tracker.reset()
        seen = [tracker.observe(frame) for frame in clip.frames()]
        label = labels.get(clip.name)
        for name, rule in rules.items():
            least = [one.least for one in rule(seen)]
            if label is None:
                unjudged[name] += len(least)
                continue
            blinks, closed = label
            gone = [at for at in blinks if not any(abs(one - at) <= NEAR for one in least)]
            false = sum(
                not any(abs(one - at) <= NEAR for at in blinks)
                and not any(first - NEAR <= one <= last + NEAR for first, last in closed)
                for one in least
            )
            tally = tallies[name]
            tally.labels += len(blinks)
            tally.hits += len(blinks) - len(gone)
            tally.false += false
            tally.minutes += seen[-1].at / 60
            if name == "doorward":
                worst = max(worst, false)
                missed += [f"{clip.name} at {at} of {len(seen)}" for at in gone]
    print("labelled clips")
    for name, tally in tallies.items():
        print(f"  {name:28} {tally.line()}  found in unlabelled clips {unjudged[name]}")
    print(f"  doorward missed: {', '.join(missed) or 'none'}; most false in one clip: {worst}")
    return tallies["doorward"], worst


def main() -> int:
    """Print both tables, goals and curve."""
    folder = data() / "video"
    recordings = streams(folder / "ear")
    shapes = left_out(recordings)
    on_stream = on_streams(recordings, shapes)
    draw(recordings, shapes)
    on_clip, worst = on_clips(folder)
    goal("blinks on streams: recall", on_stream.recall, 0.95)
    goal("blinks on streams: precision", on_stream.precision, 0.95)
    goal("blinks on streams: false a minute", on_stream.per_minute, 0.5, most=True)
    goal("blinks on clips: recall", on_clip.recall, 0.95)
    goal("blinks on clips: most false in a clip", worst, 1, most=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
