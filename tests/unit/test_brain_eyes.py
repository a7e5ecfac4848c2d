"""What the brain makes of good and bad views, with YuNet and portraits where they were fetched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from brain.eyes import Eyes
from brain.ports import Image, Points
from doorbus.messages import Crop
from faces import jpeg, models
from faces.align import TEMPLATE
from faces.crop import face_crop
from faces.detect import DetectedFace, FaceDetector
from faces.errors import ModelError
from faces.quality import NOSE_DEPTH, NOSE_HEIGHT, pose
from matching.decision import Fault
from matching.sight import MOST_TURN

SIDE = 240
HEAD = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, NOSE_HEIGHT, NOSE_DEPTH], [-0.4, 1.0, 0], [0.4, 1.0, 0]]
)
FRONTAL: Points = np.asarray(TEMPLATE + 64, np.float32)


class Encoder:
    """Says only where it was told the face is."""

    name = "where"
    dimensions = 2

    def start(self) -> None:
        return

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        assert image.size
        return np.asarray(points.mean(axis=0), np.float32)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        vectors = [self.encode(image, face) for image, face in zip(images, points, strict=True)]
        return np.asarray(vectors, np.float32).reshape(-1, self.dimensions)


class Finds:
    """Finds one face, always there."""

    def __init__(self, points: Points) -> None:
        self.points = points

    def start(self) -> None:
        return

    def detect(self, image: Image) -> list[DetectedFace]:
        assert image.shape == (SIDE, SIDE, 3)
        return [DetectedFace((40, 40, 160, 160), self.points, 0.9)]


def moved(points: Points) -> Points:
    return np.asarray(points + np.array([10, 0]), np.float32)


class Moves:
    """Looks again, and finds every face ten pixels further right."""

    def start(self) -> None:
        return

    def refine(self, image: Image, points: Points) -> Points:
        assert image.shape == (SIDE, SIDE, 3)
        return moved(points)


def textured(level: float = 120, blur: float = 0) -> Image:
    noise = np.random.default_rng(5).normal(level, 40, (SIDE, SIDE, 3))
    image = np.clip(noise, 0, 255).astype(np.uint8)
    return image if not blur else np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)


def crop(image: Image, points: Points | None) -> Crop:
    fields = {"jpeg": jpeg.encode(image), "at_ms": 0}
    if points is not None:
        fields["points"] = tuple(map(tuple, points.tolist()))
    return Crop.model_validate(fields)


def turned(degrees: float) -> Points:
    """A head turned to its left, in parallel projection."""
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    return np.asarray((HEAD @ turn.T)[:, :2] * 60 + [120, 90], np.float32)


def yunet() -> FaceDetector:
    try:
        return FaceDetector(models.path("yunet"))
    except ModelError as error:
        pytest.skip(str(error))


def portrait(name: str) -> tuple[Image, Points]:
    try:
        image = cv2.imread(str(models.path(name)))
    except ModelError as error:
        pytest.skip(str(error))
    assert image is not None
    detector = yunet()
    detector.start()
    face = detector.detect(np.asarray(image, np.uint8))[0]
    return face_crop(np.asarray(image, np.uint8), face.box, face.points, 0.5, 300)


@pytest.mark.parametrize(("degrees", "usable"), [(0, True), (40, True), (75, False), (-75, False)])
def test_faces_in_profile_are_low_quality_and_others_are_not(degrees: float, usable: bool) -> None:
    points = turned(degrees)
    eyes = Eyes(Finds(points), Encoder())

    seen = eyes.burst([crop(textured(), points)] * 6)

    assert (abs(pose(points)[0]) < MOST_TURN) is usable
    assert seen.faults == (() if usable else (Fault.LOW_QUALITY,) * 6)


@pytest.mark.parametrize("name", ["obama.jpg", "astronaut.png"])
@pytest.mark.parametrize("told", [True, False], ids=["with points", "without points"])
def test_a_real_face_in_the_dark_is_low_quality_and_by_day_is_not(name: str, told: bool) -> None:
    image, points = portrait(name)
    dark = np.asarray(image * 0.06, np.uint8)
    eyes = Eyes(yunet(), Encoder())
    eyes.start()

    by_night = eyes.burst([crop(dark, points if told else None)] * 5)
    by_day = eyes.burst([crop(image, points if told else None)] * 5)

    assert by_night.faults == (Fault.LOW_QUALITY,) * 5
    assert by_day.faults == ()


def test_a_wall_by_day_shows_no_face() -> None:
    eyes = Eyes(yunet(), Encoder())
    eyes.start()

    seen = eyes.burst([crop(np.full((SIDE, SIDE, 3), 150, np.uint8), None)])

    assert seen.faults == (Fault.NO_FACE,)


def test_real_faces_in_profile_are_low_quality() -> None:
    folder = Path(os.environ.get("DOORWARD_DATA", "")) / "faces" / "lfw" / "unknown"
    if "DOORWARD_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("DOORWARD_DATA names no folder with faces/lfw/unknown")
    detector = yunet()
    eyes = Eyes(detector, Encoder())
    eyes.start()
    profiles = []
    for file in sorted(folder.rglob("*.jpg")):
        image = np.asarray(cv2.imread(str(file)), np.uint8)
        found = detector.detect(image)
        if len(found) == 1 and abs(pose(found[0].points)[0]) > MOST_TURN:
            profiles.append(crop(image, found[0].points))
    if not profiles:
        pytest.skip(f"nobody in {folder} is seen in profile")

    assert eyes.burst(profiles).faults == (Fault.LOW_QUALITY,) * len(profiles)


def test_a_sharp_view_counts_more_than_a_blurred_one() -> None:
    eyes = Eyes(Finds(FRONTAL), Encoder())

    seen = eyes.burst([crop(textured(), FRONTAL), crop(textured(blur=4), FRONTAL)])

    assert seen.weights.shape == (2,)
    assert seen.weights[0] > 2 * seen.weights[1] > 0


def test_points_that_came_along_are_taken_and_others_are_looked_at_again() -> None:
    eyes = Eyes(Finds(FRONTAL), Encoder(), Moves())

    seen = eyes.burst([crop(textured(), FRONTAL), crop(textured(), None)])
    sample = eyes.frame(0, jpeg.encode(textured()))

    there, beside = FRONTAL.mean(axis=0), moved(FRONTAL).mean(axis=0)
    assert seen.probes == pytest.approx(np.stack([there, beside]), abs=1e-3)
    assert not isinstance(sample, Fault)
    assert sample.embedding == pytest.approx(beside, abs=1e-3)


class Overflows(Encoder):
    """Makes nothing of the faces that it is told of."""

    def __init__(self, nothing: float, *faces: int) -> None:
        self.nothing, self.faces = nothing, list(faces)

    def encode(self, image: Image, points: Points) -> NDArray[np.float32]:
        return super().encode(image, points) * np.float32(self.nothing)

    def encode_all(self, images: Sequence[Image], points: Sequence[Points]) -> NDArray[np.float32]:
        made = np.stack(
            [super(Overflows, self).encode(*one) for one in zip(images, points, strict=True)]
        )
        made[self.faces] *= np.float32(self.nothing)
        return made


@pytest.mark.parametrize("nothing", [np.nan, np.inf, 0.0])
def test_a_face_of_which_the_network_makes_no_numbers_is_a_bad_picture(nothing: float) -> None:
    eyes = Eyes(Finds(FRONTAL), Overflows(nothing, 1, 4))

    seen = eyes.burst([crop(textured(), FRONTAL)] * 6)

    assert seen.faults == (Fault.BAD_PICTURE,) * 2
    assert seen.probes == pytest.approx(np.stack([FRONTAL.mean(axis=0)] * 4))
    assert seen.weights.shape == (4,)
    assert eyes.frame(0, jpeg.encode(textured())) is Fault.BAD_PICTURE
