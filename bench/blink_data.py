"""What was labelled: eye aspect ratios (EAR) with blinks, and clips with blinks?"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.core.sighting import Face, Sighting

STREAM_FPS = 30.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A detection or a label, in frames; `least` is where the eyes were most closed."""

    first: int
    last: int
    least: int

    def overlaps(self, other: Interval) -> bool:
        """Whether both have a frame in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Stream:
    """One EAR recording."""

    name: str
    seen: list[Sighting]
    labels: list[Interval]

    @property
    def minutes(self) -> float:
        """How long it is."""
        return (self.seen[-1].index + 1) / STREAM_FPS / 60


def streams(folder: Path) -> list[Stream]:
    """All recordings of a folder, by name."""
    return [read_stream(path) for path in sorted(folder.glob("stream*.csv"))]


def read_stream(path: Path) -> Stream:
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
    labels = [Interval(int(run[0]), int(run[-1]), int(run[0])) for run in runs]
    return Stream(path.stem, seen, labels)


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
