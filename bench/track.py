"""How many frames a second can the door's eyes take, beside HOG and 68 landmarks on every frame?

And do they follow as well? A frame is lost where the landmarks, without the jaw, lie more than 0.15
eye distances off those of HOG, on average; told apart are frames in which landmarks on a fresh box
of YuNet are as far off, for there it is the box of HOG that differs.

`python -m bench.track`: every living clip, one thread, both in turn on the same frames in memory.
The door's loop is detection, landmarks, quality, track and blink: all that a frame costs but its
capture. CPU seconds are those of this process, so that a shared machine disturbs less. The first
frames of each clip are enough for the ratio and take a minute; `--frames 0` takes all of them.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import clips
from bench.goals import goal
from edge.adapters.faces_dlib import DlibFaceTracker, eye_aspect_ratio
from edge.core.liveness import POLICIES, Witness
from edge.core.sighting import Sighting
from edge.ports import Frame
from faces import models

Landmarks = NDArray[np.float64]

LOST = 0.15
"""Eye distances."""

EVERY = 10
"""Of the frames that are not lost, each tenth is compared with a fresh detection."""

CHUNK = 120
"""Frames held in memory and given to both in turn."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.track", description=__doc__)
    parser.add_argument("--frames", type=int, default=CHUNK, help="of each clip; 0: all of them")
    most = parser.parse_args(arguments).frames or None
    cv2.setNumThreads(1)
    console = Console()
    table = Table(title="Edge loop: frames a second of one CPU core")
    for column in ("clip", "size", "frames", "HOG + 68 points", "Doorward", "ratio"):
        table.add_column(column, justify="left" if column == "clip" else "right")
    total_peer = total_ours = frames = 0.0
    judge = _Judge()
    for clip in clips("live"):
        ours, peer = _Ours(), _Peer()
        size, count = "", 0
        chunk: list[Frame] = []
        for frame in itertools.chain(itertools.islice(clip.frames(), most), (None,)):
            if frame is not None:
                size = f"{frame.image.shape[1]}x{frame.image.shape[0]}"
                chunk.append(frame)
                count += 1
            if chunk and (frame is None or len(chunk) == CHUNK):
                peer.take(chunk)
                ours.take(chunk)
                judge.take(chunk, peer.landmarks, ours.faces)
                chunk = []
        table.add_row(
            clip.path.stem,
            size,
            str(count),
            f"{count / peer.seconds:.0f}",
            f"{count / ours.seconds:.0f}",
            f"{peer.seconds / ours.seconds:.1f}",
        )
        total_peer += peer.seconds
        total_ours += ours.seconds
        frames += count
    table.add_section()
    table.add_row(
        "all",
        "",
        f"{frames:.0f}",
        f"{frames / total_peer:.0f}",
        f"{frames / total_ours:.0f}",
        f"{total_peer / total_ours:.1f}",
    )
    console.print(table)
    ratio = total_peer / total_ours
    goal("tracking: frame rate beside HOG + 68 points", ratio, 5)
    goal("tracking: % of frames lost", 100 * judge.lost / judge.frames, 0.1, most=True)
    goal(
        "tracking: % lost where fresh boxes agree", 100 * judge.ours / judge.frames, 0.1, most=True
    )
    goal("tracking: correlation of the EAR", _correlation(*map(np.array, judge.ears)), 0.9)
    console.print(
        f"points off YuNet's own, in eye distances: median {np.median(judge.off):.3f}, "
        f"99 % under {np.quantile(judge.off, 0.99):.3f}"
    )


class _Judge:
    """Compares what the door followed with fresh detections."""

    def __init__(self) -> None:
        self.frames = self.lost = self.ours = 0
        self.ears: tuple[list[float], list[float]] = ([], [])
        self.off: list[float] = []
        self._fresh = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
        self._fresh.start()

    def take(
        self,
        frames: Sequence[Frame],
        peer: Sequence[Landmarks | None],
        ours: Sequence[tuple[Sighting, Landmarks | None]],
    ) -> None:
        """Compare some frames."""
        for frame, theirs, (seen, mine) in zip(frames, peer, ours, strict=True):
            if theirs is None:
                continue
            self.frames += 1
            if mine is None or seen.face is None:
                self.lost += 1
                self.ours += 1
                continue
            ears = [eye_aspect_ratio(theirs[part]) for part in (slice(36, 42), slice(42, 48))]
            if None not in ears and seen.face.ear is not None:
                self.ears[0].append(sum(ear or 0 for ear in ears) / 2)
                self.ears[1].append(seen.face.ear)
            lost = _apart(theirs, mine) > LOST
            if not lost and frame.index % EVERY:
                continue
            self._fresh.reset()
            face, fresh = self._fresh.observe(frame).face, self._fresh.landmarks
            agrees = fresh is None or _apart(theirs, fresh) <= LOST
            self.lost += lost
            self.ours += lost and agrees
            if face is not None:
                points = np.array(face.points)
                gaps = np.linalg.norm(points - np.array(seen.face.points), axis=1)
                self.off.append(float(gaps.mean() / np.linalg.norm(points[0] - points[1])))


def _correlation(one: Landmarks, other: Landmarks) -> float:
    return float(np.mean((one - one.mean()) * (other - other.mean())) / (one.std() * other.std()))


def _apart(one: Landmarks, other: Landmarks) -> float:
    eyes = np.linalg.norm(one[36:42].mean(0) - one[42:48].mean(0))
    return float(np.linalg.norm(one[17:] - other[17:], axis=1).mean() / eyes)


class _Timed:
    def __init__(self) -> None:
        self.seconds = 0.0

    def _time(self, look: Callable[[Frame], Any], frames: list[Frame]) -> None:
        began = time.process_time()
        for frame in frames:
            look(frame)
        self.seconds += time.process_time() - began


class _Ours(_Timed):
    """What `edge.eyes` does with a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
        self._tracker.start()
        self._witness = Witness(POLICIES["standard"])
        self.faces: list[tuple[Sighting, Landmarks | None]] = []

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self.faces = []
        self._time(self._look, frames)

    def _look(self, frame: Frame) -> None:
        seen = self._tracker.observe(frame)
        self._witness.observe(seen)
        self.faces.append((seen, self._tracker.landmarks))


class _Peer(_Timed):
    """The common way: dlib's HOG detector on the whole frame, then its 68 landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self._detect = dlib.get_frontal_face_detector()
        self._predict = dlib.shape_predictor(str(models.path("landmarks68")))
        self.landmarks: list[Landmarks | None] = []

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self.landmarks = []
        self._time(self._look, frames)

    def _look(self, frame: Frame) -> None:
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        found = [self._predict(grey, box) for box in self._detect(grey, 0)]
        largest = max(found, key=lambda shape: shape.rect.width(), default=None)
        self.landmarks.append(
            None
            if largest is None
            else np.array([(point.x, point.y) for point in largest.parts()], dtype=np.float64)
        )


if __name__ == "__main__":
    main()
