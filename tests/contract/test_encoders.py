"""What every encoder promises, on real portraits; skipped, saying so, where there are none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from brain.adapters.encoder_dlib import DlibEncoder
from brain.adapters.encoder_sface import SFaceEncoder
from brain.ports import Encoder, Image, Points
from faces import jpeg, models
from faces.crop import face_crop
from faces.detect import DetectedFace, FaceDetector
from faces.errors import ModelError

PORTRAITS = ("obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png")
MIRRORED_POINTS = [1, 0, 2, 4, 3]


@pytest.fixture(scope="module")
def portraits() -> dict[str, tuple[Image, DetectedFace]]:
    try:
        detector = FaceDetector(models.path("yunet"))
        pictures = {name: cv2.imread(str(models.path(name))) for name in PORTRAITS}
    except ModelError as error:
        pytest.skip(str(error))
    detector.start()
    images = {name: np.asarray(image, dtype=np.uint8) for name, image in pictures.items()}
    return {name: (image, detector.detect(image)[0]) for name, image in images.items()}


@pytest.fixture(scope="module", params=[SFaceEncoder, DlibEncoder])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    encoder: Encoder = request.param()
    try:
        encoder.start()
    except ModelError as error:
        pytest.skip(str(error))
    return encoder


@pytest.fixture(scope="module")
def vectors(
    encoder: Encoder, portraits: dict[str, tuple[Image, DetectedFace]]
) -> dict[str, NDArray[np.float32]]:
    return {name: encoder.encode(image, face.points) for name, (image, face) in portraits.items()}


def test_a_vector_has_unit_length_and_the_promised_dimensions(
    encoder: Encoder, vectors: dict[str, NDArray[np.float32]]
) -> None:
    for vector in vectors.values():
        assert vector.shape == (encoder.dimensions,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_same_face_gives_the_same_vector_also_after_others(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    image, face = portraits["obama.jpg"]

    again = encoder.encode(image, face.points)

    assert np.array_equal(again, vectors["obama.jpg"])


def test_two_instances_agree(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    another = type(encoder)()
    another.start()
    image, face = portraits["biden.jpg"]

    assert np.array_equal(another.encode(image, face.points), vectors["biden.jpg"])
    assert another.name == encoder.name


def test_a_person_is_nearer_to_himself_than_to_anybody(
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    himself = vectors["obama.jpg"] @ vectors["obama2.jpg"]
    others = [
        vectors[own] @ vectors[other]
        for own in ("obama.jpg", "obama2.jpg")
        for other in ("biden.jpg", "astronaut.png")
    ]

    assert himself > max(others) + 0.05


def test_a_mirror_image_is_nearly_the_same_face(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    for name, (image, face) in portraits.items():
        flipped = np.ascontiguousarray(image[:, ::-1])
        points = face.points[MIRRORED_POINTS]
        points = np.asarray([image.shape[1] - 1, 0] + points * [-1, 1], dtype=np.float32)

        mirrored = encoder.encode(flipped, points)

        assert mirrored @ vectors[name] > 0.95, name


def test_a_crop_sent_as_jpeg_gives_nearly_the_same_vector(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    for name, (image, face) in portraits.items():
        crop, points = face_crop(image, face.box, face.points, margin=0.3, max_side=250)

        sent = encoder.encode(jpeg.decode(jpeg.encode(crop)), points)

        assert sent @ vectors[name] > 0.95, name


def test_the_picture_and_the_points_are_left_as_they_were(
    encoder: Encoder, portraits: dict[str, tuple[Image, DetectedFace]]
) -> None:
    image, face = portraits["astronaut.png"]
    before: tuple[Image, Points] = (image.copy(), face.points.copy())

    encoder.encode(image, face.points)

    assert np.array_equal(image, before[0])
    assert np.array_equal(face.points, before[1])


def test_points_that_coincide_are_an_error(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="coincide"):
        encoder.encode(np.zeros((100, 100, 3), dtype=np.uint8), np.ones((5, 2), dtype=np.float32))


@pytest.mark.parametrize("make", [SFaceEncoder, DlibEncoder])
def test_encoding_before_start_is_an_error(make: type[SFaceEncoder | DlibEncoder]) -> None:
    with pytest.raises(RuntimeError, match="before start"):
        make().encode(np.zeros((9, 9, 3), dtype=np.uint8), np.ones((5, 2), dtype=np.float32))


@pytest.mark.parametrize("make", [SFaceEncoder, DlibEncoder])
def test_a_missing_model_is_named_with_the_command(
    make: type[SFaceEncoder | DlibEncoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path))

    with pytest.raises(ModelError, match=rf"{tmp_path}.*missing.*doorctl models"):
        make().start()


def test_a_file_that_is_no_network_is_an_error_that_names_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.bin"
    broken.write_bytes(b"<html>not found</html>")

    with pytest.raises(ModelError, match=r"broken\.bin.*doorctl models"):
        SFaceEncoder(broken).start()
    with pytest.raises(ModelError, match=r"broken\.bin.*doorctl models"):
        DlibEncoder(broken, broken).start()
