"""`python -m bench.attacks`: who gets past the door's sight, and do both sides let no swap through?

First the suite that operators run (`python -m edge attacks`), on the recordings of $DOORWARD_DATA;
then splices of two people's clips, through the door's eyes and the brain's
(`bench.attacks.splices`). Exit code 1 where a goal is short, or without recordings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.attacks.splices import Brain, Person, met, table, tried
from bench.clips import data
from brain.adapters.encoders import KNOWN
from brain.config import EncoderName
from brain.eyes import Eyes
from edge.__main__ import main as edge
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.attacks.clips import LIVE, clips
from edge.errors import AttackError
from faces import models
from faces.detect import FaceDetector
from faces.landmarks import LandmarkRefiner

ENCODER: EncoderName = "sface"


def main() -> int:
    """Run both; 1 where a goal of either is short."""
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--only", choices=("suite", "splices"), help="one of the two")
    parser.add_argument("--most", type=int, help="attacks to make")
    parser.add_argument("--seconds", type=float, help="length of an attack")
    parser.add_argument("--splices", type=int, default=200, help="splices to try (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder for presentations.jsonl")
    options = parser.parse_args()
    folder = data() / "video"
    short = 0
    if options.only != "splices":
        arguments = ["attacks", "--clips", str(folder), "--seed", str(options.seed)]
        for name in ("most", "seconds", "out"):
            value = getattr(options, name)
            if value is not None:
                arguments += [f"--{name}", str(value)]
        short |= edge(arguments)
    if options.only != "suite":
        short |= _splices(folder, options.splices, options.seed)
    return short


def _splices(folder: Path, count: int, seed: int) -> int:
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    eyes = Eyes(FaceDetector(models.path("yunet")), KNOWN[ENCODER]())
    eyes.start()
    people = list(_people(folder, tracker, eyes))
    brain = Brain.knowing(people, eyes, ENCODER)
    landmarks = LandmarkRefiner(models.path("yunet"))
    landmarks.start()
    trials = list(tried(people, brain, tracker, landmarks, count=count, seed=seed))
    print(f"\nsplices of {len(people)} people's clips, all of them residents; seed {seed}")
    for line in table(trials):
        print(f"  {line}")
    defects = sum(trial.defect for trial in trials)
    mark = "short" if defects else "ok   "
    print(f"{mark} bursts of two people accepted {defects} of {len(trials)} splices  none")
    return int(defects > 0)


def _people(folder: Path, tracker: DlibFaceTracker, eyes: Eyes) -> Iterator[Person]:
    for clip in clips(folder):
        if clip.species != LIVE:
            continue
        fps, images = clip.opened()
        try:
            yield met(clip.path.stem, fps, images, tracker, eyes)
        except AttackError as error:
            print(f"left out: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
