"""How many frames a second can the door's eyes take, beside HOG and 68 landmarks on every frame?

And do they follow as well? See `bench.track_judge` for when a frame is lost.

`python -m bench.track`: every living clip, one thread, both in turn on the same frames in memory.
The door's side is detection, landmarks, quality, track and blinks; what the rest of the evidence of
life costs in each frame is told apart, for its peer has none. CPU seconds are those of this
process, so that a shared machine disturbs less. The first frames of each clip are enough for the
ratio and take a minute; `--frames 0` takes all of them. `--boards` plays the clips with labelled
blinks through a door's eyes on slower boards instead (`bench.slow_boards`).

Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench import slow_boards
from bench.clips import clips
from bench.goals import goal
from bench.track_judge import Judge, Reference
from bench.trackers import LIDS, tracker
from edge.core.blinks import BlinkDetector
from edge.core.liveness import POLICIES, Witness
from edge.core.sighting import Sighting
from edge.ports import Frame
from faces import models

CHUNK = 120
"""Frames held in memory and given to both in turn."""

SLOWER = {"Pi 4": 7, "Pi 5": 3}
"""How many times slower a core of a Raspberry Pi is guessed to be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and the goals; 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.track", description=__doc__)
    parser.add_argument("--frames", type=int, default=CHUNK, help="of each clip; 0: all of them")
    parser.add_argument("--clips", type=int, default=0, help="how many of them; 0: all")
    parser.add_argument("--lids", choices=LIDS, default=LIDS[0], help="who sees the lids")
    parser.add_argument(
        "--boards", action="store_true", help="only: blinks that slower boards see, close looks too"
    )
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    if options.boards:
        eyes = tracker(options.lids)
        eyes.start()
        slow_boards.report(eyes)
        return 0
    console = Console()
    table = Table(title="Edge loop: frames a second of one CPU core")
    for column in ("clip", "size", "frames", "HOG + 68 points", "Doorward", "ratio"):
        table.add_column(column, justify="left" if column == "clip" else "right")
    total_peer = total_ours = witnesses = frames = 0.0
    judge = Judge()
    judge.start()
    ours, peer = _Ours(options.lids), _Peer()
    for clip in clips("live")[: options.clips or None]:
        ours.begin()
        peer.begin()
        size, count = "", 0
        chunk: list[Frame] = []
        shown = itertools.islice(clip.frames(), options.frames or None)
        for frame in itertools.chain(shown, (None,)):
            if frame is not None:
                size = f"{frame.image.shape[1]}x{frame.image.shape[0]}"
                chunk.append(frame)
                count += 1
            if chunk and (frame is None or len(chunk) == CHUNK):
                peer.take(chunk)
                ours.take(chunk)
                judge.take(chunk, peer.seen, ours.seen)
                chunk = []
        _row(table, (clip.path.stem, size), count, peer.seconds, ours.seconds)
        total_peer += peer.seconds
        total_ours += ours.seconds
        witnesses += ours.witness_seconds
        frames += count
    table.add_section()
    _row(table, ("all", ""), frames, total_peer, total_ours)
    console.print(table)
    _remarks(judge, frames / total_ours, witnesses / frames)
    name = f"tracking, lids by {options.lids}"
    reached = [
        goal(f"{name}: frame rate beside HOG + 68", total_peer / total_ours, 5),
        goal(f"{name}: % of frames lost", 100 * judge.lost / judge.frames, 0.1, most=True),
        goal(f"{name}: correlation of the EAR", _correlation(*map(np.array, judge.ears)), 0.9),
    ]
    return 0 if all(reached) else 1


def _row(table: Table, names: tuple[str, str], count: float, peer: float, ours: float) -> None:
    rates = (f"{count / peer:.0f}", f"{count / ours:.0f}", f"{peer / ours:.1f}")
    table.add_row(*names, f"{count:.0f}", *rates)


def _remarks(judge: Judge, rate: float, witness: float) -> None:
    boards = ", ".join(f"{rate / slower:.0f} on a {board}" for board, slower in SLOWER.items())
    print(f"all evidence of life that lies in the sightings: {1000 * witness:.2f} ms a frame")
    print(f"estimate from guessed factors, frames a second of one core: {boards}")
    print(
        f"points off HOG's by more than 0.15 eye distances: {judge.off} of {judge.frames} frames "
        f"({100 * judge.off / judge.frames:.3f} %); in {judge.off - judge.lost} of them YuNet in "
        "the whole picture finds HOG's own off"
    )
    print(
        f"five points off fresh ones, in eye distances: median {np.median(judge.carried):.3f}, "
        f"99 % under {np.quantile(judge.carried, 0.99):.3f}"
    )
    side, right, down = np.median(judge.boxes, axis=0)
    low, high = np.quantile(np.array(judge.boxes)[:, 0], [0.25, 0.75])
    print(
        f"HOG's box in shares of YuNet's, medians of {len(judge.boxes)} frames: side {side:.2f} "
        f"(half of them {low:.2f} to {high:.2f}), right {right:+.3f}, down {down:+.3f}"
    )


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.mean((one - one.mean()) * (other - other.mean())) / (one.std() * other.std()))


class _Timed:
    def __init__(self) -> None:
        self.seconds = 0.0

    def begin(self) -> None:
        """Another clip."""
        self.seconds = 0.0

    def _time(self, look: Callable[[Frame], Any], frames: list[Frame]) -> None:
        began = time.process_time()
        for frame in frames:
            look(frame)
        self.seconds += time.process_time() - began


class _Ours(_Timed):
    """What the edge does with a frame."""

    def __init__(self, lids: str) -> None:
        super().__init__()
        self._tracker = tracker(lids)
        self._tracker.start()
        self._blinks = BlinkDetector()
        self._witness = Witness(POLICIES["standard"])
        self.witness_seconds = 0.0
        self.seen: list[Sighting] = []

    def begin(self) -> None:
        """Another clip, another person."""
        super().begin()
        self.witness_seconds = 0.0
        self._tracker.reset()
        self._blinks.reset()
        self._witness.reset()

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self.seen = []
        self._time(self._look, frames)
        began = time.process_time()
        for seen in self.seen:
            self._witness.observe(seen)
        self.witness_seconds += time.process_time() - began

    def _look(self, frame: Frame) -> None:
        seen = self._tracker.observe(frame)
        self._blinks.update(seen)
        self.seen.append(seen)


class _Peer(_Timed):
    """The common way: dlib's HOG detector on the whole frame, then its 68 landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self._detect = dlib.get_frontal_face_detector()
        self._predict = dlib.shape_predictor(str(models.path("landmarks68")))
        self.seen: list[Reference | None] = []

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self.seen = []
        self._time(self._look, frames)

    def _look(self, frame: Frame) -> None:
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        found = [self._predict(grey, box) for box in self._detect(grey, 0)]
        largest = max(found, key=lambda shape: shape.rect.width(), default=None)
        if largest is None:
            self.seen.append(None)
            return
        points = np.array([(point.x, point.y) for point in largest.parts()], dtype=np.float64)
        square = largest.rect
        self.seen.append(Reference(points, (square.left(), square.top(), square.width())))


if __name__ == "__main__":
    sys.exit(main())
