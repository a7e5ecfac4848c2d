"""The benchmark of blinks and tracking: what it counts, and that its small form runs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bench import track
from bench.blink_data import Interval, Stream, read_stream
from bench.blinks import Tally, curve, doorward, fixed
from bench.fit_blinks import examples, fit
from bench.track_judge import LOST, apart, five
from edge.core.blink_shape import MODEL, SIGNS

BLINKS_AT = range(90, 1500, 120)


def write(path: Path, *, seed: int, glances: bool = False) -> Path:
    """Fifty seconds with a blink every fourth, and on wish a glance down between two of them."""
    noise = np.random.default_rng(seed)
    frames = np.arange(1560)
    ears = 0.3 + noise.normal(0, 0.004, len(frames))
    labels = np.zeros(len(frames), dtype=int)
    for number, at in enumerate(BLINKS_AT, start=1):
        ears -= 0.2 * np.interp(frames - at, [0, 2, 3, 6, 10], [0, 1, 1, 0.3, 0])
        labels[at : at + 8] = number
        if glances:
            ears -= 0.12 * np.interp(frames - at - 60, [0, 3, 12, 15], [0, 1, 1, 0])
    rows = [f"{i},{ear:.4f},{label}" for i, ear, label in zip(frames, ears, labels, strict=True)]
    path.write_text("\n".join(["frame,ear,blink", *rows]))
    return path


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return read_stream(write(tmp_path / "stream1.csv", seed=1, glances=True))


def test_a_stream_is_read_with_its_labels(stream: Stream) -> None:
    assert [label.first for label in stream.labels] == list(BLINKS_AT)
    assert all(label.last - label.first == 7 for label in stream.labels)
    assert stream.minutes == pytest.approx(1560 / 30 / 60)


def test_every_blink_counts_and_no_glance_down(stream: Stream) -> None:
    tally = Tally()

    tally.count(doorward(MODEL)(stream.seen), stream)

    assert (tally.hits, tally.labels, tally.false) == (len(BLINKS_AT), len(BLINKS_AT), 0)


def test_a_fixed_threshold_takes_glances_for_blinks(stream: Stream) -> None:
    tally = Tally()

    tally.count(fixed(0.21, 2)(stream.seen), stream)

    assert tally.false == len(BLINKS_AT)


def test_what_is_found_beside_a_label_is_false(stream: Stream) -> None:
    tally = Tally()

    tally.count([Interval(95, 97, 96), Interval(130, 140, 135)], stream)

    assert (tally.hits, tally.false) == (1, 1)
    assert tally.precision == 0.5


def test_a_fit_tells_blinks_from_glances_and_keeps_its_signs(stream: Stream) -> None:
    model = fit([examples(stream)])

    assert all(weight * sign >= 0 for weight, sign in zip(model.weights, SIGNS, strict=True))
    assert model.probability(np.array([0.9, 0.0])) > 0.5 > model.probability(np.array([0.9, 0.8]))


def test_the_curve_goes_from_all_dips_to_the_surest(stream: Stream) -> None:
    points = curve([stream], [MODEL])

    assert points[0][1] == 1.0
    assert [false for false, _ in points] == sorted((false for false, _ in points), reverse=True)


def test_distances_are_told_in_eye_distances() -> None:
    face = np.zeros((68, 2))
    face[36:42], face[42:48] = (100, 100), (160, 100)
    face[30], face[48], face[54] = (130, 130), (110, 160), (150, 160)

    down = np.array([0, 6])

    assert apart(face, face + down) == pytest.approx(0.1)
    assert apart(five(face), five(face) + 3 * down) == pytest.approx(2 * LOST)


@pytest.mark.skipif(not os.environ.get("DOORWARD_DATA"), reason="DOORWARD_DATA names no recordings")
def test_a_few_frames_of_each_clip_are_followed(capsys: pytest.CaptureFixture[str]) -> None:
    track.main(["--clips", "2", "--frames", "4"])

    lines = capsys.readouterr().out.splitlines()
    goals = [line for line in lines if line.startswith(("ok ", "short "))]
    assert len(goals) == 3
    assert any("on a Pi 4" in line for line in lines)
    assert any(line.startswith("ok") and "% of frames lost" in line for line in goals)
