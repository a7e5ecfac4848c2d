"""How many blinks are seen, and how many are made up?

`python -m bench.blinks` runs Doorward's detector beside two fixed rules over the labelled data of
$DOORWARD_DATA, by the protocol in its README: on EAR streams a detection counts when it overlaps a
labelled blink, on clips when its least EAR lies within 6 frames of a label. All three rules get the
same EAR. The streams hold the mean of both eyes and no head pose, so there the detector works
without either.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.adapters.faces_dlib import DlibFaceTracker
from edge.core.liveness import BlinkDetector
from edge.core.sighting import Face, Sighting
from edge.ports import Frame
from faces import models

STREAM_FPS = 30.0
NEAR = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """A detection or a label, in frames; `least` is where the eyes were most closed."""

    first: int
    last: int
    least: int


@dataclass(slots=True)
class Tally:
    """What one rule found."""

    labels: int = 0
    hits: int = 0
    false: int = 0
    minutes: float = 0.0

    def line(self) -> str:
        """Recall, precision and false blinks a minute, with the counts behind them."""
        found = self.hits + self.false
        precision = f"{self.hits / found:.3f}" if found else "  -  "
        return (
            f"recall {self.hits / max(1, self.labels):.3f} ({self.hits}/{self.labels})  "
            f"precision {precision}  false {self.false} ({self.false / self.minutes:.2f}/min)"
        )


Rule = Callable[[list[Sighting]], list[Interval]]


def doorward(seen: list[Sighting]) -> list[Interval]:
    """Blinks by `edge.core.blinks`."""
    detector = BlinkDetector()
    index = {one.at: one.index for one in seen}
    times = np.array([one.at for one in seen])
    found = []
    for one in seen:
        blink = detector.update(one)
        if blink is not None:
            first = seen[int(np.searchsorted(times, blink.start))].index
            found.append(Interval(first, one.index, index[blink.closed_at]))
    return found


def fixed(threshold: float, frames: int) -> Rule:
    """A blink is at least `frames` frames in a row under `threshold`, told when it ends."""

    def rule(seen: list[Sighting]) -> list[Interval]:
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


RULES: dict[str, Rule] = {
    "doorward": doorward,
    "predecessor 0.27, 33 frames": fixed(0.27, 33),
    "tutorial 0.21, 2 frames": fixed(0.21, 2),
}


def stream(path: Path) -> tuple[list[Sighting], list[Interval]]:
    """One EAR recording and its labelled blinks; a frame without a face ends the track."""
    seen: list[Sighting] = []
    labelled: list[int] = []
    track = 0
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            index = int(row["frame"])
            if row["blink"] not in {"", "0"}:
                labelled.append(index)
            if not row["ear"]:
                track += 1
                continue
            ear = float(row["ear"])
            # Only the eyes are known; the rest is filled in, different in each frame as in life.
            face = Face((0, 0, 100, 100), (), ear, ear, 0, 0, 0, 120, float(index), 1)
            seen.append(Sighting(index / STREAM_FPS, index, 1, track, face))
    runs = np.split(np.array(labelled), np.flatnonzero(np.diff(labelled) > 1) + 1)
    return seen, [Interval(int(run[0]), int(run[-1]), int(run[0])) for run in runs]


def clip(path: Path, tracker: DlibFaceTracker) -> tuple[list[Sighting], float]:
    """One clip as the edge sees it, and its frame rate."""
    video = cv2.VideoCapture(str(path))
    fps = video.get(cv2.CAP_PROP_FPS)
    tracker.reset()
    seen: list[Sighting] = []
    while True:
        read, image = video.read()
        if not read:
            video.release()
            return seen, fps
        frame = Frame(np.asarray(image, dtype=np.uint8), len(seen) / fps, len(seen))
        seen.append(tracker.observe(frame))


def clip_labels(path: Path) -> dict[str, tuple[list[int], list[tuple[int, int]]]]:
    """Blinks and spans of closed eyes by clip; a clip with no blink in it is listed with none."""
    labels: dict[str, tuple[list[int], list[tuple[int, int]]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            blinks, closed = labels.setdefault(row["clip"], ([], []))
            for entry in row["frames"].split():
                if row["kind"] == "blink":
                    blinks.append(int(entry))
                else:
                    first, last = entry.split("-")
                    closed.append((int(first), int(last)))
    return labels


def on_streams(folder: Path) -> None:
    """Print the figures of the EAR streams."""
    tallies = {name: Tally() for name in RULES}
    for path in sorted(folder.glob("stream*.csv")):
        seen, labels = stream(path)
        for name, rule in RULES.items():
            found = rule(seen)
            tally = tallies[name]
            tally.labels += len(labels)
            tally.hits += sum(any(_overlap(label, one) for one in found) for label in labels)
            tally.false += sum(not any(_overlap(label, one) for label in labels) for one in found)
            tally.minutes += (seen[-1].index + 1) / STREAM_FPS / 60
    print("EAR streams (30 fps)")
    for name, tally in tallies.items():
        print(f"  {name:28} {tally.line()}")


def on_clips(folder: Path) -> None:
    """Print the figures of the clips; those without labels are counted apart, unjudged."""
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    labels = clip_labels(folder / "blink_labels.csv")
    tallies = {name: Tally() for name in RULES}
    unjudged = dict.fromkeys(RULES, 0)
    for path in sorted(folder.glob("*/*.mp4")):
        seen, fps = clip(path, tracker)
        label = labels.get(path.relative_to(folder).as_posix())
        for name, rule in RULES.items():
            least = [one.least for one in rule(seen)]
            if label is None:
                unjudged[name] += len(least)
                continue
            blinks, closed = label
            tally = tallies[name]
            tally.labels += len(blinks)
            tally.hits += sum(any(abs(one - at) <= NEAR for one in least) for at in blinks)
            tally.false += sum(
                not any(abs(one - at) <= NEAR for at in blinks)
                and not any(first - NEAR <= one <= last + NEAR for first, last in closed)
                for one in least
            )
            tally.minutes += len(seen) / fps / 60
    print("labelled clips")
    for name, tally in tallies.items():
        print(f"  {name:28} {tally.line()}  found in unlabelled clips {unjudged[name]}")


def _overlap(one: Interval, other: Interval) -> bool:
    return one.first <= other.last and other.first <= one.last


def main() -> int:
    """Print both tables; 0, or 2 where there is no data."""
    folder = Path(os.environ.get("DOORWARD_DATA", "../shared/data")) / "video"
    if not folder.is_dir():
        print(f"no data in {folder}: set DOORWARD_DATA to the folder of faces and clips")
        return 2
    on_streams(folder / "ear")
    on_clips(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
