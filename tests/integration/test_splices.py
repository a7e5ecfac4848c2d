"""One person shows life, another one's face follows: no burst of both is ever accepted.

The door's own tracker, blinks and burst choice, then the brain's own eyes, gallery and verdict.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from attack_clips import FPS, MISSING, animated

from bench.attacks.splices import Brain, Person, Trial, met, tried
from brain.adapters.encoders import KNOWN
from brain.eyes import Eyes
from doorbus.messages import Reason
from edge.adapters.faces_dlib import DlibFaceTracker
from edge.attacks.clips import Clip
from edge.attacks.splice import Manner, Moment
from faces import models
from faces.detect import FaceDetector
from faces.landmarks import LandmarkRefiner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(MISSING is not None, reason=f"not fetched: {MISSING}"),
]

DATA = os.environ.get("DOORWARD_DATA")
EVERY_WAY = len(Moment) * len(Manner)


@pytest.fixture(scope="module")
def tracker() -> DlibFaceTracker:
    found = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    found.start()
    return found


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    found = Eyes(FaceDetector(models.path("yunet")), KNOWN["sface"]())
    found.start()
    return found


def spliced(
    people: Sequence[Person], eyes: Eyes, tracker: DlibFaceTracker, count: int
) -> list[Trial]:
    landmarks = LandmarkRefiner(models.path("yunet"))
    landmarks.start()
    brain = Brain.knowing(people, eyes, "sface")
    return list(tried(people, brain, tracker, landmarks, count=count, seed=1))


def assert_no_swap(trials: Sequence[Trial]) -> None:
    assert [trial for trial in trials if trial.defect] == []
    # Or the brain might refuse everybody.
    alone = [trial for trial in trials if len(trial.shown) == 1]
    assert any(trial.reason is Reason.MATCH for trial in alone)


def test_two_animated_portraits_are_never_taken_for_one(
    tracker: DlibFaceTracker, eyes: Eyes
) -> None:
    people = [
        met(name, FPS, animated(f"{name}.jpg", 8.0, seed), tracker, eyes)
        for seed, name in enumerate(("obama", "biden"))
    ]

    trials = spliced(people, eyes, tracker, EVERY_WAY)

    assert len({(trial.moment, trial.manner) for trial in trials}) == EVERY_WAY
    assert_no_swap(trials)


@pytest.mark.data
@pytest.mark.skipif(DATA is None, reason="DOORWARD_DATA is not set: no real clips here")
def test_two_real_people_are_never_taken_for_one(tracker: DlibFaceTracker, eyes: Eyes) -> None:
    people = []
    for name in ("d5", "d18", "office", "talking"):
        clip = Clip(Path(str(DATA)) / "video" / "live" / f"{name}.mp4", "live", None)
        fps, images = clip.opened()
        people.append(met(name, fps, images, tracker, eyes))

    assert_no_swap(spliced(people, eyes, tracker, 2 * EVERY_WAY))
