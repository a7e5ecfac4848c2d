"""How many blinks does a door see on a board that is slower, close looks and all?

`python -m bench.track --boards`: the clips with labelled blinks, as a door sees them whose loop is
so many times slower: a frame that comes while the loop is busy is not looked at. The loop's time is
that of this process's processor, multiplied; the factors are guessed, no board was measured. With
the texture networks where they have been fetched.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import cv2

from bench.clips import Clip, clips
from edge.adapters.surface_cv2 import Cv2SurfaceReader
from edge.adapters.texture_onnx import SCALES, MiniFasNets
from edge.core.burst import BurstRule
from edge.core.evidence import EvidenceKind
from edge.core.policies import POLICIES, Challenging, Wanted, equipped
from edge.eyes import Eyes
from edge.ports import FaceTracker, Frame, SurfaceReader
from faces import models

FACTORS: Final = (1, 3, 7)
"""This machine, a guessed Pi 5, a guessed Pi 4."""

SIDE: Final = 640
"""Pixels of a frame's longer side, as a door's camera gives it."""

NEAR_S: Final = 0.2
"""Seconds that a blink may be found from where it was labelled."""


def report(tracker: FaceTracker) -> None:
    """Print recall and frame rate for each factor, with the networks and without.

    Args:
        tracker: started.
    """
    labelled = [clip for clip in clips("live") if clip.blinks]
    readers: list[tuple[str, SurfaceReader]] = [("without networks", Cv2SurfaceReader())]
    if all(models.problem(name) is None for name in SCALES):
        files = {name: models.path(name) for name in SCALES}
        full = Cv2SurfaceReader(MiniFasNets(files, {name: name for name in SCALES}))
        full.start()
        readers.insert(0, ("with networks", full))
    seen: Counter[tuple[str, int]] = Counter()
    rate: Counter[tuple[str, int]] = Counter()
    seconds, blinks = 0.0, 0
    for clip in labelled:
        frames = list(_shown(clip))
        seconds += frames[-1].at
        blinks += len(clip.blinks or ())
        for name, reader in readers:
            for factor in FACTORS:
                tracker.reset()
                looked, found = _watch(frames, tracker, reader, factor)
                rate[name, factor] += looked
                fps = (len(frames) - 1) / frames[-1].at
                seen[name, factor] += sum(
                    any(abs(at - label / fps) <= NEAR_S for at in found)
                    for label in clip.blinks or ()
                )
    for name, _ in readers:
        for factor in FACTORS:
            print(
                f"{factor} times slower, {name}: {seen[name, factor]} of {blinks} blinks, "
                f"{rate[name, factor] / seconds:.0f} frames a second"
            )


def _shown(clip: Clip) -> Iterator[Frame]:
    """The clip until a second after its last labelled blink, as a door's camera would give it."""
    fps = 0.0
    for frame in clip.frames():
        if frame.index == 1:
            fps = 1 / frame.at
        if frame.index > max(clip.blinks or (0,)) + max(15.0, fps):
            return
        scale = SIDE / max(frame.image.shape[:2])
        image = frame.image
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # always uint8
        yield Frame(image, frame.at, frame.index)


def _watch(
    frames: Sequence[Frame], tracker: FaceTracker, reader: SurfaceReader, factor: int
) -> tuple[int, set[float]]:
    """How many frames were looked at, and when blinks were."""
    networks = bool(reader.models)
    policy = equipped(
        POLICIES["standard"],
        close_looks=True,
        networks=networks,
        texture=Wanted.OPTIONAL if networks else Wanted.OFF,
        challenge=Challenging.OFF,
    )

    def clock() -> float:
        return factor * time.thread_time()

    eyes = Eyes(tracker, policy, BurstRule(), {}, surface=reader, clock=clock)
    free, looked = 0.0, 0
    found: set[float] = set()
    # The newest frame waits while the loop is busy: each but the last is gone with the next one.
    for frame, gone in zip(frames, [*(f.at for f in frames[1:]), float("inf")], strict=True):
        if free >= gone:
            continue
        began = clock()
        eyes.judge(frame, eyes.look(frame))
        free = max(free, frame.at) + clock() - began
        looked += 1
        found |= {piece.at for piece in eyes.report if piece.kind is EvidenceKind.BLINK}
    return looked, found
