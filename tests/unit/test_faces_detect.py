"""Detection on real portraits; skipped, saying so, where they were not fetched."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from faces import models
from faces.align import plausible
from faces.detect import FaceDetector
from faces.errors import ModelError
from faces.picture import Image


def fetched(name: str) -> Path:
    try:
        return models.path(name)
    except ModelError as error:
        pytest.skip(str(error))


def portrait(name: str) -> Image:
    return np.asarray(cv2.imread(str(fetched(name))), dtype=np.uint8)


@pytest.fixture
def detector() -> FaceDetector:
    detector = FaceDetector(fetched("yunet"))
    detector.start()
    return detector


@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png"])
def test_a_portrait_has_one_face_with_plausible_points(detector: FaceDetector, name: str) -> None:
    image = portrait(name)

    found = detector.detect(image)

    assert len(found) == 1
    assert plausible(found[0].points, image.shape)
    assert 0.7 <= found[0].score <= 1


def test_boxes_and_points_are_in_pixels_of_the_picture_given(detector: FaceDetector) -> None:
    image = portrait("astronaut.png")
    double = np.asarray(cv2.resize(image, None, fx=2, fy=2), dtype=np.uint8)

    once, twice = detector.detect(image)[0], detector.detect(double)[0]

    assert np.allclose(twice.points, once.points * 2, atol=4)
    assert np.allclose(twice.box, np.array(once.box) * 2, atol=6)


def test_points_come_right_eye_first_and_lie_in_the_box(detector: FaceDetector) -> None:
    face = detector.detect(portrait("obama.jpg"))[0]

    right_eye, left_eye, nose, right_mouth, left_mouth = face.points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert right_eye[1] < nose[1] < right_mouth[1]
    corner = np.array(face.box[:2])
    assert (face.points > corner).all()
    assert (face.points < corner + face.box[2:]).all()


def test_the_largest_face_comes_first(detector: FaceDetector) -> None:
    image = portrait("astronaut.png")
    small = cv2.resize(image, None, fx=0.5, fy=0.5)
    both = np.zeros((512, 768, 3), dtype=np.uint8)
    both[:256, :256], both[:, 256:] = small, image

    found = detector.detect(both)

    assert len(found) == 2
    assert found[0].box[0] > 256 > found[1].box[0]
    assert found[0].area > 3 * found[1].area


def test_pictures_of_different_sizes_may_follow_each_other(detector: FaceDetector) -> None:
    image = portrait("astronaut.png")
    first = detector.detect(image)[0]
    detector.detect(image[:200])

    again = detector.detect(image)[0]

    assert np.array_equal(first.points, again.points)


def test_an_empty_room_has_no_face(detector: FaceDetector) -> None:
    assert detector.detect(np.full((480, 640, 3), 90, dtype=np.uint8)) == []


def test_a_file_that_is_no_network_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"<html>not found</html>")

    with pytest.raises(ModelError, match=r"broken\.onnx.*doorctl models"):
        FaceDetector(broken).start()


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (16, 1920), (1920, 16), (1080, 1920)])
def test_a_picture_of_any_size_can_be_looked_at(
    detector: FaceDetector, shape: tuple[int, int]
) -> None:
    assert detector.detect(np.zeros((*shape, 3), dtype=np.uint8)) == []
