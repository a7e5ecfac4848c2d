"""A portrait that blinks, seen by the door's own tracker, and the same one with frozen eyes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from attack_clips import FPS, MISSING, animated

from edge.adapters.faces_dlib import DlibFaceTracker
from edge.attacks.frozen_eyes import frozen_eyes
from edge.attacks.source import taken
from edge.core.blinks import Blink, BlinkDetector
from edge.core.lids import LIDS
from edge.core.sighting import Sighting
from edge.ports import Frame, Image
from faces import models

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

SECONDS = 4.0


def watched(images: Iterable[Image], tracker: DlibFaceTracker) -> list[Sighting]:
    tracker.reset()
    return [tracker.observe(Frame(one, i / FPS, i)) for i, one in enumerate(images)]


def blinks(seen: Iterable[Sighting]) -> list[Blink]:
    detector = BlinkDetector()
    return [blink for one in seen if (blink := detector.update(one)) is not None]


def test_landmarks_that_blink_are_believed_only_where_the_eyes_do() -> None:
    tracker = DlibFaceTracker(models.path("yunet"), models.path("landmarks68"))
    tracker.start()
    pictures = list(animated("obama.jpg", SECONDS))
    alive = watched(pictures, tracker)
    source = taken("portrait", FPS, pictures, tracker)
    frozen = watched(frozen_eyes(source, np.random.default_rng(3), SECONDS), tracker)
    # Landmarks may or may not slip over frozen eyes: here they blink as the portrait does.
    made_up = [
        replace(one, face=replace(one.face, eyes=other.face.eyes))
        for one, other in zip(alive, frozen, strict=True)
        if one.face is not None and other.face is not None
    ]

    seen = blinks(alive)

    assert seen
    assert all(blink.change is not None and blink.change > LIDS.least for blink in seen)
    assert len(made_up) > 0.9 * len(alive)
    assert blinks(made_up) == []
