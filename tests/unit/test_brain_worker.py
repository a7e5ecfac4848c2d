"""Matching threads: bounded, newest wanted, never dead; and the trainer that gives way to them."""

from __future__ import annotations

import dataclasses
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from brain.adapters.frames_disk import DiskFrames
from brain.core.freshness import Mark
from brain.eyes import Eyes
from brain.live_gallery import Standing
from brain.ports import Image, Points
from brain.shares import LEAST_SHARE
from brain.trainer import Looked, Trainer
from brain.worker import MOST_AGE_S, MOST_WAITING, Job, Matchers
from doorbus.messages import BlinkSeen, Burst, Crop, Liveness, Reason
from faces import jpeg
from faces.align import TEMPLATE
from matching.decision import Fault, Match, MatchRule
from matching.gallery import Gallery

SIDE = 160
POINTS: Points = (TEMPLATE + 24).astype(np.float32)
PICTURE = jpeg.encode(np.random.default_rng(1).integers(60, 200, (SIDE, SIDE, 3)).astype(np.uint8))
GALLERY = Gallery.build(1, 2, {"r-1": np.array([[1, 0]], np.float32)})
RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.1, least_crops=1)


class OneFace:
    points = POINTS
    area = 100.0


class Detector:
    def start(self) -> None:
        return

    def detect(self, image: Image) -> list[OneFace]:
        assert image.shape == (SIDE, SIDE, 3)
        return [OneFace()]


class Encoder:
    """Embeds everything alike, after `pause`."""

    name = "same"
    dimensions = 2

    def __init__(self, pause: Callable[[], object] = lambda: None) -> None:
        self.pause = pause

    def start(self) -> None:
        return

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        assert image.size
        assert points.size
        self.pause()
        return np.array([1, 0], np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        vectors = [self.encode(image, face) for image, face in zip(images, points, strict=True)]
        return np.asarray(vectors, np.float32).reshape(-1, self.dimensions)


class Broken(Encoder):
    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        raise ArithmeticError(image.shape, points.shape)


def job(door: str, visit: int, since: float = 0.0, picture: bytes = PICTURE) -> Job:
    blink = BlinkSeen(start_ms=0, closed_ms=1, end_ms=2, depth=0.5)
    burst = Burst(
        visit=visit,
        nonce="0" * 32,
        liveness=Liveness(policy="standard", blinks=(blink,), fps=30.0),
        crops=(Crop(jpeg=picture, at_ms=0),),
    )
    return Job(door, Mark(1, visit, "0" * 32), burst, since)


class Pool:
    def __init__(self, *encoders: Encoder) -> None:
        self.now = 0.0
        self.results: queue.SimpleQueue[tuple[Job, Match]] = queue.SimpleQueue()
        self.matchers = Matchers(
            [Eyes(Detector(), encoder) for encoder in encoders],
            lambda: Standing(GALLERY, RULE, None, 1),
            lambda job, found: self.results.put((job, found)),
            lambda: self.now,
        )
        self.matchers.start()

    def until_taken(self) -> None:
        while self.matchers.waiting:
            time.sleep(0.01)

    def result(self) -> tuple[Job, Match]:
        return self.results.get(timeout=10)


def test_a_burst_is_matched_and_the_pool_is_idle_again() -> None:
    pool = Pool(Encoder())

    assert pool.matchers.submit(job("front", 1)) is None

    assert pool.result()[1] == Match(Reason.MATCH, "r-1")
    assert pool.matchers.wait_until_idle(5)
    pool.matchers.stop()
    pool.matchers.stop()


def test_a_network_that_fails_refuses_and_the_thread_lives_on() -> None:
    pool = Pool(Broken())

    for visit in (1, 2):
        pool.matchers.submit(job("front", visit))
        assert pool.result()[1].reason is Reason.BRAIN_ERROR
    pool.matchers.stop()


def test_a_burst_that_waited_too_long_is_not_worth_the_work() -> None:
    looks: list[int] = []
    pool = Pool(Encoder(lambda: looks.append(1)))
    pool.now = MOST_AGE_S + 1

    pool.matchers.submit(job("front", 1, since=0.0))

    assert pool.result()[1].reason is Reason.BRAIN_ERROR
    assert looks == []
    pool.matchers.stop()


def test_one_door_never_takes_two_threads_and_its_newest_burst_waits() -> None:
    gate = threading.Event()
    pool = Pool(Encoder(gate.wait), Encoder(gate.wait))
    first, second, third = (job("front", visit) for visit in (1, 2, 3))
    pool.matchers.submit(first)
    pool.until_taken()

    displaced = [pool.matchers.submit(second), pool.matchers.submit(third)]

    assert displaced == [None, second]
    assert pool.matchers.waiting == 1
    assert not pool.matchers.wait_until_idle(0.05)
    gate.set()
    assert [pool.result()[0], pool.result()[0]] == [first, third]
    pool.matchers.stop()


def test_a_door_that_sends_burst_after_burst_goes_last() -> None:
    gate = threading.Event()
    pool = Pool(Encoder(gate.wait))
    pool.matchers.submit(job("flood", 1))
    pool.until_taken()
    pool.matchers.submit(job("flood", 2))
    pool.matchers.submit(job("quiet", 1))

    gate.set()

    served = [pool.result()[0].door for _ in range(3)]
    assert served == ["flood", "quiet", "flood"]
    pool.matchers.stop()


def test_whoever_worked_for_a_flooding_door_helps_others_before_it_takes_the_next() -> None:
    turn, lookers = threading.Event(), Counter[str]()

    def look() -> None:
        turn.wait(10)
        lookers[threading.current_thread().name] += 1
        time.sleep(0.01)

    pool = Pool(Encoder(look), Encoder(look))
    turn.set()
    pool.matchers.submit(job("flood", 1))
    pool.result()
    turn.clear()
    pool.matchers.submit(job("flood", 2))
    pool.until_taken()
    pool.matchers.submit(job("flood", 3))
    crops = tuple(Crop(jpeg=PICTURE, at_ms=at) for at in range(20))
    quiet = job("quiet", 1)
    quiet = dataclasses.replace(quiet, burst=quiet.burst.model_copy(update={"crops": crops}))
    pool.matchers.submit(quiet)
    begun = time.monotonic()
    while not pool.matchers._offered and time.monotonic() - begun < 5:
        time.sleep(0.01)

    turn.set()

    assert {pool.result()[0].door for _ in range(3)} == {"flood", "quiet"}
    assert min(lookers.values()) > LEAST_SHARE
    pool.matchers.stop()


def test_a_full_queue_returns_the_burst() -> None:
    gate = threading.Event()
    pool = Pool(Encoder(gate.wait))
    pool.matchers.submit(job("busy", 1))
    pool.until_taken()
    for number in range(MOST_WAITING):
        assert pool.matchers.submit(job(f"door-{number}", 1)) is None

    late = job("late", 1)

    assert pool.matchers.submit(late) is late
    gate.set()
    pool.matchers.stop()


class SlowResults(queue.SimpleQueue[tuple[Job, Match]]):
    """Whoever waits for idleness gets in front of the thread that just became idle."""

    def put(
        self, item: tuple[Job, Match], block: bool = True, timeout: float | None = None
    ) -> None:
        time.sleep(0.1)
        super().put(item, block, timeout)


def test_an_idle_thread_takes_a_burst_though_somebody_waits_for_idleness() -> None:
    gate, looks = threading.Event(), iter([True])
    slow = Encoder(lambda: gate.wait(10) if next(looks, False) else None)
    pool = Pool(slow, slow)
    pool.results = SlowResults()
    pool.matchers.submit(job("busy", 1))
    pool.until_taken()
    trainer = threading.Thread(target=pool.matchers.wait_until_idle, args=(10,))
    trainer.start()
    pool.matchers.submit(job("second", 1))
    pool.result()
    time.sleep(0.1)

    pool.matchers.submit(job("third", 1))

    assert pool.results.get(timeout=2)[0].door == "third"
    gate.set()
    trainer.join()
    pool.matchers.stop()


class Training:
    def __init__(self, folder: Path, encoder: Encoder, idle: bool = True) -> None:
        self.frames = DiskFrames(folder)
        self.frames.start()
        self.waits = 0
        self.idle = idle
        self.results: queue.SimpleQueue[Looked] = queue.SimpleQueue()
        self.trainer = Trainer(
            Eyes(Detector(), encoder), self.frames, self._give_way, self.results.put
        )
        self.trainer.start()

    def _give_way(self, _: float) -> bool:
        self.waits += 1
        return self.idle


def test_every_frame_is_looked_at_once_though_it_came_before(tmp_path: Path) -> None:
    looks = []
    training = Training(tmp_path, Encoder(lambda: looks.append(1)))
    for index in range(3):
        training.frames.write("e-1", index, PICTURE if index else b"no picture")
        training.trainer.look("e-1", index)

    training.trainer.train("e-1", [0, 1, 2])

    looked = training.results.get(timeout=10)
    assert [sample.index for sample in looked.samples] == [1, 2]
    assert looked.faults == (Fault.BAD_PICTURE,)
    assert len(looks) == 2
    assert training.waits == 6
    training.trainer.stop()
    training.trainer.stop()


def test_a_frame_that_vanished_is_a_fault(tmp_path: Path) -> None:
    training = Training(tmp_path, Encoder())

    training.trainer.train("e-1", [0])

    assert training.results.get(timeout=10).faults == (Fault.BAD_PICTURE,)
    training.trainer.stop()


def test_a_network_that_fails_is_told_and_the_thread_lives_on(tmp_path: Path) -> None:
    training = Training(tmp_path, Broken())
    training.frames.write("e-1", 0, PICTURE)

    for _ in range(2):
        training.trainer.train("e-1", [0])
        assert training.results.get(timeout=10).faults is None
    training.trainer.stop()


def test_what_was_forgotten_is_never_told(tmp_path: Path) -> None:
    gate = threading.Event()
    training = Training(tmp_path, Encoder(gate.wait))
    for enrolment in ("e-1", "e-2"):
        training.frames.write(enrolment, 0, PICTURE)
        training.frames.write(enrolment, 1, PICTURE)
        training.trainer.train(enrolment, [0, 1])

    training.trainer.forget("e-1")
    gate.set()

    assert training.results.get(timeout=10).enrolment == "e-2"
    training.trainer.stop()


@pytest.mark.parametrize("faces", [0, 2])
def test_a_crop_is_looked_at_again_where_its_points_are_missing(faces: int) -> None:
    class Several(Detector):
        def detect(self, image: Image) -> list[OneFace]:
            return super().detect(image) * faces

    seen = Eyes(Several(), Encoder()).burst([Crop(jpeg=PICTURE, at_ms=0)])

    assert seen.faults == (Fault.NO_FACE if faces == 0 else Fault.SEVERAL_FACES,)
    assert seen.probes.shape == (0, 2)
