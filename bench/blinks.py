"""How many blinks are seen, and how many are made up?

`python -m bench.blinks` runs Doorward's detector beside two fixed rules over the labelled data of
$DOORWARD_DATA, by the protocol in its README: on EAR streams a detection counts when it overlaps a
labelled blink, on clips when its least EAR lies within 6 frames of a label. All rules get the same
EAR. The streams hold the mean of both eyes and no head pose, so there the detector works without
either, and with weights fitted on the two other streams: the shipped ones, fitted on all three,
would be judged by what they learned from. The clips took no part in any fit.

Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.blink_data import Interval, Stream, clip_labels, streams
from bench.clips import clips, data
from bench.fit_blinks import candidates, examples, fit
from bench.goals import goal
from bench.trackers import LIDS, tracker
from edge.core.blink_shape import MODEL, ShapeModel
from edge.core.blinks import BlinkDetector, BlinkRule
from edge.core.sighting import Sighting

NEAR = 6
CURVE = Path("bench-out/liveness/blinks.png")


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

    def count(self, found: Sequence[Interval], stream: Stream) -> None:
        """Add what was found in a stream."""
        labels = stream.labels
        self.labels += len(labels)
        self.hits += sum(any(label.overlaps(one) for one in found) for label in labels)
        self.false += sum(not any(one.overlaps(label) for label in labels) for one in found)
        self.minutes += stream.minutes


Rule = Callable[[Sequence[Sighting]], list[Interval]]


def doorward(shape: ShapeModel = MODEL) -> Rule:
    """Blinks by `edge.core.blinks`, from the lids' fall to their rise."""
    rule = BlinkRule(shape=shape)

    def look(seen: Sequence[Sighting]) -> list[Interval]:
        detector = BlinkDetector(rule)
        return [
            _interval(seen, blink.start, blink.opened_at, blink.closed_at)
            for one in seen
            if (blink := detector.update(one)) is not None
        ]

    return look


def _interval(seen: Sequence[Sighting], start: float, end: float, least: float) -> Interval:
    times = [one.at for one in seen]
    first, last, low = np.searchsorted(times, [start, end, least])
    return Interval(seen[first].index, seen[min(last, len(seen) - 1)].index, seen[low].index)


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


def on_streams(recordings: Sequence[Stream], shapes: Sequence[ShapeModel]) -> Tally:
    """Print the figures of the EAR streams; returns those of Doorward at 30 frames a second."""
    print("EAR streams, 30 frames a second; Doorward fitted without the stream judged")
    ours, half, uneven, shipped = Tally(), Tally(), Tally(), Tally()
    for stream, shape in zip(recordings, shapes, strict=True):
        ours.count(doorward(shape)(stream.seen), stream)
        half.count(doorward(shape)(stream.seen[::2]), stream)
        uneven.count(doorward(shape)([one for one in stream.seen if one.index % 3]), stream)
        shipped.count(doorward()(stream.seen), stream)
    print(f"  {'doorward':28} {ours.line()}")
    for name, rule in FIXED.items():
        tally = Tally()
        for stream in recordings:
            tally.count(rule(stream.seen), stream)
        print(f"  {name:28} {tally.line()}")
    print(f"  {'doorward, 15 a second':28} {half.line()}")
    print(f"  {'doorward, a third dropped':28} {uneven.line()}")
    print(f"  {'as shipped (saw them all)':28} {shipped.line()}")
    return ours


def curve(recordings: Sequence[Stream], shapes: Sequence[ShapeModel]) -> list[tuple[float, float]]:
    """False blinks a minute and recall for every threshold of the model, from lax to strict."""
    dips: list[tuple[float, int, Interval]] = []
    for number, (stream, shape) in enumerate(zip(recordings, shapes, strict=True)):
        for dip in candidates(stream.seen):
            where = _interval(stream.seen, dip.dip.down, dip.dip.up, dip.closed_at)
            dips.append((shape.probability(dip.figures), number, where))
    points = []
    for least in sorted({sure for sure, _, _ in dips}):
        tally = Tally()
        for number, stream in enumerate(recordings):
            found = [where for sure, of, where in dips if of == number and sure >= least]
            tally.count(found, stream)
        points.append((tally.per_minute, tally.recall))
    return points


def draw(recordings: Sequence[Stream], shapes: Sequence[ShapeModel], ours: Tally) -> None:
    """Recall against false blinks a minute, with the point of operation and the fixed rules."""
    import matplotlib as mpl  # noqa: PLC0415  # only this picture needs it

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    points = curve(recordings, shapes)
    figure, axes = plt.subplots(figsize=(7, 5))
    axes.plot([false for false, _ in points], [recall for _, recall in points], label="doorward")
    axes.plot(ours.per_minute, ours.recall, "o", label="doorward, at work")
    for (name, rule), mark in zip(FIXED.items(), ("x", "+"), strict=True):
        tally = Tally()
        for stream in recordings:
            tally.count(rule(stream.seen), stream)
        axes.plot(tally.per_minute, tally.recall, mark, ms=9, label=name)
    axes.axhline(0.95, color="grey", lw=0.7)
    axes.axvline(0.5, color="grey", lw=0.7)
    axes.set(xlabel="false blinks a minute", ylabel="recall", xlim=(0, 8), ylim=(0, 1.02))
    axes.set_title("Blinks on three EAR streams, fitted without the stream judged")
    axes.legend(loc="center right")
    CURVE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(CURVE, dpi=110)
    plt.close(figure)
    print(f"  curve: {CURVE}")


@dataclass(frozen=True, slots=True)
class _OnClip:
    missed: list[int]
    false: int


def _judge(
    least: Sequence[int], blinks: Sequence[int], closed: Sequence[tuple[int, int]]
) -> _OnClip:
    missed = [at for at in blinks if not any(abs(one - at) <= NEAR for one in least)]
    false = sum(
        not any(abs(one - at) <= NEAR for at in blinks)
        and not any(first - NEAR <= one <= last + NEAR for first, last in closed)
        for one in least
    )
    return _OnClip(missed, false)


def on_clips(folder: Path, lids: str) -> tuple[Tally, int]:
    """Print the figures of the clips; Doorward's, and its most false blinks in one clip."""
    looks = tracker(lids)
    looks.start()
    labels = clip_labels(folder / "blink_labels.csv")
    rules = {"doorward": doorward(), **FIXED}
    tallies = {name: Tally() for name in rules}
    unjudged = dict.fromkeys(rules, 0)
    worst, missed = 0, []
    for clip in clips():
        looks.reset()
        seen = [looks.observe(frame) for frame in clip.frames()]
        label = labels.get(clip.name)
        for name, rule in rules.items():
            least = [one.least for one in rule(seen)]
            if label is None:
                unjudged[name] += len(least)
                continue
            judged = _judge(least, *label)
            tally = tallies[name]
            tally.labels += len(label[0])
            tally.hits += len(label[0]) - len(judged.missed)
            tally.false += judged.false
            tally.minutes += seen[-1].at / 60
            if name == "doorward":
                worst = max(worst, judged.false)
                missed += [f"{clip.name} at {at} of {len(seen)}" for at in judged.missed]
    print(f"labelled clips, lids by {lids}")
    for name, tally in tallies.items():
        print(f"  {name:28} {tally.line()}  found in unlabelled clips {unjudged[name]}")
    print(f"  doorward missed: {', '.join(missed) or 'none'}; most false in one clip: {worst}")
    return tallies["doorward"], worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables, curve and goals; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.blinks", description=__doc__)
    parser.add_argument("--lids", choices=LIDS, default=LIDS[0], help="who sees the lids of clips")
    lids = parser.parse_args(arguments).lids
    folder = data() / "video"
    recordings = streams(folder / "ear")
    shapes = left_out(recordings)
    on_stream = on_streams(recordings, shapes)
    draw(recordings, shapes, on_stream)
    on_clip, worst = on_clips(folder, lids)
    reached = [
        goal("blinks on streams: recall", on_stream.recall, 0.95),
        goal("blinks on streams: precision", on_stream.precision, 0.95),
        goal("blinks on streams: false a minute", on_stream.per_minute, 0.5, most=True),
        goal("blinks on clips: recall", on_clip.recall, 0.95),
        goal("blinks on clips: most false in a clip", worst, 1, most=True),
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
