"""Which frames become templates, and which enrolments become nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.core.training import Sample, Trained, TrainingRefused, TrainingRule, train
from matching.decision import Fault
from matching.gallery import Vectors

EIGHT = 8
RULE = TrainingRule()


def person(number: int, frames: int, spread: float = 0.12, seed: int = 0) -> Vectors:
    base = np.eye(EIGHT)[number]
    rows = base + np.random.default_rng(seed).normal(0, spread, (frames, EIGHT))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def samples(vectors: Vectors, **changes: Any) -> list[Sample]:
    return [
        replace(Sample(n, vector, 112, 100, 120, n.to_bytes(2, "big")), **changes)
        for n, vector in enumerate(vectors)
    ]


def trained(frames: list[Sample], faults: list[Fault] | None = None) -> Trained:
    result = train(frames, faults or [], RULE)
    assert isinstance(result, Trained), result
    return result


def refused(frames: list[Sample], faults: list[Fault] | None = None) -> str:
    result = train(frames, faults or [], RULE)
    assert isinstance(result, TrainingRefused)
    return result.reason


def test_ten_templates_stand_for_two_hundred_frames() -> None:
    result = trained(samples(person(0, 200)))

    assert (len(result.chosen), result.usable) == (10, 200)
    assert result.templates.shape == (10, EIGHT)


def test_templates_are_more_diverse_than_the_first_ten_frames() -> None:
    frames = samples(np.vstack([person(0, 190, 0.02), person(0, 10, 0.2, seed=1)]))

    chosen = trained(frames).templates

    first = np.stack([frame.embedding for frame in frames[:10]])
    assert (chosen @ chosen.T).mean() < (first @ first.T).mean()


def test_fewer_frames_than_templates_are_all_taken_once() -> None:
    result = trained(samples(person(0, 4)))

    assert sorted(sample.index for sample in result.chosen) == [0, 1, 2, 3]


def test_a_single_frame_is_enough_where_an_administrator_asked_for_one() -> None:
    assert len(trained(samples(person(0, 1))).chosen) == 1


@pytest.mark.parametrize("share", [0.5, 0.3, 0.15])
def test_two_people_in_one_enrolment_are_refused(share: float) -> None:
    others = int(200 * share)
    frames = samples(np.vstack([person(0, 200 - others), person(3, others)]))

    assert "more than one person" in refused(frames)


def test_a_passer_by_in_few_frames_is_left_out() -> None:
    frames = samples(np.vstack([person(0, 195), person(3, 5)]))

    result = trained(frames)

    assert result.usable == 195
    assert all(sample.index < 195 for sample in result.chosen)


def test_the_same_picture_again_and_again_is_refused() -> None:
    frames = [replace(frame, digest=b"same") for frame in samples(person(0, 200))]

    assert "camera frozen" in refused(frames)


def test_the_same_face_saved_anew_each_time_is_refused() -> None:
    frames = samples(np.repeat(person(0, 1), 200, axis=0))

    assert "camera frozen" in refused(frames)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"brightness": 10.0}, "200 too dark"),
        ({"size_px": 20.0}, "200 too far away"),
        ({"sharpness": 1.0}, "200 blurred"),
    ],
)
def test_frames_of_no_use_are_refused_with_what_is_wrong(
    changes: dict[str, float], reason: str
) -> None:
    assert reason in refused(samples(person(0, 200), **changes))


def test_frames_without_a_face_count_against_the_enrolment() -> None:
    reason = refused(samples(person(0, 80)), [Fault.NO_FACE] * 100 + [Fault.SEVERAL_FACES] * 20)

    assert reason.startswith("only 80 of 200 frames are usable: 100 without a face, 20 with")


def test_no_frames_at_all_are_refused() -> None:
    assert "there are no frames" in refused([])


@given(st.integers(0, 10_000), st.integers(2, 60), st.floats(0.05, 0.25), st.randoms())
def test_the_order_of_frames_does_not_matter(
    seed: int, count: int, spread: float, order: random.Random
) -> None:
    frames = samples(person(0, count, spread, seed))
    shuffled = frames.copy()
    order.shuffle(shuffled)

    first, second = (train(one, [], RULE) for one in (frames, shuffled))

    if isinstance(first, Trained):
        assert isinstance(second, Trained)
        assert [s.index for s in first.chosen] == [s.index for s in second.chosen]
    else:
        assert first == second


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 20))
def test_templates_are_distinct_frames_of_the_enrolment(seed: int, count: int, most: int) -> None:
    frames = samples(person(0, count, 0.1, seed))

    result = train(frames, [], replace(RULE, templates=most))

    assert isinstance(result, Trained)
    indexes = [sample.index for sample in result.chosen]
    assert len(set(indexes)) == len(indexes) == min(most, result.usable)


# --- photos that somebody chose -------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(0, 7))
def test_few_good_photos_are_enough_and_may_be_alike(photos: int, seed: int) -> None:
    frames = samples(np.repeat(person(seed, 1, seed=seed), photos, axis=0))

    result = train(frames, [], RULE.for_photos)

    assert isinstance(result, Trained)
    assert result.usable == photos


@given(st.integers(1, 5), st.integers(1, 5))
def test_photos_of_two_people_are_refused_however_few(first: int, second: int) -> None:
    vectors = np.concatenate([person(0, first), person(1, second)])

    result = train(samples(vectors), [], RULE.for_photos)

    assert isinstance(result, TrainingRefused)
    assert "more than one person" in result.reason


@pytest.mark.parametrize("flaw", [{"brightness": 10.0}, {"size_px": 20.0}, {"sharpness": 1.0}])
def test_a_photo_must_be_as_good_as_a_frame(flaw: dict[str, float]) -> None:
    result = train(samples(person(0, 1), **flaw), [], RULE.for_photos)

    assert isinstance(result, TrainingRefused)
