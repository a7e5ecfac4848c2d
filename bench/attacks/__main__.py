"""`python -m bench.attacks`: who gets past the door's sight, and do both sides let no swap through?

First the suite that operators run (`python -m edge attacks`), on the recordings of $DOORWARD_DATA;
then splices of two people's clips, through the door's eyes and the brain's
(`bench.attacks.splices`), and how many bursts of one person are refused for what keeps those out
(`bench.attacks.genuine`). Exit code 1 where a goal is short, or without recordings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.attacks import genuine
from bench.attacks.splices import Brain, Known, Person, by_enrolment, met, table, tried
from bench.clips import data
from bench.recognition.pictures import NoDataError
from brain.adapters.encoders import KNOWN
from brain.encoder_settings import EncoderName
from brain.eyes import Eyes
from edge.__main__ import main as edge
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.attacks.clips import LIVE, clips
from edge.errors import AttackError
from faces import models
from faces.detect import FaceDetector
from faces.landmarks import LandmarkRefiner

ENCODER: EncoderName = "sface"
GENUINE: tuple[EncoderName, ...] = ("sface", "dlib")


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
    landmarks = LandmarkRefiner(models.path("yunet"))
    eyes = Eyes(FaceDetector(models.path("yunet")), KNOWN[ENCODER](), landmarks)
    eyes.start()
    people = list(_people(folder, tracker, eyes))
    brain = Brain.knowing(people, eyes, ENCODER)
    trials = list(tried(people, brain, tracker, landmarks, count=count, seed=seed))
    print(f"\nsplices of {len(people)} people's clips, all of them residents; seed {seed}")
    for line in table(trials):
        print(f"  {line}")
    for line in by_enrolment(trials):
        print(f"  {line}")
    defects = sum(any(trial.swapped(known) for known in Known) for trial in trials)
    mark = "short" if defects else "ok   "
    print(f"{mark} bursts of two people accepted {defects} of {len(trials)} splices  none")
    return int(defects > 0) | _genuine(people, brain)


def _genuine(people: Sequence[Person], brain: Brain) -> int:
    """Print how many bursts of one person are refused; 1 where there are too many."""
    print(f"\n  {genuine.HEAD}")
    counts = {"living people's clips": genuine.refused(genuine.of_clips(people, brain))}
    try:
        for encoder in GENUINE:
            visits = genuine.of_videos(encoder)
            counts[f"YouTube Faces, {encoder}"] = genuine.refused(visits)
    except NoDataError as error:
        print(f"left out: {error}", file=sys.stderr)
    short = 0
    for name, of in counts.items():
        print(f"  {genuine.line(name, of)}")
        short |= of["refused"] > genuine.MOST_REFUSED * of["let in"]
    mark = "short" if short else "ok   "
    print(f"{mark} bursts of one person refused for it  at most {genuine.MOST_REFUSED:.1%}")
    return short


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
