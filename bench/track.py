"""How many frames a second can the door's eyes take, beside HOG and 68 landmarks on every frame?

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
from rich.console import Console
from rich.table import Table

from bench.clips import clips
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.core.liveness import POLICIES, Witness
from edge.ports import Frame
from faces import models

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

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self._time(lambda frame: self._witness.observe(self._tracker.observe(frame)), frames)


class _Peer(_Timed):
    """The common way: dlib's HOG detector on the whole frame, then its 68 landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self._detect = dlib.get_frontal_face_detector()
        self._predict = dlib.shape_predictor(str(models.path("landmarks68")))

    def take(self, frames: list[Frame]) -> None:
        """Look at some frames and add up the time."""
        self._time(self._look, frames)

    def _look(self, frame: Frame) -> None:
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        for box in self._detect(grey, 0):
            self._predict(grey, box)


if __name__ == "__main__":
    main()
