"""What every encoder promises, on real portraits; skipped, saying so, where there are none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from brain.adapters.chips_dlib import DlibChips
from brain.adapters.encoder_dlib import DlibEncoder
from brain.adapters.encoder_sface import SFaceEncoder
from brain.adapters.encoders import KNOWN, own
from brain.encoder_settings import EncoderName, NetworkSettings
from brain.ports import Encoder, Image, Points
from faces import jpeg, models
from faces.crop import face_crop
from faces.detect import DetectedFace, FaceDetector
from faces.encoding.network import DLIB, SFACE, OnnxNetwork
from faces.encoding.onnx import OnnxEncoder
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


def arcface_like() -> Encoder:
    """SFace's file by configuration, as if it were the operator's own."""
    file = models.path("sface_folded")
    settings = {"file": file, "name": "own", "dimensions": 128, "mean": 0, "scale": 1}
    return OnnxEncoder(own(NetworkSettings.model_validate(settings)))


MAKERS: dict[EncoderName, Callable[[], Encoder]] = {**KNOWN, "onnx": arcface_like}


@pytest.fixture(scope="module", params=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Callable[[], Encoder]:
    return MAKERS[request.param]


@pytest.fixture(scope="module")
def encoder(make: Callable[[], Encoder]) -> Encoder:
    try:
        encoder = make()
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
    make: Callable[[], Encoder],
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    another = make()
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


def test_a_burst_s_mean_is_that_of_its_faces_one_by_one(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    for name, (image, face) in portraits.items():
        burst = encoder.encode_all([image] * 6, [face.points] * 6)

        assert burst.shape == (6, encoder.dimensions)
        assert burst.dtype == np.float32
        assert np.linalg.norm(burst, axis=1) == pytest.approx(1, abs=1e-5)
        mean = burst.mean(axis=0)
        assert mean / np.linalg.norm(mean) @ vectors[name] > 0.9999, name
        assert (burst @ vectors[name]).min() > 0.9, name


def test_the_faces_of_a_burst_come_back_in_order(
    encoder: Encoder,
    portraits: dict[str, tuple[Image, DetectedFace]],
    vectors: dict[str, NDArray[np.float32]],
) -> None:
    images, faces = zip(*portraits.values(), strict=True)

    burst = encoder.encode_all(images, [face.points for face in faces])

    nearest = (burst @ np.stack(list(vectors.values())).T).argmax(axis=1)
    assert nearest.tolist() == list(range(len(portraits)))


def test_no_faces_are_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode_all([], []).shape == (0, encoder.dimensions)


@pytest.mark.parametrize("pair", [("sface", "sface-opencv"), ("dlib", "dlib-original")])
def test_a_gallery_of_the_one_serves_the_other(
    pair: tuple[EncoderName, EncoderName], portraits: dict[str, tuple[Image, DetectedFace]]
) -> None:
    ours, theirs = KNOWN[pair[0]](), KNOWN[pair[1]]()
    try:
        ours.start()
        theirs.start()
    except ModelError as error:
        pytest.skip(str(error))

    assert ours.name == theirs.name
    for image, face in portraits.values():
        difference = ours.encode(image, face.points) - theirs.encode(image, face.points)
        assert np.abs(difference).max() < 1e-5


@pytest.mark.parametrize("name", list(KNOWN))
def test_encoding_before_start_is_an_error(name: EncoderName) -> None:
    image, points = np.zeros((9, 9, 3), dtype=np.uint8), np.ones((5, 2), dtype=np.float32)

    with pytest.raises(RuntimeError, match="before start"):
        KNOWN[name]().encode(image, points)
    with pytest.raises(RuntimeError, match="before start"):
        KNOWN[name]().encode_all([image], [points])


@pytest.mark.parametrize("name", list(KNOWN))
def test_a_missing_model_is_named_with_the_command(
    name: EncoderName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_MODELS", str(tmp_path))

    with pytest.raises(ModelError, match=rf"{tmp_path}.*missing.*doorctl models"):
        KNOWN[name]().start()


@pytest.mark.parametrize(
    ("make_broken", "remedy"),
    [
        (SFaceEncoder, "doorctl models"),
        (DlibEncoder, "doorctl models"),
        (DlibChips, "doorctl models"),
        (lambda file: OnnxEncoder(replace(SFACE, file=file)), r"brain\.yaml"),
    ],
)
def test_a_file_that_is_no_network_is_an_error_that_names_it(
    make_broken: Callable[[Path], Encoder | DlibChips], remedy: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.bin"
    broken.write_bytes(b"<html>not found</html>")

    with pytest.raises(ModelError, match=rf"broken\.bin.*{remedy}"):
        make_broken(broken).start()


def test_a_network_that_makes_other_vectors_than_said_is_refused() -> None:
    try:
        file = models.path("sface_folded")
    except ModelError as error:
        pytest.skip(str(error))

    with pytest.raises(ModelError, match=r"shape \(2, 128\).*expected \(2, 512\)"):
        OnnxEncoder(replace(SFACE, file=file, dimensions=512)).start()


def test_an_own_network_is_named_by_its_content_and_what_is_done_before_it(tmp_path: Path) -> None:
    file = tmp_path / "net.onnx"
    names = set()
    for content, mean in ((b"a", 127.5), (b"b", 127.5), (b"a", 0)):
        file.write_bytes(content)
        settings = {"file": file, "name": "mine", "mean": mean}
        names.add(own(NetworkSettings.model_validate(settings)).name)

    assert len(names) == 3
    assert all(name.startswith("mine-") for name in names)
    file.unlink()
    with pytest.raises(ModelError, match=r"net\.onnx cannot be read.*brain\.yaml"):
        own(NetworkSettings.model_validate(settings))


@pytest.mark.parametrize("name", ["sface", "dlib"])
def test_threads_that_share_a_network_get_the_vectors_of_one_that_has_its_own(
    name: EncoderName, portraits: dict[str, tuple[Image, DetectedFace]]
) -> None:
    known = {"sface": SFACE, "dlib": DLIB}[name]
    shared, images = OnnxNetwork(known), [image for image, _ in portraits.values()]
    points = [face.points for _, face in portraits.values()]
    encoders = [KNOWN[name](shared) for _ in range(3)]
    try:
        alone = KNOWN[name]()
        for encoder in (alone, *encoders):
            encoder.start()
    except ModelError as error:
        pytest.skip(str(error))
    expected = alone.encode_all(images, points)

    with ThreadPoolExecutor(len(encoders)) as pool:
        work = [pool.submit(encoder.encode_all, images, points) for encoder in encoders * 4]
        found = [one.result() for one in work]

    assert all(np.array_equal(one, expected) for one in found)


def test_a_network_s_last_matrix_done_apart_changes_nothing() -> None:
    chips = list(np.random.default_rng(0).integers(0, 256, (5, 112, 112, 3), np.uint8))
    apart, whole = OnnxNetwork(SFACE), OnnxNetwork(replace(SFACE, features=0, batch=2))
    try:
        apart.start()
        whole.start()
    except ModelError as error:
        pytest.skip(str(error))

    assert np.allclose(apart.vectors(chips), whole.vectors(chips), rtol=0, atol=1e-5)
    assert apart.vectors([]).shape == (0, SFACE.dimensions)
