"""Five points, looked at again, on real portraits; skipped, saying so, where there are none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from faces import models
from faces.align import CHIP_SIZE, TEMPLATE, footprint, similarity
from faces.detect import FaceDetector
from faces.errors import ModelError
from faces.landmarks import LandmarkRefiner, View
from faces.picture import Image, Points

PORTRAITS = ("obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png")


def fetched(name: str) -> Path:
    try:
        return models.path(name)
    except ModelError as error:
        pytest.skip(str(error))


def portrait(name: str) -> Image:
    image = np.asarray(cv2.imread(str(fetched(name))), dtype=np.uint8)
    scale = min(1.0, 640 / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def found(image: Image) -> Points:
    detector = FaceDetector(fetched("yunet"))
    detector.start()
    return detector.detect(image)[0].points


@pytest.fixture
def refiner() -> LandmarkRefiner:
    made = LandmarkRefiner(fetched("yunet"))
    made.start()
    return made


def apart(one: Points, other: Points) -> float:
    """Mean distance of points, as a part of the face's side."""
    return float(np.linalg.norm(one - other, axis=1).mean()) / footprint(one)


def across(points: Points, image: Image) -> Points:
    """The same points in the mirrored picture."""
    swapped = points[[1, 0, 2, 4, 3]].copy()
    swapped[:, 0] = image.shape[1] - 1 - swapped[:, 0]
    return swapped


@pytest.mark.parametrize("name", PORTRAITS)
def test_rough_points_come_to_the_same_place_from_all_sides(
    refiner: LandmarkRefiner, name: str
) -> None:
    image = portrait(name)
    points = found(image)
    lots = np.random.default_rng(1)
    shifts = lots.normal(size=(6, 1, 2)).astype(np.float32)
    rough = points + 0.06 * footprint(points) * shifts / np.linalg.norm(shifts, axis=2)[:, None]

    refined = np.stack([refiner.refine(image, one) for one in rough])

    before = np.mean([apart(one, rough.mean(axis=0)) for one in rough])
    after = np.mean([apart(one, refined.mean(axis=0)) for one in refined])
    assert after < 0.5 * before
    assert apart(refined.mean(axis=0), points) < 0.05


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_mirrored_picture_gives_mirrored_points(refiner: LandmarkRefiner, name: str) -> None:
    image = portrait(name)
    points = found(image)
    flipped = np.ascontiguousarray(image[:, ::-1])

    straight = refiner.refine(image, points)
    mirrored = refiner.refine(flipped, across(points, image))

    assert apart(straight, across(mirrored, image)) < 0.002


def test_a_face_that_fills_a_large_picture_is_seen_like_a_small_one(
    refiner: LandmarkRefiner,
) -> None:
    small = portrait("astronaut.png")
    points = found(small)
    large = np.asarray(cv2.resize(small, None, fx=4, fy=4), dtype=np.uint8)

    near = refiner.refine(large, np.asarray((points + 0.5) * 4 - 0.5, np.float32))

    back = np.asarray((near + 0.5) / 4 - 0.5, np.float32)
    assert apart(refiner.refine(small, points), back) < 0.02


def test_where_no_face_is_the_points_stay_as_they_are(refiner: LandmarkRefiner) -> None:
    wall = np.full((300, 300, 3), 127, dtype=np.uint8)
    points = np.asarray(TEMPLATE + 80, dtype=np.float32)

    assert refiner.refine(wall, points) == pytest.approx(points)


def test_another_face_nearby_is_not_taken_for_this_one() -> None:
    image = portrait("astronaut.png")
    points = found(image)
    refiner = LandmarkRefiner(fetched("yunet"), [View(160, mirrored=False)])
    refiner.start()
    beside = points + np.array([0.4 * footprint(points), 0], dtype=np.float32)

    assert refiner.refine(image, beside) == pytest.approx(beside)


def test_points_that_coincide_are_refused(refiner: LandmarkRefiner) -> None:
    with pytest.raises(ValueError, match="coincide"):
        refiner.refine(portrait("obama.jpg"), np.full((5, 2), 50, dtype=np.float32))


def test_a_refiner_that_was_not_started_says_so() -> None:
    refiner = LandmarkRefiner(Path("nowhere.onnx"))
    points = np.asarray(TEMPLATE, dtype=np.float32)

    with pytest.raises(RuntimeError, match="before start"):
        refiner.refine(np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8), points)


def test_a_model_that_is_not_there_is_named_at_the_start() -> None:
    with pytest.raises(ModelError, match=r"nowhere\.onnx"):
        LandmarkRefiner(Path("nowhere.onnx")).start()


def test_the_aligned_face_is_what_is_refined(refiner: LandmarkRefiner) -> None:
    image = portrait("obama.jpg")
    refined = refiner.refine(image, found(image))
    matrix = similarity(refined)

    aligned = refined @ matrix[:, :2].T + matrix[:, 2]

    assert np.abs(aligned - TEMPLATE).max() < 8
