"""How fast do residents come to be of another encoder? `python -m bench.reencoding`.

The brain's own trainer on stored frames of the fetched portraits, for each encoder: by the frames
that stand for a resident, as it is where the brain knows them, and by all frames, as with what
earlier releases enrolled. Nobody visits meanwhile; a visit goes before.
"""

from __future__ import annotations

import itertools
import queue
import sys
import tempfile
import time
from pathlib import Path

import cv2
import structlog

from bench.system.pictures import enrolment_pictures
from brain.adapters import encoders
from brain.adapters.frames_disk import DiskFrames
from brain.core.training import TrainingRule
from brain.encoder_settings import EncoderName
from brain.eyes import Eyes
from brain.trainer import Looked, Trainer
from faces import models
from faces.detect import FaceDetector
from faces.errors import FacesError

PORTRAITS = ("obama.jpg", "biden.jpg")
RESIDENTS = 6
ALL = 200
ENCODERS: tuple[EncoderName, ...] = ("sface", "dlib")


def main() -> int:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        folder = Path(name)
        try:
            frames = _stored(folder)
            print(f"{'encoder':10}{'frames each':14}residents a minute")
            for encoder in ENCODERS:
                for count in (TrainingRule().templates, ALL):
                    print(f"{encoder:10}{count:<14}{_pace(encoder, frames, count):.0f}")
        except FacesError as error:
            print(f"cannot be measured: {error}", file=sys.stderr)
            return 2
    return 0


def _stored(folder: Path) -> DiskFrames:
    frames = DiskFrames(folder / "frames")
    frames.start()
    for resident, portrait in zip(range(RESIDENTS), itertools.cycle(PORTRAITS), strict=False):
        for index, picture in enumerate(enrolment_pictures(folder, portrait, ALL)):
            frames.write(f"e-{resident}", index, picture)
    return frames


def _pace(encoder: EncoderName, frames: DiskFrames, count: int) -> float:
    """Residents a minute with so many frames each."""
    done: queue.SimpleQueue[Looked] = queue.SimpleQueue()
    eyes = Eyes(FaceDetector(models.path("yunet")), encoders.KNOWN[encoder]())
    trainer = Trainer(eyes, frames, lambda _: True, done.put)
    trainer.start()
    residents = RESIDENTS if count < ALL else 1
    began = time.monotonic()
    for resident in range(residents):
        trainer.train(f"e-{resident}", range(0, ALL, ALL // count))
    for _ in range(residents):
        done.get()
    spent = time.monotonic() - began
    trainer.stop()
    return 60 * residents / spent


if __name__ == "__main__":
    sys.exit(main())
