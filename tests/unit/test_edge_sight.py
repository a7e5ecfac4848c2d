"""The door's eyes: when they look closely, what they prove, and that no fault ends them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from edge_sightings import face, sighting
from numpy.typing import NDArray
from structlog.testing import capture_logs

from edge.close_looks import LONGEST_S, LOOK_EVERY_S, WAIT_S
from edge.core.burst import BurstRule
from edge.core.liveness import POLICIES
from edge.core.policies import Challenging, LivenessPolicy, Wanted, equipped
from edge.core.sighting import Face, Sighting
from edge.core.surface import Surface
from edge.eyes import Eyes
from edge.ports import Frame, Image
from edge.steady import BeatingLandmarks

FPS = 30.0


class Tracker:
    """Sees what a script says; a script may raise."""

    def __init__(self, script: Callable[[int], Sighting]) -> None:
        self._script = script

    def start(self) -> None:
        """Nothing to load."""

    def observe(self, frame: Frame) -> Sighting:
        return self._script(frame.index)

    def reset(self) -> None:
        """Nothing to forget."""


class Reader:
    """Writes down when it was asked; a look takes `cost` seconds of its clock."""

    models: Mapping[str, str] = {}

    def __init__(self, *, cost: float = 0.0, error: Exception | None = None) -> None:
        self.at: list[float] = []
        self.now = 0.0
        self._cost = cost
        self._error = error

    def start(self) -> None:
        """Nothing to load."""

    def look(self, frame: Frame, face: Face) -> Surface:
        del face
        self.at.append(frame.at)
        self.now += self._cost
        if self._error is not None:
            raise self._error
        return Surface(ripple=1.0)

    def clock(self) -> float:
        return self.now


def frame(index: int) -> Frame:
    return Frame(np.full((200, 200, 3), 120, dtype=np.uint8), index / FPS, index)


def lids(index: int) -> float:
    """A blink of a quarter of a second in every two seconds."""
    away = abs(index % 60 - 45)
    return 0.3 if away > 4 else 0.06 + 0.05 * away


def blinking(index: int) -> Sighting:
    return sighting(index, seen=face(ear=lids(index), sharpness=100 + index * 0.01))


def staring(index: int) -> Sighting:
    return sighting(index, seen=face(sharpness=100 + index * 0.01))


def close() -> LivenessPolicy:
    return equipped(
        POLICIES["standard"],
        close_looks=True,
        networks=False,
        texture=Wanted.OFF,
        challenge=Challenging.OFF,
    )


def watched(eyes: Eyes, frames: int) -> list[bool]:
    alive = []
    for index in range(frames):
        shown = frame(index)
        alive.append(eyes.judge(shown, eyes.look(shown)).alive)
    return alive


def gaps(reader: Reader) -> list[float]:
    return [later - earlier for earlier, later in zip(reader.at, reader.at[1:], strict=False)]


def test_a_new_face_is_looked_at_at_once_and_then_now_and_then() -> None:
    reader = Reader()

    watched(Eyes(Tracker(staring), close(), BurstRule(), {}, surface=reader), 60)

    assert reader.at[0] == 0
    assert len(reader.at) == 10
    assert min(gaps(reader)) >= LOOK_EVERY_S - 1e-9


def test_another_track_is_a_new_face() -> None:
    reader = Reader()
    tracker = Tracker(lambda index: sighting(index, track=1 + index // 3))

    watched(Eyes(tracker, close(), BurstRule(), {}, surface=reader), 9)

    assert reader.at == pytest.approx([0, 3 / FPS, 6 / FPS])


def test_two_faces_are_not_looked_at() -> None:
    reader = Reader()

    watched(
        Eyes(Tracker(lambda i: sighting(i, faces=2)), close(), BurstRule(), {}, surface=reader), 9
    )

    assert reader.at == []


@pytest.mark.parametrize(("cost", "every"), [(0.011, 0.2), (0.04, 0.4), (0.5, LONGEST_S)])
def test_looks_that_cost_more_are_fewer(cost: float, every: float) -> None:
    reader = Reader(cost=cost)
    eyes = Eyes(Tracker(staring), close(), BurstRule(), {}, surface=reader, clock=reader.clock)

    watched(eyes, 120)

    assert gaps(reader) == pytest.approx([every] * len(gaps(reader)), abs=1.01 / FPS)


def test_no_look_falls_into_a_blink() -> None:
    reader = Reader()

    watched(Eyes(Tracker(blinking), close(), BurstRule(), {}, surface=reader), 240)

    assert len(reader.at) > 25
    assert all(lids(round(at * FPS)) > 0.25 for at in reader.at)


def test_eyes_that_stay_low_are_looked_at_all_the_same() -> None:
    reader = Reader()
    tracker = Tracker(
        lambda i: sighting(i, seen=face(ear=0.3 if i % 8 > 3 else 0.1, sharpness=100 + i))
    )

    watched(Eyes(tracker, close(), BurstRule(), {}, surface=reader), 120)

    assert max(gaps(reader)) <= LOOK_EVERY_S + WAIT_S + 1.01 / FPS


def test_without_life_there_is_nothing_to_prove() -> None:
    eyes = Eyes(Tracker(staring), close(), BurstRule(), {}, surface=Reader())

    alive = watched(eyes, 90)

    assert not any(alive)
    assert eyes.evidenced() is None


def test_a_blink_is_proven_by_the_frames_around_it() -> None:
    eyes = Eyes(Tracker(blinking), close(), BurstRule(), {}, surface=Reader())

    alive = watched(eyes, 60)

    assert alive[-1]
    evidenced = eyes.evidenced()
    assert evidenced is not None
    times = [cutting.sighting.at for cutting in evidenced.cuttings]
    assert min(times) < 45 / FPS < max(times)


def test_a_reader_that_fails_is_told_once_and_the_door_stays_shut() -> None:
    eyes = Eyes(
        Tracker(blinking), close(), BurstRule(), {}, surface=Reader(error=ValueError("odd picture"))
    )

    with capture_logs() as logs:
        alive = watched(eyes, 90)

    assert not any(alive)
    assert [line["part"] for line in logs if line["event"] == "sight_failed"] == ["close look"]


def test_a_tracker_that_fails_has_seen_nobody() -> None:
    def fails(index: int) -> Sighting:
        if 20 <= index < 30:
            raise RuntimeError("no such tensor")
        return staring(index)

    eyes = Eyes(Tracker(fails), close(), BurstRule(), {})

    with capture_logs() as logs:
        seen = [eyes.look(frame(index)) for index in range(40)]

    assert [one.index for one in seen] == list(range(40))
    assert [one.index for one in seen if one.face is None] == list(range(20, 30))
    assert len(logs) == 1


def test_a_face_that_cannot_be_cut_out_is_nobody() -> None:
    broken = replace(face(), box=(math.nan, 0.0, math.nan, 10.0))
    eyes = Eyes(Tracker(lambda i: sighting(i, seen=broken)), close(), BurstRule(), {})

    with capture_logs() as logs:
        seen = eyes.judge(frame(0), eyes.look(frame(0)))

    assert seen.sighting.face is None
    assert not seen.alive
    assert len(logs) == 1


class Same:
    """Finds the points where they were."""

    def start(self) -> None:
        """Nothing to load."""

    def refine(self, image: Image, points: NDArray[np.float32]) -> NDArray[np.float32]:
        del image
        return points


def test_the_lock_gets_its_heartbeat_with_every_picture_that_is_looked_at_again() -> None:
    beats: list[int] = []
    landmarks = BeatingLandmarks(Same(), lambda: beats.append(len(beats)))
    eyes = Eyes(Tracker(blinking), close(), BurstRule(), {}, surface=Reader(), landmarks=landmarks)

    watched(eyes, 60)
    evidenced = eyes.evidenced()

    assert evidenced is not None
    assert len(beats) == len(evidenced.cuttings)
