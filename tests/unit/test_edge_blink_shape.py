"""A blink's shape: what must not change the decision, and what a glance down differs in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.blink_shape import FIGURES, MODEL, SIGNS, crossing, figures, find_dip
from edge.core.blinks import BlinkDetector
from edge.core.sighting import Face, Sighting

BEGINS = 1.5


def ears(
    at: np.ndarray,
    depth: float,
    fall: float,
    rest: float,
    rise: float,
) -> np.ndarray:
    """Share of the open eye: falls, rests, rises slower and slower as lids do."""
    since = at - BEGINS
    knots = np.cumsum([0, fall, rest, rise / 2, rise / 2, rise])
    return np.interp(since, knots, 1 - depth * np.array([0, 1, 1, 0.35, 0.12, 0]))


def seen(
    depth: float = 0.6,
    *,
    fps: float = 30,
    wide: float = 0.3,
    fall: float = 0.07,
    rest: float = 0.03,
    rise: float = 0.15,
    seed: int = 0,
) -> list[Sighting]:
    noise = np.random.default_rng(seed)
    times = np.arange(0, 3.5, 1 / fps)
    both = wide * ears(times, depth, fall, rest, rise)
    jitter = noise.normal(1, 0.01, (len(times), 2))
    return [
        Sighting(
            float(at),
            index,
            1,
            1,
            Face(
                (200, 120, 150, 190),
                ((250, 190), (320, 190), (285, 230), (255, 270), (315, 270)),
                float(both[index] * jitter[index, 0]),
                float(both[index] * jitter[index, 1]),
                0.02,
                -0.2,
                0.0,
                120.0 + index * 0.001,
                300.0,
                0.9,
            ),
        )
        for index, at in enumerate(times)
    ]


def told(sightings: list[Sighting]) -> list[float]:
    detector = BlinkDetector()
    return [blink.closed_at for one in sightings if (blink := detector.update(one)) is not None]


def narrowed(one: Sighting, share: float) -> Sighting:
    lids = face(one)
    return replace(
        one,
        face=replace(
            lids,
            left_ear=(lids.left_ear or 0) * float(share),
            right_ear=(lids.right_ear or 0) * float(share),
        ),
    )


def face(one: Sighting) -> Face:
    assert one.face is not None
    return one.face


@settings(max_examples=25, deadline=None)
@given(depth=st.floats(0.1, 0.85), scale=st.floats(0.4, 2.0), seed=st.integers(0, 99))
def test_wider_or_narrower_eyes_change_no_decision(depth: float, scale: float, seed: int) -> None:
    plain = seen(depth, seed=seed)
    # A power of two, so that not even the last digit differs.
    factor = 2.0 ** round(np.log2(scale))
    scaled = [
        replace(
            one,
            face=replace(
                face(one),
                left_ear=(face(one).left_ear or 0) * factor,
                right_ear=(face(one).right_ear or 0) * factor,
            ),
        )
        for one in plain
    ]

    assert told(scaled) == told(plain)


@settings(max_examples=25, deadline=None)
@given(depth=st.floats(0.1, 0.85), seed=st.integers(0, 99))
def test_a_mirrored_picture_changes_no_decision(depth: float, seed: int) -> None:
    plain = seen(depth, seed=seed)
    mirrored = [
        replace(
            one,
            face=replace(
                face(one),
                left_ear=face(one).right_ear,
                right_ear=face(one).left_ear,
                yaw=-face(one).yaw,
            ),
        )
        for one in plain
    ]

    assert told(mirrored) == told(plain)


@settings(max_examples=25, deadline=None)
@given(depth=st.floats(0.5, 0.85), fps=st.floats(15, 60), seed=st.integers(0, 20))
def test_a_blink_is_one_at_any_frame_rate(depth: float, fps: float, seed: int) -> None:
    assert len(told(seen(depth, fps=fps, seed=seed))) == 1


@settings(max_examples=25, deadline=None)
@given(
    depth=st.floats(0.3, 0.6),
    fps=st.floats(15, 60),
    saccade=st.floats(0.06, 0.12),
    rest=st.floats(0.25, 0.4),
    seed=st.integers(0, 9),
)
def test_a_glance_down_is_none_at_any_frame_rate(
    depth: float, fps: float, saccade: float, rest: float, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    plain = seen(0.0, fps=fps, seed=seed)
    knots = np.cumsum([BEGINS, saccade, rest, saccade])
    shares = np.interp([one.at for one in plain], knots, [1, 1 - depth, 1 - depth, 1])
    shares *= noise.normal(1, 0.005, len(shares))

    assert told([narrowed(one, share) for one, share in zip(plain, shares, strict=True)]) == []


@settings(max_examples=25, deadline=None)
@given(depth=st.floats(0.5, 0.85), phase=st.integers(0, 4), seed=st.integers(0, 20))
def test_a_blink_is_one_with_every_fifth_frame_dropped(depth: float, phase: int, seed: int) -> None:
    plain = seen(depth, seed=seed)

    assert len(told([one for one in plain if one.index % 5 != phase])) == 1


@settings(max_examples=25, deadline=None)
@given(depth=st.floats(0.5, 0.85), seed=st.integers(0, 20))
def test_a_squint_that_stays_is_none(depth: float, seed: int) -> None:
    plain = seen(0.0, seed=seed)
    shares = [float(np.interp(one.at, [BEGINS, BEGINS + 0.1], [1, 1 - depth])) for one in plain]

    assert told([narrowed(one, share) for one, share in zip(plain, shares, strict=True)]) == []


def test_the_slip_of_one_frame_is_none() -> None:
    plain = seen(0.0)

    assert told([narrowed(one, 0.5 if one.index == 50 else 1.0) for one in plain]) == []


@pytest.mark.parametrize("fps", [15, 24, 30, 60])
def test_a_blink_is_told_soon_after_the_eyes_open(fps: float) -> None:
    detector = BlinkDetector()
    sightings = seen(0.7, fps=fps)
    ends = [blink.end for one in sightings if (blink := detector.update(one)) is not None]

    assert len(ends) == 1
    assert ends[0] - (BEGINS + 0.1) <= 0.3


def test_an_eye_seen_first_half_way_through_is_no_dip() -> None:
    assert told(seen(0.7)[round(BEGINS * 30) - 1 :]) == []


def test_a_crossing_lies_between_its_samples() -> None:
    times, values = np.array([0.0, 1.0, 2.0, 3.0]), np.array([4.0, 0.0, 2.0, 4.0])

    assert crossing(times, values, 1, 2.0, -1) == pytest.approx(0.5)
    assert crossing(times, values, 1, 3.0, 1) == pytest.approx(2.5)
    assert crossing(times, values, 1, 9.0, 1) is None


def test_every_figure_is_weighed_and_keeps_its_sign() -> None:
    times = np.arange(0, 3, 1 / 30)
    values = 0.3 * ears(times, 0.6, 0.07, 0.03, 0.15)
    dip = find_dip(times, values, int(np.argmin(values)), 0.3)

    assert dip is not None
    assert len(figures(times, values, dip)) == len(FIGURES) == len(SIGNS) == len(MODEL.weights)
    assert all(weight * sign >= 0 for weight, sign in zip(MODEL.weights, SIGNS, strict=True))
