"""Alignment: the similarity, the chip, and which points can be a face."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces import models
from faces.align import TEMPLATE, chip, footprint, plausible, similarity
from faces.detect import FaceDetector
from faces.errors import ModelError
from faces.picture import Points

SHAPE = (480, 640, 3)


def face(scale: float = 1.0, degrees: float = 0.0, x: float = 320, y: float = 240) -> Points:
    """The template turned, scaled and moved to where its middle is x, y."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.asarray((TEMPLATE - 56) @ turn.T * scale + [x, y], dtype=np.float32)


@given(st.floats(0.2, 5), st.floats(-180, 180), st.floats(-1000, 1000), st.floats(-1000, 1000))
def test_the_similarity_undoes_any_turn_scale_and_shift(
    scale: float, degrees: float, x: float, y: float
) -> None:
    points = face(scale, degrees, x, y)

    matrix = similarity(points)

    assert np.allclose(points @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=0.02)
    assert footprint(points) == pytest.approx(112 * scale, rel=1e-3)


def test_the_similarity_never_mirrors() -> None:
    mirrored = face() * [-1, 1] + [640, 0]

    matrix = similarity(np.asarray(mirrored, dtype=np.float32))

    assert np.linalg.det(matrix[:, :2]) > 0


@given(st.lists(st.floats(-2, 2), min_size=10, max_size=10), st.integers(0, 3), st.floats(-1, 1))
def test_no_other_similarity_comes_nearer(noise: list[float], which: int, step: float) -> None:
    points = face(1.7, 20) + np.array(noise, dtype=np.float32).reshape(5, 2)

    def squared_error(a: float, b: float, x: float, y: float) -> float:
        moved = points @ np.array([[a, -b], [b, a]]).T + [x, y]
        return float(((moved - TEMPLATE) ** 2).sum())

    matrix = similarity(points)
    best = [matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]]
    other = list(best)
    other[which] += step * (0.01 if which < 2 else 1)

    assert squared_error(*best) <= squared_error(*other) + 1e-6


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan)])
def test_points_without_a_face_are_an_error(points: Points) -> None:
    with pytest.raises(ValueError, match="landmarks"):
        similarity(points)


def test_a_chip_shows_each_point_where_the_template_has_it() -> None:
    image = np.zeros(SHAPE, dtype=np.uint8)
    points = face(2.0, 25)
    for x, y in points:
        cv2.circle(image, (round(float(x)), round(float(y))), 4, (255, 255, 255), -1)

    cut = chip(image, points)

    assert cut.shape == (112, 112, 3)
    for x, y in TEMPLATE.round().astype(int):
        assert cut[y, x].min() > 200


def test_a_chip_of_another_size_is_the_same_chip_scaled() -> None:
    image = np.zeros(SHAPE, dtype=np.uint8)
    points = face(3.0)
    cv2.circle(image, (round(float(points[2, 0])), round(float(points[2, 1]))), 9, (255,) * 3, -1)

    large = chip(image, points, size=224)

    assert large.shape == (224, 224, 3)
    x, y = (TEMPLATE[2] * 2).round().astype(int)
    assert large[y, x].min() > 200


@pytest.mark.parametrize("degrees", [-55, -30, 0, 30, 55])
@pytest.mark.parametrize("scale", [0.4, 1, 3])
def test_a_face_is_plausible_at_any_usual_tilt_and_size(degrees: float, scale: float) -> None:
    assert plausible(face(scale, degrees), SHAPE)


@pytest.mark.parametrize("offset", [-14, -7, 7, 14])
def test_a_turned_head_is_plausible(offset: float) -> None:
    points = face(2.0)
    points[2, 0] += offset * 2

    assert plausible(points, SHAPE)


def swapped(a: int, b: int) -> Points:
    points = face(2.0)
    points[[a, b]] = points[[b, a]]
    return points


def moved(index: int, dx: float, dy: float) -> Points:
    points = face(2.0)
    points[index] += np.array([dx, dy], dtype=np.float32)
    return points


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(face(2.0, x=20), id="beyond the left border"),
        pytest.param(face(2.0, y=470), id="beyond the lower border"),
        pytest.param(face(0.1), id="eyes closer than 8 pixels"),
        pytest.param(face(2.0, 90), id="lying"),
        pytest.param(face(2.0, 180), id="upside down"),
        pytest.param(swapped(0, 1), id="eyes swapped"),
        pytest.param(swapped(3, 4), id="mouth corners swapped"),
        pytest.param(swapped(0, 3), id="eye and mouth swapped"),
        pytest.param(moved(2, 0, -60), id="nose above the eyes"),
        pytest.param(moved(2, 0, 60), id="nose below the mouth"),
        pytest.param(moved(2, 90, 0), id="nose beside the face"),
        pytest.param(moved(4, 80, 0), id="mouth far too wide"),
        pytest.param(np.full((5, 2), np.nan, dtype=np.float32), id="not a number"),
        pytest.param(np.zeros((5, 2), dtype=np.float32), id="all in the corner"),
        pytest.param(np.zeros((4, 2), dtype=np.float32), id="four points"),
    ],
)
def test_what_is_no_face_is_not_plausible(points: Points) -> None:
    assert not plausible(points, SHAPE)


def test_a_chip_agrees_with_opencvs_own_alignment() -> None:
    try:
        picture = models.path("astronaut.png")
        detector = FaceDetector(models.path("yunet"))
        aligner = cv2.FaceRecognizerSF.create(str(models.path("sface")), "")
    except ModelError as error:
        pytest.skip(str(error))
    image = np.asarray(cv2.imread(str(picture)), dtype=np.uint8)
    detector.start()
    found = detector.detect(image)[0]
    row = np.array([[*found.box, *found.points.reshape(-1), found.score]], dtype=np.float32)

    ours, theirs = chip(image, found.points), aligner.alignCrop(image, row)

    assert np.abs(ours.astype(int) - theirs.astype(int)).mean() < 0.5
