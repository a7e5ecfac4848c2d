"""The iris network's lids: what is cut out, and what its contour says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from edge.adapters.camera_scene import SceneCamera
from edge.adapters.faces_iris import IrisFaceTracker
from edge.adapters.lids_iris import SIDE, IrisLids, opened, square
from edge.core.blinks import BlinkDetector
from edge.visit_settings import TrackerSettings
from faces import models
from faces.errors import ModelError

POINTS = np.array([(250, 190), (320, 190), (285, 230), (255, 270), (315, 270)], dtype=np.float32)


def contour(gap: float, width: float = 30.0) -> NDArray[np.float64]:
    """Corners `width` apart, seven points on each lid, everything else far away."""
    points = np.full((71, 2), 500.0)
    along = np.linspace(0, width, 9)
    points[0:9] = np.column_stack([along, np.full(9, gap / 2)])
    points[9:16] = np.column_stack([along[1:8], np.full(7, -gap / 2)])
    points[0, 1] = points[8, 1] = 0
    return points


def need(*names: str) -> None:
    for name in names:
        if problem := models.problem(name):
            pytest.skip(problem)


@given(gap=st.floats(0, 20), scale=st.floats(0.2, 5), turn=st.floats(-3, 3))
def test_the_gap_is_measured_by_the_eyes_own_width(gap: float, scale: float, turn: float) -> None:
    rotation = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    moved = contour(gap) @ rotation.T * scale + 7

    assert opened(moved) == pytest.approx(gap / 30)


def test_a_door_has_the_faster_lids_unless_it_asks_for_the_free_ones() -> None:
    assert TrackerSettings().lids == "dlib68"
    assert TrackerSettings(lids="iris").lids == "iris"
    with pytest.raises(ValidationError):
        TrackerSettings.model_validate({"lids": "mesh"})


def test_an_eye_without_width_is_not_seen() -> None:
    assert opened(np.zeros((71, 2))) is None


def test_the_eye_lies_in_the_middle_of_its_square_whatever_the_tilt() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[:] = 40
    cv2.circle(image, (250, 190), 4, (255, 255, 255), -1)
    turn = cv2.getRotationMatrix2D((300, 220), 25, 1.3)
    tilted = np.asarray(cv2.warpAffine(image, turn, (640, 480)), np.uint8)
    points = np.asarray(POINTS @ turn[:, :2].T + turn[:, 2], np.float32)

    for picture, five in ((image, POINTS), (tilted, points)):
        cut = square(picture, five, 0, mirrored=False)
        bright = np.argwhere(cut[..., 0] > 150).mean(0)
        assert cut.shape == (SIDE, SIDE, 3)
        assert bright == pytest.approx([SIDE / 2, SIDE / 2], abs=1.5)


def test_a_mirrored_square_is_the_square_of_the_mirrored_picture() -> None:
    rng = np.random.default_rng(0)
    image = np.asarray(cv2.GaussianBlur(rng.uniform(0, 255, (480, 640, 3)), (0, 0), 5), np.uint8)
    flipped = np.ascontiguousarray(image[:, ::-1])
    points = (POINTS * [-1, 1] + [639, 0])[[1, 0, 2, 4, 3]].astype(np.float32)

    left = square(image, POINTS, 1, mirrored=True)
    right = square(flipped, points, 0, mirrored=False)

    assert np.abs(left.astype(int) - right).mean() < 3


def test_a_file_that_is_no_network_is_named_with_the_command(tmp_path: Path) -> None:
    file = tmp_path / "iris_landmark.tflite"
    file.write_bytes(b"not a network")

    with pytest.raises(ModelError, match=r"iris_landmark\.tflite.*doorctl models"):
        IrisLids(file).start()


def test_lids_are_not_measured_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="before start"):
        IrisLids(tmp_path).openness(np.zeros((480, 640, 3), np.uint8), POINTS)


def test_an_animated_portrait_is_seen_to_blink_without_the_68_points(tmp_path: Path) -> None:
    need("yunet", "iris_landmark", "obama.jpg")
    scene = tmp_path / "scene.yaml"
    scene.write_text("kind: animated\nportrait: obama\nblink_every_s: 1\nseed: 1\n")
    camera, detector = SceneCamera(scene, pacing="every"), BlinkDetector()
    tracker = IrisFaceTracker(models.path("yunet"), models.path("iris_landmark"))
    camera.start()
    tracker.start()

    frames = [frame for _ in range(130) if (frame := camera.read()) is not None]
    camera.stop()
    found = [blink for frame in frames if (blink := detector.update(tracker.observe(frame)))]

    assert len(found) >= 2
