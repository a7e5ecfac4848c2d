"""How much does the picture of the eyes change where the landmarks blink?

In clips of living people, and in the same clips with the eyes of one frame in the place of their
own: there every blink is made up by landmarks. `python -m bench.evidence` prints it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from bench.clips import Clip
from bench.goals import goal
from edge.adapters.eye_patches import eye_patches
from edge.attacks.frozen_eyes import frozen_eyes
from edge.attacks.source import taken
from edge.core.blinks import BlinkDetector, BlinkRule
from edge.core.lids import LIDS, LidRule
from edge.ports import FaceTracker, Frame, Image

SECONDS = 5.0
"""How long each clip with frozen eyes plays."""

NEAR_S = 0.2
"""Seconds from a labelled blink within which a blink is that one."""


@dataclass(slots=True)
class Changes:
    """What `edge.core.lids.change` came to, with no limit set.

    Attributes:
        labelled: of blinks that are labelled.
        others: of other blinks in living people's clips.
        frozen: of blinks seen in frozen eyes.
        untold: blinks whose picture told nothing.
        patch_s: processor seconds of each frame's patches.
    """

    labelled: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    frozen: list[float] = field(default_factory=list)
    untold: int = 0
    patch_s: list[float] = field(default_factory=list)


def measured(clips: Iterable[Clip], tracker: FaceTracker) -> Changes:
    """Watch living people's clips as they are and with frozen eyes."""
    found = Changes()
    for clip in clips:
        first, second = islice(clip.frames(), 2)
        fps = 1 / (second.at - first.at)
        labels = [index / fps for index in clip.blinks or ()]
        for at, change in _blinks(_images(clip), fps, tracker, found):
            near = any(abs(at - label) < NEAR_S for label in labels)
            (found.labelled if near else found.others).append(change)
        source = taken(clip.name, fps, _images(clip), tracker)
        made = frozen_eyes(source, np.random.default_rng(7), SECONDS)
        found.frozen += [change for _, change in _blinks(made, source.fps, tracker, found)]
    return found


def _images(clip: Clip) -> Iterator[Image]:
    return (frame.image for frame in clip.frames())


def _blinks(
    images: Iterable[Image], fps: float, tracker: FaceTracker, found: Changes
) -> Iterator[tuple[float, float]]:
    tracker.reset()
    detector = BlinkDetector(BlinkRule(lids=LidRule(least=0.0)))
    for index, image in enumerate(images):
        sighting = tracker.observe(Frame(image, index / fps, index))
        if sighting.face is not None and sighting.face.landmarks:
            landmarks = np.array(sighting.face.landmarks)
            begin = time.thread_time()
            eye_patches(image, landmarks)
            found.patch_s.append(time.thread_time() - begin)
        blink = detector.update(sighting)
        if blink is not None and blink.change is None:
            found.untold += 1
        elif blink is not None and blink.change is not None:
            yield blink.closed_at, blink.change


def report(found: Changes) -> bool:
    """Print what was found; whether the goals are reached."""
    print(f"change of the eyes' picture in blinks of the landmarks, limit {LIDS.least:g}")
    for name, changes in (
        ("labelled", found.labelled),
        ("other, live", found.others),
        ("frozen eyes", found.frozen),
    ):
        if changes:
            least, middle, most = np.quantile(changes, (0, 0.5, 1))
            under = sum(change < LIDS.least for change in changes)
            print(
                f"{name:12} of {len(changes):3}: least {least:.2f}, median {middle:.2f}, "
                f"most {most:.2f}; under the limit {under}"
            )
    print(f"{'told nothing':12} {found.untold}")
    print(f"{1000 * float(np.mean(found.patch_s)):.2f} ms of processor a frame for the patches")
    lost = sum(change < LIDS.least for change in found.labelled)
    made_up = sum(change >= LIDS.least for change in found.frozen)
    kept = goal("labelled blinks lost by the picture of the eyes", lost, 0, most=True)
    return goal("blinks in frozen eyes the picture confirms", made_up, 0, most=True) and kept
