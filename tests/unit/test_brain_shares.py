"""A burst that comes alone is looked at by every idle thread, and gets the verdict of one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from brain.core.freshness import Mark
from brain.eyes import Eyes
from brain.live_gallery import Standing
from brain.ports import Image, Points
from brain.shares import LEAST_SHARE, Share, joined, split, unlooked
from brain.worker import Job, Matchers
from doorbus.messages import BlinkSeen, Burst, Crop, Liveness, Reason
from faces import jpeg
from faces.align import TEMPLATE
from matching.decision import Fault, Match, MatchRule
from matching.gallery import Gallery
from matching.sight import SPOT_CHECKS, Seen

SIDE = 160
PICTURE = jpeg.encode(np.random.default_rng(1).integers(60, 200, (SIDE, SIDE, 3)).astype(np.uint8))
GALLERY = Gallery.build(1, 2, {"r-1": np.array([[1, 0]], np.float32)})
RULE = MatchRule(threshold=0.5, margin=0.05, floor=0.1)


class OneFace:
    points: Points = (TEMPLATE + 24).astype(np.float32)
    area = 100.0


class Detector:
    def start(self) -> None:
        return

    def detect(self, image: Image) -> list[OneFace]:
        assert image.shape == (SIDE, SIDE, 3)
        return [OneFace()]


class Encoder:
    """Sees the same person everywhere, and says who looked at how many faces."""

    name = "same"
    dimensions = 2

    def __init__(self, look: Callable[[int], object]) -> None:
        self.look = look

    def start(self) -> None:
        return

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        return np.asarray(self.encode_all([image], [points])[0], np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        assert len(images) == len(points)
        self.look(len(images))
        return np.array([[1, 0]] * len(images), np.float32)


def crops(count: int) -> tuple[Crop, ...]:
    return tuple(Crop(jpeg=PICTURE, at_ms=number) for number in range(count))


def job(door: str, count: int = 20) -> Job:
    blink = BlinkSeen(start_ms=0, closed_ms=1, end_ms=2, depth=0.5)
    life = Liveness(policy="standard", blinks=(blink,), fps=30.0)
    burst = Burst(visit=1, nonce="0" * 32, liveness=life, crops=crops(count))
    return Job(door, Mark(1, 1, "0" * 32), burst, 0.0)


class Pool:
    def __init__(self, look: Callable[[int], object], threads: int) -> None:
        self.results: queue.SimpleQueue[tuple[Job, Match]] = queue.SimpleQueue()
        self.matchers = Matchers(
            [Eyes(Detector(), Encoder(look)) for _ in range(threads)],
            lambda: Standing(GALLERY, RULE, None, 1),
            lambda job, found: self.results.put((job, found)),
            lambda: 0.0,
        )
        self.matchers.start()


@given(st.integers(1, 40), st.integers(1, 8))
def test_shares_are_all_of_a_burst_in_order_and_keep_every_other_crop_in_its_place(
    count: int, hands: int
) -> None:
    burst = crops(count)

    shares = split(burst, hands)

    assert tuple(crop for share in shares for crop in share.crops) == burst
    assert 1 <= len(shares) <= hands
    assert all(len(share.crops) % 2 == 0 for share in shares[:-1])
    assert len(shares) == 1 or count >= LEAST_SHARE * 2
    assert sum(share.spot_checks for share in shares) >= SPOT_CHECKS


def test_what_shares_saw_is_joined_in_order() -> None:
    burst = split(crops(12), 2)
    for number, share in enumerate(burst):
        probes = np.full((5, 2), number, np.float32)
        weights = np.full(5, number + 1, np.float32)
        share.seen = Seen(probes, (Fault.NO_FACE,) * (number + 1), weights)

    seen = joined(burst)

    assert seen.probes[:, 0].tolist() == [0] * 5 + [1] * 5
    assert seen.faults == (Fault.NO_FACE,) * 3
    assert seen.weights.tolist() == [1] * 5 + [2] * 5


def test_a_share_that_nobody_looked_at_is_no_empty_one() -> None:
    with pytest.raises(RuntimeError, match="not looked at"):
        joined([Share(crops(6))])


def test_two_idle_threads_look_at_the_halves_of_a_burst_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    pool = Pool(lambda _: both.wait(), threads=2)

    pool.matchers.submit(job("front"))

    assert pool.results.get(timeout=10)[1] == Match(Reason.MATCH, "r-1")
    assert pool.matchers.wait_until_idle(5)
    pool.matchers.stop()


def test_threads_with_bursts_of_their_own_keep_to_them() -> None:
    looked: queue.SimpleQueue[int] = queue.SimpleQueue()
    gate, both = threading.Event(), threading.Barrier(2, timeout=10)

    def look(count: int) -> None:
        if count == 1:
            gate.wait(10)
        else:
            looked.put(count)
            both.wait()

    pool = Pool(look, threads=2)
    for door in ("small", "smaller"):
        pool.matchers.submit(job(door, count=1))
    while pool.matchers.waiting:
        time.sleep(0.01)
    for door in ("front", "back"):
        pool.matchers.submit(job(door))
    gate.set()

    reasons = [pool.results.get(timeout=10)[1].reason for _ in range(4)]

    assert reasons.count(Reason.MATCH) == 2
    assert [looked.get(), looked.get()] == [20, 20]
    pool.matchers.stop()


def test_what_a_helper_takes_too_long_for_is_waited_for() -> None:
    gate, first = threading.Event(), iter([True])
    pool = Pool(lambda _: gate.wait(10) if next(first, False) else None, threads=2)

    pool.matchers.submit(job("front"))

    with pytest.raises(queue.Empty):
        pool.results.get(timeout=0.2)
    gate.set()
    assert pool.results.get(timeout=10)[1] == Match(Reason.MATCH, "r-1")
    pool.matchers.stop()


def test_a_helper_that_fails_refuses_the_burst_and_helps_again() -> None:
    calls = iter(range(100))
    both = threading.Barrier(2, timeout=10)

    def look(_: int) -> None:
        number = next(calls)
        if number < 2:
            both.wait()
        if number == 1:
            raise ArithmeticError("a helper's network broke")

    pool = Pool(look, threads=2)

    pool.matchers.submit(job("front"))
    refused = pool.results.get(timeout=10)[1]
    pool.matchers.submit(job("front"))

    assert refused.reason is Reason.BRAIN_ERROR
    assert pool.results.get(timeout=10)[1].reason is Reason.MATCH
    pool.matchers.stop()


def test_no_share_is_left_behind_when_bursts_come_from_many_doors() -> None:
    seen: queue.SimpleQueue[int] = queue.SimpleQueue()
    pool = Pool(seen.put, threads=3)

    for visit in range(30):
        pool.matchers.submit(job(f"door-{visit}"))
    found = [pool.results.get(timeout=10) for _ in range(30)]

    assert {one.door for one, _ in found} == {f"door-{visit}" for visit in range(30)}
    assert all(match.reason is Reason.MATCH for _, match in found)
    assert sum(seen.get() for _ in range(seen.qsize())) == 30 * 20
    pool.matchers.stop()


class SeesTwo(Detector):
    """Finds a second face as large in bright pictures."""

    def detect(self, image: Image) -> list[OneFace]:
        return super().detect(image) * (2 if image.mean() > 160 else 1)


def bright(count: int, places: set[int]) -> tuple[Crop, ...]:
    """A burst that shows two faces in some places; a door's points came along."""
    light = np.random.default_rng(2).integers(150, 250, (SIDE, SIDE, 3)).astype(np.uint8)
    points = tuple(map(tuple, OneFace.points.tolist()))
    pictures = [jpeg.encode(light) if place in places else PICTURE for place in range(count)]
    return tuple(
        Crop.model_validate({"jpeg": picture, "points": points, "at_ms": place})
        for place, picture in enumerate(pictures)
    )


@pytest.mark.parametrize("places", [{0, 1, 2, 3, 4, *range(11, 19)}, {*range(1, 14), 19}])
@pytest.mark.parametrize("hands", [1, 2, 3])
def test_a_second_face_is_looked_for_in_all_shares_whoever_looks(
    hands: int, places: set[int]
) -> None:
    eyes = [Eyes(SeesTwo(), Encoder(lambda _: None)) for _ in range(hands)]
    results: queue.SimpleQueue[Match] = queue.SimpleQueue()
    matchers = Matchers(
        eyes,
        lambda: Standing(GALLERY, RULE, None, 1),
        lambda _, found: results.put(found),
        lambda: 0.0,
    )
    matchers.start()
    one = job("front")
    burst = one.burst.model_copy(update={"crops": bright(20, places)})

    matchers.submit(Job(one.door, one.mark, burst, 0.0))

    assert results.get(timeout=10) == Match(Reason.SEVERAL_FACES)
    matchers.stop()


def test_shares_of_a_burst_with_nothing_wrong_are_not_looked_at_again() -> None:
    shares = split(bright(20, set()), 2)
    for share in shares:
        share.look(Eyes(SeesTwo(), Encoder(lambda _: None)))

    assert unlooked(shares) == []
    assert len(joined(shares).probes) == 20
